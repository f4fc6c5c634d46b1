/**
 * The tag grammar of the AWS Deep Learning Containers, as far as this library
 * needs it: which accelerator an image is for, and which driver-side stack
 * (Neuron SDK or CUDA) it was built with.
 *
 * Source: aws/deep-learning-containers @ e0ecede (2026-08-21), docs/src/data.
 *
 *   <framework>[-transformers<v>][-optimum<v>][-lmi<v>][-tensorrtllm<v>]
 *     [-gpu|-cpu|-neuronx][-py<NNN>][-cu<NNN>][-sdk<X.Y.Z>][-ubuntu<NN.NN>][-sagemaker|-ec2]
 */
export type ImageKind = 'gpu' | 'neuron' | 'cpu';

/** What the parts of a tag say. */
export interface ImageTagFacts {
  /** Version of the repository's first package, e.g. `2.8.0` for torch or `0.27.1` for vLLM. */
  readonly version: string;
  readonly kind?: ImageKind;
  readonly transformers?: string;
  readonly optimum?: string;
  readonly lmi?: string;
  readonly tensorrtllm?: string;
  /** e.g. `py312`. */
  readonly python?: string;
  /** e.g. `12.4`. */
  readonly cuda?: string;
  /** e.g. `2.26.1`. */
  readonly neuronSdk?: string;
  /** e.g. `ubuntu22.04`. */
  readonly os?: string;
  /** The last part, when the repository publishes one image per platform. */
  readonly platform?: 'sagemaker' | 'ec2';
}

const VERSION = /^\d+(\.\d+)+$/;
const PACKAGES = ['transformers', 'optimum', 'lmi', 'tensorrtllm'] as const;

/** Reads a tag, or returns undefined when a part of it is not in the grammar: nothing is guessed. */
export function parseImageTag(tag: string): ImageTagFacts | undefined {
  const [version, ...parts] = tag.split('-');
  if (!VERSION.test(version)) return undefined;
  const facts: Record<string, string> = { version };
  const put = (key: string, value: string): boolean => {
    if (facts[key] !== undefined) return false;
    facts[key] = value;
    return true;
  };
  for (const part of parts) {
    const known = readPart(part);
    if (known === undefined || !put(known[0], known[1])) return undefined;
  }
  // LMI tags leave the accelerator out: a CUDA version says it.
  if (facts.kind === undefined && facts.cuda !== undefined) facts.kind = 'gpu';
  return facts as unknown as ImageTagFacts;
}

function readPart(part: string): [string, string] | undefined {
  switch (part) {
    case 'gpu': return ['kind', 'gpu'];
    case 'cpu': return ['kind', 'cpu'];
    case 'neuronx': return ['kind', 'neuron'];
    case 'sagemaker': return ['platform', 'sagemaker'];
    case 'ec2': return ['platform', 'ec2'];
  }
  for (const name of PACKAGES) {
    if (part.startsWith(name) && VERSION.test(part.slice(name.length))) return [name, part.slice(name.length)];
  }
  const cuda = /^cu(\d{2})(\d)$/.exec(part);
  if (cuda) return ['cuda', `${cuda[1]}.${cuda[2]}`];
  if (/^sdk\d+\.\d+\.\d+$/.test(part)) return ['neuronSdk', part.slice(3)];
  if (/^py\d{2,3}$/.test(part)) return ['python', part];
  if (/^(ubuntu\d{2}\.\d{2}|amzn\d{4})$/.test(part)) return ['os', part];
  return undefined;
}
