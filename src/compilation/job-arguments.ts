import type { FullSpec } from './compilation-checks';
import type { JobKind } from './contract';
import type { ModelSourceConfig } from '../model';
import { canonicalFlags } from './core/content-key';
import { keyArguments, type SpecInputs } from './core/trained-model';

/** Where the parts of a job are inside its container. */
export interface JobPaths {
  readonly code: string;
  readonly source: string;
  readonly operators: string;
  readonly script: string;
  readonly output: string;
  readonly message: string;
}

/**
 * Processing jobs have their inputs where we say; training jobs at the name of the channel. The artefact of a training job is its
 * checkpoint folder: the only destination in S3 that has no name of a job in it.
 */
export const PATHS: Readonly<Record<JobKind, JobPaths>> = {
  processing: paths('/opt/ml/processing/input', '/opt/ml/processing/output', '/opt/ml/output/message'),
  training: paths('/opt/ml/input/data', '/opt/ml/checkpoints', '/opt/ml/output/failure'),
};

function paths(input: string, output: string, message: string): JobPaths {
  return { code: `${input}/code`, source: `${input}/source`, operators: `${input}/operators`, script: `${input}/script`, output, message };
}

/** What the compile script is told: one fact in one argument or two, so that the job reads well in the console and none grows too long. */
export function scriptArguments(spec: FullSpec, inputs: SpecInputs, key: string, kind: JobKind, source: ModelSourceConfig): string[] {
  return [...keyArguments(key), ...specArguments(spec, inputs, kind, source)];
}

/** The same without the key, for those who do not know it yet. */
export function specArguments(spec: FullSpec, inputs: SpecInputs, kind: JobKind, source: ModelSourceConfig): string[] {
  const place = PATHS[kind];
  const { compiler } = spec;
  const decoder = spec.kind === 'decoder';
  const pair = (name: string, value: string | number | undefined): string[] => value === undefined ? [] : [`--${name}`, String(value)];
  const secret = source.hub?.tokenSecret;
  return [
    ...pair('script-version', inputs.scriptVersion),
    ...pair('sdk', inputs.sdk),
    ...pair('image', spec.compilerImage.toString()),
    ...pair('kind', spec.kind),
    ...pair('task', spec.task),
    ...Object.entries(inputs.shapes).sort(([a], [b]) => a < b ? -1 : 1).flatMap(([name, value]) => pair('shape', `${name}=${value}`)),
    ...decoder ? pair('torch-dtype', spec.precision.torchDtype) : [...pair('auto-cast', spec.precision.autoCast), ...pair('auto-cast-type', spec.precision.autoCastType)],
    ...pair('opt-level', inputs.optimizationLevel),
    ...pair('tensor-parallel-size', spec.tensorParallelDegree),
    ...pair('target', spec.target.name),
    ...pair('exporter', compiler.script === undefined ? 'optimum' : 'trace'),
    ...kind === 'processing' ? ['--cpu-backend'] : [],
    ...source.hub === undefined ? pair('source', place.source) : [
      ...pair('hub-id', source.hub.id),
      ...pair('revision', source.hub.revision),
      ...secret === undefined ? [] : pair('token-secret', secret.secretFullArn ?? secret.secretArn),
      ...pair('token-field', source.hub.tokenField),
    ],
    ...canonicalFlags(compiler.flags).map((flag) => `--compiler-flag=${flag}`),
    ...compiler.customOperators === undefined ? [] : pair('custom-operators', place.operators),
    ...compiler.script === undefined ? [] : [...pair('user-script', place.script), ...pair('max-cpu-operators', inputs.maxCpuOperators)],
    ...compiler.trustRemoteCode === true ? ['--trust-remote-code'] : [],
    ...pair('layout', inputs.layout),
    ...pair('output', place.output),
    ...pair('message-file', place.message),
  ];
}
