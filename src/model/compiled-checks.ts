import { Token } from 'aws-cdk-lib';
import type { AcceleratorInstance } from '../hardware';
import { AcceleratorKind } from '../hardware';
import type { CompiledArtifact } from './compiled-artifact';
import type { Problem } from '../private/problems';
import type { Findings } from './core/findings';
import type { ServedModelOptions } from './served-model';

/** What a compiled model says against how it is to be served, as far as no instance is needed for it. */
export function checkCompiled(kind: AcceleratorKind, compiled: CompiledArtifact, options: ServedModelOptions): Problem[] {
  if (kind !== AcceleratorKind.NEURON) {
    return [{ prop: 'source', got: `a model compiled for ${compiled.target}`, allowed: 'a model for GPUs', fix: 'use ServedModel.onNeuron, or pass the source that was compiled' }];
  }
  const { image, settings = {} } = options;
  const problems: Problem[] = [];
  const given = image?.neuronSdk;
  const sdk = compiled.servingImage.neuronSdk;
  if (options.skipChecks?.some((check) => String(check) === 'neuron-sdk') !== true && given !== undefined && sdk !== undefined && !given.sameAs(sdk)) {
    problems.push({ prop: 'image', got: `${image}, with Neuron SDK ${given}`, allowed: `an image with Neuron SDK ${sdk}, which the model is compiled with`, fix: 'leave image out, or pass it as servingImage to the compilation' });
  }
  const [read, laidOut] = [image?.grammar.key, compiled.servingImage.grammar.key];
  if (problems.length === 0 && read !== undefined && read !== 'custom' && laidOut !== 'custom' && read !== laidOut) {
    problems.push({ prop: 'image', got: String(image), allowed: `an image that reads what ${compiled.servingImage} does, for which the artefact is laid out`, fix: 'leave image out, or pass it as servingImage to the compilation' });
  }
  const task = compiled.settings.task;
  if (task !== undefined && settings.task !== undefined && settings.task !== task) {
    problems.push({ prop: 'settings.task', got: Token.isUnresolved(settings.task) ? 'a value that is only known at deploy time' : JSON.stringify(settings.task), allowed: `${JSON.stringify(task)}, as compiled`, fix: 'leave it out, or compile the model for that task' });
  }
  for (const [setting, there] of Object.entries({
    batchSize: compiled.batchSize, sequenceLength: compiled.sequenceLength, tensorParallelDegree: compiled.tensorParallelDegree,
  })) {
    const wanted = settings[setting as 'batchSize'];
    if (wanted === undefined || there === undefined || wanted === there) continue;
    if (Token.isUnresolved(wanted)) {
      problems.push({ prop: `settings.${setting}`, got: 'a value that is only known at deploy time', allowed: `${there}, as compiled`, fix: 'leave it out' });
      continue;
    }
    problems.push({ prop: `settings.${setting}`, got: String(wanted), allowed: `${there}, as compiled`, fix: `leave it out, or compile the model for ${setting} ${wanted}` });
  }
  return problems;
}

/** A program for one generation of chips does not run on another. */
export function checkCompiledOn(compiled: CompiledArtifact, instance: AcceleratorInstance, prop: string): Findings {
  if (!instance.isNeuron || compiled.families.includes(instance.family)) return { problems: [], warnings: [] };
  return {
    problems: [{
      check: 'image-hardware',
      problem: {
        prop, got: instance.name, allowed: `an instance of ${compiled.families.join(', ')}: the model is compiled for ${compiled.target}`, fix: `compile the model for ${instance.family}, or choose another instance type`,
      },
    }],
    warnings: [],
  };
}
