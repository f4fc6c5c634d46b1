import { Stack, Token, Tokenization } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AcceleratorInstance } from '../hardware';
import { MODEL_PATH, renderEnvironment, type RenderedEnvironment } from './core/environment';
import type { GrammarKey } from './core/grammars';
import type { ModelSourceConfig } from './model-source-config';
import type { ServedModel, ServedModelBindOptions, ServedModelOptions } from './served-model';

/**
 * The environment of a model's container; empty for a source that brings its own container.
 *
 * @param source what the source said of itself; without it, only what the settings come to, for checks ahead of binding
 */
export function containerEnvironment(
  model: ServedModel,
  scope: Construct,
  options: ServedModelBindOptions,
  { neuronMetricsNamespace: namespace }: ServedModelOptions,
  source?: ModelSourceConfig,
): RenderedEnvironment {
  if (model.image === undefined || model.source.bringsImage === true) return { environment: {}, problems: [] };
  return renderEnvironment({
    grammar: model.image.grammar.key as GrammarKey,
    kind: model.kind,
    settings: model.settings,
    model: source === undefined ? {} : {
      hubId: source.hub?.id,
      revision: source.hub?.revision,
      // A CloudFormation reference to the secret; the value itself is never in the template.
      hubToken: source.hub?.token?.unsafeUnwrap(),
      path: MODEL_PATH,
    },
    sourceEnvironment: {
      ...source?.environment,
      ...(namespace === undefined ? {} : { NEURON_MONITOR_CW_REGION: Stack.of(scope).region, NEURON_MONITOR_CW_NAMESPACE: namespace }),
    },
    // Server processes that fit the smallest instance fit all of them.
    logicalCores: Math.min(...[options.instance, ...options.alternativeInstances ?? []].map(devicesOf)),
    print: (value) => Token.isUnresolved(value) ? Tokenization.stringifyNumber(value) : String(value),
    isToken: (value) => Token.isUnresolved(value),
  });
}

/** What a tensor parallel degree counts: GPUs, or logical NeuronCores. */
export function devicesOf(instance: AcceleratorInstance): number {
  return instance.logicalNeuronCores ?? instance.acceleratorCount;
}
