/** What decides how long a variant's containers may take to become healthy. */
export interface StartupFacts {
  readonly neuron: boolean;
  /** A server of language models, which loads tens of GB and warms up. */
  readonly languageModelServer: boolean;
  /** Size of the weights in GiB, when the user said it. */
  readonly weightsGiB?: number;
}

/** Seconds for `ContainerStartupHealthCheckTimeoutInSeconds` and `ModelDataDownloadTimeoutInSeconds`. */
export interface StartupTimeouts {
  readonly healthCheckSeconds: number;
  readonly downloadSeconds: number;
}

/** The API's limits of both timeouts (CreateEndpointConfig, ProductionVariant). */
export const MIN_TIMEOUT_SECONDS = 60;
export const MAX_TIMEOUT_SECONDS = 3600;

/**
 * Sizes the timeouts. Too short ends a healthy start, too long only delays the
 * report of a broken one, so the sizes err on the long side:
 * - Neuron: loading a compiled graph onto the cores takes minutes, and a language
 *   model server that misses its compile cache compiles for most of an hour. Hugging
 *   Face's own SageMaker notebooks use 3,600 s for the latter.
 * - Download: S3 to instance at a cautious 50 MB/s, so about 20 s per GiB.
 */
export function startupTimeouts({ neuron, languageModelServer, weightsGiB }: StartupFacts): StartupTimeouts {
  const base = neuron
    ? { healthCheckSeconds: languageModelServer ? MAX_TIMEOUT_SECONDS : 1800, downloadSeconds: 1800 }
    : { healthCheckSeconds: languageModelServer ? 1800 : 600, downloadSeconds: languageModelServer ? 1800 : 600 };
  const needed = Math.ceil((weightsGiB ?? 0) * 20);
  const stretch = (seconds: number) => Math.min(MAX_TIMEOUT_SECONDS, Math.max(seconds, needed + 600));
  return needed === 0 ? base : { healthCheckSeconds: stretch(base.healthCheckSeconds), downloadSeconds: stretch(base.downloadSeconds) };
}
