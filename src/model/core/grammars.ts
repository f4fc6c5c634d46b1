/**
 * How each family of serving images spells the same settings. One row per
 * family; a setting without a spelling is refused.
 *
 * Sources (read 2026-11-22):
 * - hugging-face-toolkit: aws/sagemaker-huggingface-inference-toolkit @ 69bc5ef (2025-04-23), README and handler_service.py
 * - pytorch: aws/sagemaker-pytorch-inference-toolkit @ cc8bf99 (2024-10-07)
 * - optimum-neuron: huggingface/optimum-neuron, commands/neuron/serve.py; aws/deep-learning-containers, entrypoint of
 *   huggingface-vllm-inference-neuronx (`SM_ON_X_Y` becomes `--x_y`)
 * - vllm, sglang: aws/deep-learning-containers, scripts/vllm and scripts/sglang sagemaker_entrypoint.sh (`SM_VLLM_X_Y` becomes `--x-y`)
 * - lmi: deepjavalibrary/djl-serving @ d21927c (2026-06-24), docs/lmi
 */
export type GrammarKey = 'hugging-face-toolkit' | 'pytorch' | 'optimum-neuron' | 'vllm' | 'sglang' | 'lmi' | 'custom';

export interface Spelling {
  readonly key: string;
  /** A fixed text in place of the value. */
  readonly value?: string;
  /** The texts this image has for our values; anything else is refused. */
  readonly values?: Readonly<Record<string, string>>;
}

/** The spelling on each hardware; left out where the image has none. */
interface PerKind {
  readonly gpu?: Spelling;
  readonly neuron?: Spelling;
}

export interface Grammar {
  /** The family as a person would say it in an error. */
  readonly title: string;
  readonly settings: { readonly [setting: string]: PerKind | undefined };
  /** Keys of the model's place; all left out where the image cannot download from the Hub. */
  readonly location: { readonly hubId?: string; readonly revision?: string; readonly token?: string; readonly path?: string };
  /** The fix to offer for a setting without a spelling. */
  readonly instead: Readonly<Record<string, string>>;
  /** Key of the number of server processes. */
  readonly workersKey?: string;
  /** Key of the NeuronCores each server process takes, where it is the environment that says so. */
  readonly coresPerWorker?: string;
  /** True for the servers of language models, which load for long and warm up; false where it is not known. */
  readonly servesLanguageModels: boolean;
  /** How many devices one copy takes when no degree is set: one, or all of the instance. */
  readonly defaultDegree: 'one' | 'all';
  /** True where a script server starts one process per device, each with a copy of the model. */
  readonly copyPerWorker: boolean;
}

const both = (key: string, more: Omit<Spelling, 'key'> = {}): PerKind => ({ gpu: { key, ...more }, neuron: { key, ...more } });
const neuron = (key: string): PerKind => ({ neuron: { key } });

const TORCH_NAMES = { auto: 'auto', float32: 'float32', float16: 'float16', bfloat16: 'bfloat16' };
const SHORT_NAMES = { auto: 'auto', float32: 'fp32', float16: 'fp16', bfloat16: 'bf16' };

const PROCESS_FIX = 'leave it out: one server process uses all devices of a copy';
const QUEUE_FIX = 'leave it out, and limit requests per instance with the scaling of the variant';

/** An entrypoint that turns `<prefix>X_Y` into the command line flag `--x-y`; an empty value makes a bare flag in every version of it. */
function flags(title: string, prefix: string, names: { model: string; sequenceLength: string; requests: string }): Grammar {
  return {
    title,
    settings: {
      tensorParallelDegree: both(`${prefix}TENSOR_PARALLEL_SIZE`),
      sequenceLength: both(`${prefix}${names.sequenceLength}`),
      maxConcurrentRequests: both(`${prefix}${names.requests}`),
      numberFormat: both(`${prefix}DTYPE`, { values: TORCH_NAMES }),
      trustRemoteCode: both(`${prefix}TRUST_REMOTE_CODE`, { value: '' }),
      servedModelName: both(`${prefix}SERVED_MODEL_NAME`),
    },
    location: { hubId: `${prefix}${names.model}`, revision: `${prefix}REVISION`, token: 'HF_TOKEN', path: `${prefix}${names.model}` },
    instead: {
      task: `leave it out, or set the server's own flag in settings.environment, e.g. ${prefix}RUNNER`,
      batchSize: 'use maxConcurrentRequests: the server batches continuously',
      workers: PROCESS_FIX,
    },
    servesLanguageModels: true,
    defaultDegree: 'one',
    copyPerWorker: false,
  };
}

