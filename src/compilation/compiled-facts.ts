import type { FullSpec } from './compilation-checks';
import type { CompiledArtifact, ServingSettings } from '../model';

/** What an artefact can be served with, from what it was compiled for. */
export function compiledArtifact(spec: FullSpec, key: string): CompiledArtifact {
  const { batch_size: batchSize, sequence_length: sequenceLength } = spec.shapes.dimensions;
  return {
    key,
    target: spec.target.name,
    families: [...spec.target.families],
    servingImage: spec.servingImage,
    settings: settingsOf(spec),
    batchSize,
    sequenceLength,
    tensorParallelDegree: spec.tensorParallelDegree,
  };
}

/** Only what the image has a word for: the rest is in the artefact, and the server finds it there. */
function settingsOf({ kind, task, servingImage, shapes, tensorParallelDegree }: FullSpec): ServingSettings {
  const { batch_size: batchSize, sequence_length: sequenceLength } = shapes.dimensions;
  const degree = tensorParallelDegree === 1 ? {} : { tensorParallelDegree };
  switch (servingImage.grammar.key) {
    case 'optimum-neuron':
      return { ...task !== undefined && { task }, batchSize, sequenceLength, tensorParallelDegree };
    case 'hugging-face-toolkit':
      return { ...task !== undefined && { task }, ...kind === 'text-encoder' && { batchSize, sequenceLength }, ...degree };
    case 'pytorch':
      return degree;
    default:
      return {};
  }
}
