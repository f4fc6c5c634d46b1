import { createHash } from 'node:crypto';
import { OWNER } from '../contract';
import { MOST_HYPER_PARAMETERS } from './hyper-parameters';
import type { Attempt, JobPurpose, JobRequest, PrecompileConfig, RunInput, TrainingConfig } from './types';

/** Who asks, and with what. */
export interface RequestOptions {
  readonly owner: string;
  /** Beginning of the names of the jobs of this run: the folder of its checkpoints. */
  readonly run: string;
  readonly input: RunInput;
}

/** Starts `neuron_parallel_compile` before the script (sagemaker-training-toolkit, and the launcher of this library). */
const PRECOMPILE = { RUN_NEURON_PARALLEL_COMPILE: '1' };

/** What a job was made for. */
export function purposeOf({ Environment = {} }: { readonly Environment?: Readonly<Record<string, string>> }): JobPurpose {
  return Object.entries(PRECOMPILE).every(([name, value]) => Environment[name] === value) ? 'compile' : 'train';
}

/** The request of CreateTrainingJob for one job of a run. */
export function requestOf(config: TrainingConfig, attempt: Attempt, { owner, run, input }: RequestOptions): JobRequest & { readonly TrainingJobName: string } {
  const rung = config.rungs[attempt.rung];
  const { precompile } = rung;
  const compiles = attempt.purpose === 'compile' && precompile !== undefined;
  const { HyperParameters, Environment, InputDataConfig, OutputDataConfig, CheckpointConfig, EnableManagedSpotTraining, StoppingCondition, ResourceConfig, ...rest } = rung.request;
  const { MaxWaitTimeInSeconds, ...limits } = StoppingCondition ?? {};
  const spot = EnableManagedSpotTraining === true && !attempt.onDemand;
  return {
    ...rest,
    TrainingJobName: attempt.job,
    HyperParameters: { ...HyperParameters, ...input.hyperParameters, ...compiles ? precompile.hyperParameters : {} },
    Environment: { ...Environment, ...input.environment, ...compiles ? PRECOMPILE : {}, [OWNER]: owner },
    ...InputDataConfig === undefined ? {} : { InputDataConfig: InputDataConfig.map((channel) => at(channel, own(input.inputs, channel.ChannelName))) },
    OutputDataConfig: OutputDataConfig === undefined || !compiles ? OutputDataConfig : { ...OutputDataConfig, S3OutputPath: `${OutputDataConfig.S3OutputPath}precompile/` },
    ResourceConfig: compiles ? compileHost(ResourceConfig, precompile.instanceCount) : ResourceConfig,
    StoppingCondition: { ...limits, ...compiles ? { MaxRuntimeInSeconds: precompile.maxRuntimeSeconds } : {}, ...spot ? { MaxWaitTimeInSeconds } : {} },
    ...spot ? { EnableManagedSpotTraining } : {},
    // What a compilation leaves is no training, and must not be gone on from. Hardware has folders of its own: what is sharded for one does not fit another.
    ...CheckpointConfig === undefined || compiles ? {} : { CheckpointConfig: { ...CheckpointConfig, S3Uri: `${CheckpointConfig.S3Uri}${run}/${rung.name}/` } },
  };
}

/** What is wrong with a request that was put together at run time; synth has looked at its parts. */
export function requestProblem({ HyperParameters = {}, Environment = {} }: JobRequest): string | undefined {
  const parameters = Object.keys(HyperParameters).length;
  const variables = Object.keys(Environment).length;
  if (parameters > MOST_HYPER_PARAMETERS) return `${parameters} hyperparameters, those of the input included: at most ${MOST_HYPER_PARAMETERS} are allowed`;
  if (variables > 100) return `${variables} variables, those of the input included: at most 100 are allowed`;
  return undefined;
}

/** One kind of instances may be fewer; they are not kept for a training that has others. */
function compileHost({ KeepAlivePeriodInSeconds: _, ...host }: Readonly<Record<string, unknown>> = {}, InstanceCount: number): Record<string, unknown> {
  return { ...host, ...host.InstanceType === undefined ? {} : { InstanceCount } };
}

function own(values: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

function at<T extends { readonly DataSource: { readonly S3DataSource?: object } }>(channel: T, uri: string | undefined): T {
  if (uri === undefined || channel.DataSource.S3DataSource === undefined) return channel;
  return { ...channel, DataSource: { ...channel.DataSource, S3DataSource: { ...channel.DataSource.S3DataSource, S3Uri: uri } } };
}

/** Key of the object that says that the compile cache is filled: a run that is given other arguments has other graphs. */
export function markerOf({ marker }: PrecompileConfig, { hyperParameters = {}, environment = {} }: RunInput): string {
  const given = [hyperParameters, environment].map((values) => Object.entries(values).sort(([a], [b]) => a < b ? -1 : 1));
  if (given.every(({ length }) => length === 0)) return `${marker}.json`;
  return `${marker}-${createHash('sha256').update(JSON.stringify(given)).digest('hex').slice(0, 16)}.json`;
}