export const GRAMMARS: Readonly<Record<GrammarKey, Grammar>> = {
  'hugging-face-toolkit': {
    title: 'the Hugging Face inference toolkit',
    settings: {
      task: both('HF_TASK'),
      sequenceLength: neuron('HF_OPTIMUM_SEQUENCE_LENGTH'),
      batchSize: neuron('HF_OPTIMUM_BATCH_SIZE'),
      workers: both('SAGEMAKER_MODEL_SERVER_WORKERS'),
      trustRemoteCode: both('HF_TRUST_REMOTE_CODE', { value: 'True' }),
    },
    // Without HF_MODEL_ID the toolkit serves the artefact: a path there would be taken for a Hub id.
    location: { hubId: 'HF_MODEL_ID', revision: 'HF_MODEL_REVISION', token: 'HF_API_TOKEN' },
    instead: {
      tensorParallelDegree: 'leave it out: on a GPU this image runs one copy per device; choose a vLLM, SGLang or LMI image to cut a model over devices',
      sequenceLength: 'leave it out: on a GPU the tokenizer of the model decides',
      batchSize: 'leave it out: on a GPU this image answers one request per worker at a time',
      maxConcurrentRequests: QUEUE_FIX,
      numberFormat: 'choose the number format in code/inference.py of the artefact',
      servedModelName: 'leave it out: requests to this image carry no model name',
    },
    workersKey: 'SAGEMAKER_MODEL_SERVER_WORKERS',
    coresPerWorker: 'NEURON_RT_NUM_CORES',
    servesLanguageModels: false,
    defaultDegree: 'one',
    copyPerWorker: true,
  },
  'pytorch': {
    title: 'the PyTorch inference toolkit',
    settings: {
      batchSize: both('SAGEMAKER_TS_BATCH_SIZE'),
      workers: both('SAGEMAKER_MODEL_SERVER_WORKERS'),
    },
    location: {},
    instead: {
      task: 'leave it out: code/inference.py of the artefact decides',
      tensorParallelDegree: 'leave it out: code/inference.py of the artefact decides',
      sequenceLength: 'leave it out: code/inference.py of the artefact decides',
      maxConcurrentRequests: QUEUE_FIX,
      numberFormat: 'choose the number format in code/inference.py of the artefact',
      trustRemoteCode: 'leave it out: code/inference.py of the artefact decides',
      servedModelName: 'leave it out: requests to this image carry no model name',
    },
    workersKey: 'SAGEMAKER_MODEL_SERVER_WORKERS',
    coresPerWorker: 'NEURON_RT_NUM_CORES',
    servesLanguageModels: false,
    defaultDegree: 'one',
    copyPerWorker: true,
  },
  'optimum-neuron': {
    title: 'the Hugging Face vLLM image for Neuron',
    settings: {
      // The server's two tasks, under the Hub's names for them.
      task: both('SM_ON_TASK', {
        values: { 'text-generation': 'generate', 'feature-extraction': 'embed', 'sentence-similarity': 'embed', 'generate': 'generate', 'embed': 'embed' },
      }),
      tensorParallelDegree: both('SM_ON_TENSOR_PARALLEL_SIZE'),
      sequenceLength: both('SM_ON_SEQUENCE_LENGTH'),
      batchSize: both('SM_ON_BATCH_SIZE'),
      numberFormat: both('SM_ON_DTYPE', { values: TORCH_NAMES }),
      servedModelName: both('SM_ON_SERVED_MODEL_NAME'),
    },
    location: { hubId: 'SM_ON_MODEL', revision: 'SM_ON_REVISION', token: 'HF_TOKEN', path: 'SM_ON_MODEL' },
    instead: {
      maxConcurrentRequests: 'use batchSize: the compiled batch is the number of requests served at a time',
      workers: PROCESS_FIX,
      trustRemoteCode: 'leave it out: the server loads supported architectures only',
    },
    // Without a degree the server takes the largest cached configuration that fits, or all cores.
    servesLanguageModels: true,
    defaultDegree: 'all',
    copyPerWorker: false,
  },
  'vllm': flags('vLLM', 'SM_VLLM_', { model: 'MODEL', sequenceLength: 'MAX_MODEL_LEN', requests: 'MAX_NUM_SEQS' }),
  'sglang': flags('SGLang', 'SM_SGLANG_', { model: 'MODEL_PATH', sequenceLength: 'CONTEXT_LENGTH', requests: 'MAX_RUNNING_REQUESTS' }),
  'lmi': {
    title: 'the Large Model Inference container',
    settings: {
      tensorParallelDegree: both('OPTION_TENSOR_PARALLEL_DEGREE'),
      sequenceLength: { gpu: { key: 'OPTION_MAX_MODEL_LEN' }, neuron: { key: 'OPTION_N_POSITIONS' } },
      maxConcurrentRequests: both('OPTION_MAX_ROLLING_BATCH_SIZE'),
      numberFormat: both('OPTION_DTYPE', { values: SHORT_NAMES }),
      trustRemoteCode: both('OPTION_TRUST_REMOTE_CODE', { value: 'true' }),
    },
    location: { hubId: 'HF_MODEL_ID', revision: 'OPTION_REVISION', token: 'HF_TOKEN', path: 'HF_MODEL_ID' },
    instead: {
      task: 'leave it out, or set the option of the chosen engine in settings.environment',
      batchSize: 'use maxConcurrentRequests: the server batches continuously',
      workers: 'leave it out: the server makes as many copies as tensorParallelDegree leaves room for',
      servedModelName: 'leave it out: requests to this image need no model name',
    },
    servesLanguageModels: true,
    defaultDegree: 'all',
    copyPerWorker: false,
  },
  'custom': {
    title: 'an image with an environment of its own',
    settings: {},
    location: {},
    instead: Object.fromEntries([
      'task', 'tensorParallelDegree', 'sequenceLength', 'batchSize', 'maxConcurrentRequests', 'workers', 'numberFormat', 'trustRemoteCode', 'servedModelName',
    ].map((setting) => [setting, "set the image's own variable in settings.environment"])),
    servesLanguageModels: false,
    defaultDegree: 'all',
    copyPerWorker: false,
  },
};
