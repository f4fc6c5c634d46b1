/**
 * What a Neuron SDK release still does on which chip, as rules over the minor
 * version (the major version is 2 for all of them). Every rule says where it is from.
 */
export type Level = 'supported' | 'maintenance' | 'unsupported' | 'unknown';

export interface Support {
  readonly level: Level;
  /** `documented`: a source says so; `inferred`: concluded from neighbouring facts. */
  readonly evidence: 'documented' | 'inferred';
  readonly reason: string;
}

/** First and last minor release that the rules were read for. */
export const FIRST_MINOR = 23;
export const LAST_MINOR = 33;

const documented = (level: Level, reason: string): Support => ({ level, evidence: 'documented', reason });
const inferred = (level: Level, reason: string): Support => ({ level, evidence: 'inferred', reason });

/** A release outside the range that was read is never more than an inference. */
function asRead(minor: number, support: Support): Support {
  return minor >= FIRST_MINOR && minor <= LAST_MINOR ? support : { ...support, evidence: 'inferred' };
}

/** Splits `2.26.1` (or `2.26`) into numbers; undefined for anything else. */
export function parseSdkVersion(version: string): readonly [major: number, minor: number, patch: number] | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?$/.exec(version);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** Order of two versions of any length: negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const FIRST_GENERATION = 'first-generation Inferentia uses the older `neuron` software line, not `neuronx`';

/** NxD Inference: large language models, also under vLLM up to 0.16. */
export function nxdInference(minor: number, architecture: string): Support {
  if (architecture === 'NeuronCore-v1') return documented('unsupported', FIRST_GENERATION);
  if (architecture !== 'NeuronCore-v2') {
    return asRead(minor, minor >= 32
      ? documented('unsupported', 'NxD Inference left the images in 2.32; vLLM Neuron takes its place')
      : documented('supported', 'NxD Inference supports Trainium2'));
  }
  return asRead(minor, minor >= 29
    ? documented('unsupported', 'NxD Inference dropped Inferentia2 and Trainium in 2.29; the last release for them is 2.28')
    : documented('supported', 'NxD Inference supports Inferentia2 and Trainium up to 2.28'));
}

/** PyTorch/XLA inference: traced encoders, vision and diffusion models (torch-neuronx, optimum-neuron). */
export function xlaInference(minor: number, architecture: string): Support {
  if (architecture === 'NeuronCore-v1') return documented('unsupported', FIRST_GENERATION);
  if (minor >= 32) return asRead(minor, documented('unsupported', 'torch-neuronx for PyTorch/XLA left the images in 2.32; the last inference image is 2.31.1'));
  if (minor >= 31 && architecture === 'NeuronCore-v2') {
    return documented('maintenance', 'PyTorch/XLA inference on Inferentia2 and Trainium is in maintenance from 2.31');
  }
  return asRead(minor, documented('supported', 'PyTorch/XLA inference is supported'));
}

/** PyTorch/XLA training (torch-neuronx, NxD Training). */
export function xlaTraining(minor: number, architecture: string): Support {
  if (architecture === 'NeuronCore-v1') return documented('unsupported', FIRST_GENERATION);
  return asRead(minor, minor >= 30
    ? documented('unsupported', 'PyTorch/XLA is unsupported for training from 2.30; 2.28 is the advised pin')
    : documented('supported', 'PyTorch/XLA training is supported up to 2.29'));
}

/**
 * Whether the runtime inside an image of this release works with the driver of the host.
 *
 * @param published the driver published with the release, where known
 */
export function onDriver(minor: number, driver: string, published?: string): Support {
  if (published !== undefined && compareVersions(driver, published) >= 0) {
    return documented('supported', `driver ${driver} is not older than ${published}, which was published with the release`);
  }
  if (minor >= 30) {
    if (compareVersions(driver, '2.27') >= 0) return inferred('supported', `driver ${driver} is newer than the 2.26 that the runtime of 2.30 refuses`);
    const reason = `the runtime of 2.30 and later does not work with driver 2.26 and older; the host has ${driver}`;
    return minor === 30 ? documented('unsupported', reason) : inferred('unsupported', reason);
  }
  const proven = compareVersions(driver, '2.19') >= 0;
  if (proven && minor === 26) return documented('supported', 'Hugging Face runs its 2.26 images on the SageMaker AMI with driver 2.19');
  if (proven && minor < 26) return inferred('supported', 'a newer release, 2.26, runs on driver 2.19');
  return inferred('unknown', `no report of 2.${minor} on driver ${driver} was found`);
}
