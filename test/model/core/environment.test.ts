import * as fc from 'fast-check';
import { MODEL_PATH, renderEnvironment, type EnvironmentInput, type SettingsData } from '../../../src/model/core/environment';
import { GRAMMARS, type GrammarKey } from '../../../src/model/core/grammars';
import { problemText } from '../../../src/private/problems';

function render(grammar: GrammarKey, kind: 'gpu' | 'neuron', settings: SettingsData, more: Partial<EnvironmentInput> = {}) {
  return renderEnvironment({ grammar, kind, settings, model: { path: MODEL_PATH }, ...more });
}

function ok(...args: Parameters<typeof render>): Record<string, string> {
  const { environment, problems } = render(...args);
  expect(problems.map(problemText)).toEqual([]);
  return environment;
}

function refused(...args: Parameters<typeof render>): string[] {
  return render(...args).problems.map(problemText);
}

const HUB = { model: { hubId: 'org/model', revision: 'abc', hubToken: 'ref', path: MODEL_PATH } };

describe('the same settings in each grammar', () => {
  test('Hugging Face toolkit on Neuron', () => {
    expect(ok('hugging-face-toolkit', 'neuron', { task: 'feature-extraction', batchSize: 4, sequenceLength: 128, workers: 2 })).toEqual({
      HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128', HF_TASK: 'feature-extraction', SAGEMAKER_MODEL_SERVER_WORKERS: '2',
    });
  });

  test('Hugging Face toolkit from the Hub', () => {
    expect(ok('hugging-face-toolkit', 'gpu', { trustRemoteCode: true }, HUB)).toEqual({
      HF_API_TOKEN: 'ref', HF_MODEL_ID: 'org/model', HF_MODEL_REVISION: 'abc', HF_TRUST_REMOTE_CODE: 'True',
    });
  });

  test('Hugging Face vLLM on Neuron keeps underscores', () => {
    expect(ok('optimum-neuron', 'neuron', {
      task: 'text-generation', tensorParallelDegree: 24, sequenceLength: 4096, batchSize: 8, numberFormat: 'bfloat16', servedModelName: 'llama',
    }, HUB)).toEqual({
      HF_TOKEN: 'ref',
      SM_ON_BATCH_SIZE: '8',
      SM_ON_DTYPE: 'bfloat16',
      SM_ON_MODEL: 'org/model',
      SM_ON_REVISION: 'abc',
      SM_ON_SEQUENCE_LENGTH: '4096',
      SM_ON_SERVED_MODEL_NAME: 'llama',
      SM_ON_TASK: 'generate',
      SM_ON_TENSOR_PARALLEL_SIZE: '24',
    });
  });

  test('vLLM, with an empty value for a bare flag', () => {
    expect(ok('vllm', 'gpu', {
      tensorParallelDegree: 4, sequenceLength: 8192, maxConcurrentRequests: 64, numberFormat: 'auto', trustRemoteCode: true, servedModelName: 'm',
    })).toEqual({
      SM_VLLM_DTYPE: 'auto',
      SM_VLLM_MAX_MODEL_LEN: '8192',
      SM_VLLM_MAX_NUM_SEQS: '64',
      SM_VLLM_MODEL: '/opt/ml/model',
      SM_VLLM_SERVED_MODEL_NAME: 'm',
      SM_VLLM_TENSOR_PARALLEL_SIZE: '4',
      SM_VLLM_TRUST_REMOTE_CODE: '',
    });
  });

  test('SGLang has names of its own', () => {
    expect(ok('sglang', 'gpu', { sequenceLength: 8192, maxConcurrentRequests: 64 })).toEqual({
      SM_SGLANG_CONTEXT_LENGTH: '8192', SM_SGLANG_MAX_RUNNING_REQUESTS: '64', SM_SGLANG_MODEL_PATH: '/opt/ml/model',
    });
  });

  test('LMI has short names for number formats', () => {
    expect(ok('lmi', 'gpu', { tensorParallelDegree: 2, sequenceLength: 8192, maxConcurrentRequests: 32, numberFormat: 'bfloat16', trustRemoteCode: true }, HUB)).toEqual({
      HF_MODEL_ID: 'org/model',
      HF_TOKEN: 'ref',
      OPTION_DTYPE: 'bf16',
      OPTION_MAX_MODEL_LEN: '8192',
      OPTION_MAX_ROLLING_BATCH_SIZE: '32',
      OPTION_REVISION: 'abc',
      OPTION_TENSOR_PARALLEL_DEGREE: '2',
      OPTION_TRUST_REMOTE_CODE: 'true',
    });
    expect(ok('lmi', 'neuron', { sequenceLength: 2048 })).toEqual({ HF_MODEL_ID: '/opt/ml/model', OPTION_N_POSITIONS: '2048' });
  });

  test('PyTorch toolkit', () => {
    expect(ok('pytorch', 'gpu', { batchSize: 8, workers: 3 })).toEqual({ SAGEMAKER_MODEL_SERVER_WORKERS: '3', SAGEMAKER_TS_BATCH_SIZE: '8' });
  });

  test('an image of your own gets nothing but what it is given', () => {
    expect(ok('custom', 'gpu', { environment: { MY_FLAG: '1' } })).toEqual({ MY_FLAG: '1' });
  });

  test('a degree of 1 and trustRemoteCode false need no spelling', () => {
    expect(ok('hugging-face-toolkit', 'gpu', { tensorParallelDegree: 1, trustRemoteCode: false })).toEqual({});
  });
});

describe('server processes on Neuron', () => {
  test.each([
    [2, 12, '6'], [24, 24, '1'], [8, 12, '1'], [5, 24, '4'],
  ])('degree %i on %i cores makes %s workers of that many cores', (degree, cores, workers) => {
    expect(ok('hugging-face-toolkit', 'neuron', { tensorParallelDegree: degree }, { logicalCores: cores })).toEqual({
      NEURON_RT_NUM_CORES: String(degree), SAGEMAKER_MODEL_SERVER_WORKERS: workers,
    });
  });

  test('are left to the image without a degree', () => {
    expect(ok('pytorch', 'neuron', {}, { logicalCores: 12 })).toEqual({});
  });

  test('keep the number that was given', () => {
    expect(ok('pytorch', 'neuron', { tensorParallelDegree: 2, workers: 1 }, { logicalCores: 12 })).toEqual({
      NEURON_RT_NUM_CORES: '2', SAGEMAKER_MODEL_SERVER_WORKERS: '1',
    });
  });

  test('can be overruled in the image\'s own spelling', () => {
    expect(ok('pytorch', 'neuron', { tensorParallelDegree: 2, environment: { SAGEMAKER_MODEL_SERVER_WORKERS: '3' } }, { logicalCores: 12 }))
      .toMatchObject({ SAGEMAKER_MODEL_SERVER_WORKERS: '3' });
  });

  test('are one where only part of the cores is enough for a copy', () => {
    expect(ok('pytorch', 'neuron', { tensorParallelDegree: 4 }, { logicalCores: 2 })).toMatchObject({ SAGEMAKER_MODEL_SERVER_WORKERS: '1' });
  });

  test('have no say on GPUs', () => {
    expect(refused('pytorch', 'gpu', { tensorParallelDegree: 2 })).toEqual([
      '`settings.tensorParallelDegree`: got "2"; allowed: nothing: the PyTorch inference toolkit has no such setting; fix: leave it out: code/inference.py of the artefact decides',
    ]);
  });
});

describe('what is refused', () => {
  test('a setting without a spelling', () => {
    expect(refused('vllm', 'gpu', { batchSize: 4 })).toEqual([
      '`settings.batchSize`: got "4"; allowed: nothing: vLLM has no such setting; fix: use maxConcurrentRequests: the server batches continuously',
    ]);
    expect(refused('hugging-face-toolkit', 'gpu', { sequenceLength: 128 })).toEqual([
      '`settings.sequenceLength`: got "128"; allowed: nothing: the Hugging Face inference toolkit has no such setting; fix: leave it out: on a GPU the tokenizer of the model decides',
    ]);
    expect(refused('optimum-neuron', 'neuron', { trustRemoteCode: true })).toEqual([
      '`settings.trustRemoteCode`: got "true"; allowed: nothing: the Hugging Face vLLM image for Neuron has no such setting; fix: leave it out: the server loads supported architectures only',
    ]);
  });

  test('a value without a spelling', () => {
    expect(refused('optimum-neuron', 'neuron', { task: 'fill-mask' })).toEqual([
      '`settings.task`: got "fill-mask"; allowed: text-generation, feature-extraction, sentence-similarity, generate, embed; fix: choose one that the Hugging Face vLLM image for Neuron knows',
    ]);
  });

  test('a Hub model on an image that does not download', () => {
    expect(refused('pytorch', 'neuron', {}, HUB)).toEqual([
      '`source`: got the Hugging Face model "org/model"; allowed: model data in S3: the PyTorch inference toolkit does not download from the Hub; fix: use ModelSource.s3Archive, s3Prefix or localDirectory, or another image',
    ]);
  });

  test('a variable that contradicts a setting', () => {
    expect(refused('vllm', 'gpu', { sequenceLength: 8192, environment: { SM_VLLM_MAX_MODEL_LEN: '4096' } })).toEqual([
      '`settings.environment.SM_VLLM_MAX_MODEL_LEN`: got "4096"; allowed: one value: `settings.sequenceLength` already sets it to "8192"; fix: remove settings.environment.SM_VLLM_MAX_MODEL_LEN or settings.sequenceLength',
    ]);
    expect(refused('vllm', 'gpu', { environment: { SM_VLLM_MODEL: 'other/model' } }, HUB)[0]).toContain('`source` already sets it to "org/model"');
  });

  test('every setting on every image that cannot take it has a fix of its own', () => {
    const all: SettingsData = {
      task: 'fill-mask', tensorParallelDegree: 2, sequenceLength: 1, batchSize: 1, maxConcurrentRequests: 1, workers: 1, numberFormat: 'auto', trustRemoteCode: true, servedModelName: 'm',
    };
    for (const grammar of Object.keys(GRAMMARS) as GrammarKey[]) {
      for (const kind of ['gpu', 'neuron'] as const) {
        const missing = render(grammar, kind, all).problems.filter((problem) => problem.allowed.startsWith('nothing'));
        expect(missing.filter((problem) => problem.fix === 'leave it out')).toEqual([]);
      }
    }
  });

  test('more than one thing at a time', () => {
    expect(refused('custom', 'gpu', { task: 'fill-mask', workers: 2 })).toHaveLength(2);
  });
});

describe('the user\'s own variables', () => {
  test('may repeat a setting', () => {
    expect(ok('vllm', 'gpu', { sequenceLength: 8192, environment: { SM_VLLM_MAX_MODEL_LEN: '8192' } })).toMatchObject({ SM_VLLM_MAX_MODEL_LEN: '8192' });
  });

  test('win over the model path and over what the source brings', () => {
    expect(ok('vllm', 'gpu', { environment: { SM_VLLM_MODEL: '/opt/ml/model/hf', EXTRA: 'mine' } }, { sourceEnvironment: { EXTRA: 'source', KEPT: 'source' } }))
      .toEqual({ EXTRA: 'mine', KEPT: 'source', SM_VLLM_MODEL: '/opt/ml/model/hf' });
  });
});

describe('limits of CreateModel', () => {
  const filled = (count: number, value = 'v') => Object.fromEntries(Array.from({ length: count }, (_, i) => [`KEY_${i}`, value]));

  test('100 entries pass, 101 do not', () => {
    expect(refused('custom', 'gpu', { environment: filled(100) })).toEqual([]);
    expect(refused('custom', 'gpu', { environment: filled(101) })).toEqual([
      '`settings.environment`: got 101 entries in all; allowed: at most 100 entries; fix: move settings into a file in the model artefact',
    ]);
  });

  test('counts what was rendered too', () => {
    expect(refused('vllm', 'gpu', { environment: filled(100) })[0]).toContain('got 101 entries in all');
  });

  test('1024 bytes pass, 1025 do not, and bytes are not characters', () => {
    expect(refused('custom', 'gpu', { environment: { A: 'x'.repeat(1024) } })).toEqual([]);
    expect(refused('custom', 'gpu', { environment: { A: 'x'.repeat(1025) } })).toEqual([
      '`settings.environment.A`: got a value of 1025 bytes; allowed: at most 1024 bytes; fix: put the value into a file in the model artefact',
    ]);
    expect(refused('custom', 'gpu', { environment: { A: 'ü'.repeat(513) } })[0]).toContain('got a value of 1026 bytes');
  });

  test('32 KiB in all', () => {
    expect(refused('custom', 'gpu', { environment: filled(33, 'x'.repeat(1000)) })).toEqual([
      '`settings.environment`: got 33188 bytes in all; allowed: at most 32768 bytes of keys and values; fix: move settings into a file in the model artefact',
    ]);
  });

  test.each([['1ST'], ['A-B'], ['A B'], [''], ['Ä'], ['A.B']])('the key %p', (key) => {
    expect(refused('custom', 'gpu', { environment: { [key]: 'v' } })).toEqual([
      `\`settings.environment.${key}\`: got a key of ${key.length} characters; allowed: letters, digits and _, not starting with a digit, 1 to 1024 characters; fix: rename the key`,
    ]);
  });

  test('a key of 1025 characters, shortened in the message', () => {
    expect(refused('custom', 'gpu', { environment: { ['K'.repeat(1025)]: 'v' } })[0]).toContain(`\`settings.environment.${'K'.repeat(64)}...\`: got a key of 1025 characters`);
  });

  test('a Hugging Face token in plain text', () => {
    expect(refused('custom', 'gpu', { environment: { HF_TOKEN: `hf_${'a'.repeat(34)}` } })).toEqual([
      '`settings.environment.HF_TOKEN`: got a Hugging Face token as plain text; allowed: a secret, which stays out of the template; fix: store it in AWS Secrets Manager and pass `tokenSecret` to ModelSource.huggingFace',
    ]);
  });

  test('a token is as long as it will be, which nobody knows yet', () => {
    expect(refused('custom', 'gpu', { environment: { A: 'T'.repeat(5000) } }, { isToken: (value) => value.startsWith('T') })).toEqual([]);
  });
});

describe('properties', () => {
  const settings = fc.record({
    task: fc.constantFrom('text-generation', 'fill-mask'),
    tensorParallelDegree: fc.integer({ min: 1, max: 24 }),
    sequenceLength: fc.integer({ min: 1, max: 100000 }),
    batchSize: fc.integer({ min: 1, max: 64 }),
    maxConcurrentRequests: fc.integer({ min: 1, max: 512 }),
    workers: fc.integer({ min: 1, max: 24 }),
    numberFormat: fc.constantFrom('auto', 'float16', 'bfloat16', 'float32'),
    trustRemoteCode: fc.boolean(),
    servedModelName: fc.constant('m'),
  }, { requiredKeys: [] });
  const grammar = fc.constantFrom(...Object.keys(GRAMMARS) as GrammarKey[]);
  const kind = fc.constantFrom('gpu' as const, 'neuron' as const);

  test('each setting is either in the environment or in a problem, never dropped', () => {
    fc.assert(fc.property(grammar, kind, settings, (g, k, given) => {
      for (const [setting, value] of Object.entries(given)) {
        const alone = render(g, k, { [setting]: value }, { logicalCores: 24 });
        const none = render(g, k, {}, { logicalCores: 24 });
        const shown = Object.keys(alone.environment).length > Object.keys(none.environment).length || alone.problems.length > 0;
        const needsNothing = value === false || (setting === 'tensorParallelDegree' && value === 1);
        expect(shown || needsNothing).toBe(true);
      }
    }), { numRuns: 80 });
  });

  test('keys come out sorted and legal, and the same twice', () => {
    fc.assert(fc.property(grammar, kind, settings, (g, k, given) => {
      const once = render(g, k, given, { logicalCores: 24, ...HUB });
      const keys = Object.keys(once.environment);
      expect(keys).toEqual([...keys].sort());
      expect(keys.every((key) => /^[A-Z_]+$/.test(key))).toBe(true);
      expect(render(g, k, given, { logicalCores: 24, ...HUB })).toEqual(once);
    }), { numRuns: 60 });
  });
});

describe('names that every object has', () => {
  test('are variables like others', () => {
    expect(ok('custom', 'gpu', { environment: { constructor: 'a', toString: 'b' } as unknown as Record<string, string> })).toEqual({ constructor: 'a', toString: 'b' });
  });

  test('but __proto__ would vanish on its way into the template', () => {
    expect(refused('custom', 'gpu', { environment: Object.fromEntries([['__proto__', 'x']]) })).toEqual([
      '`settings.environment.__proto__`: got a key that no object of JavaScript can hold; allowed: any other name; fix: rename the key, or set it inside the image',
    ]);
  });

  test.each(['constructor', 'toString', '__proto__'])('%s is no task and no number format', (name) => {
    expect(refused('optimum-neuron', 'neuron', { task: name, numberFormat: name })).toEqual([
      `\`settings.task\`: got "${name}"; allowed: text-generation, feature-extraction, sentence-similarity, generate, embed; fix: choose one that the Hugging Face vLLM image for Neuron knows`,
      `\`settings.numberFormat\`: got "${name}"; allowed: auto, float32, float16, bfloat16; fix: choose one that the Hugging Face vLLM image for Neuron knows`,
    ]);
  });
});

test('a Hugging Face token inside a longer value', () => {
  const token = `hf_${'a'.repeat(34)}`;
  for (const value of [`https://user:${token}@huggingface.co`, `--token=${token} --verbose`]) {
    expect(refused('custom', 'gpu', { environment: { ARGS: value } })).toEqual([
      '`settings.environment.ARGS`: got a Hugging Face token as plain text; allowed: a secret, which stays out of the template; fix: store it in AWS Secrets Manager and pass `tokenSecret` to ModelSource.huggingFace',
    ]);
    expect(refused('custom', 'gpu', { environment: { ARGS: value } }, { isToken: () => true })).toHaveLength(1);
  }
  expect(refused('custom', 'gpu', { environment: { ARGS: `shf_${'a'.repeat(34)}`, SHORT: 'hf_transfer', PATH_TO: '/models/hf_cache/x' } })).toEqual([]);
});

test('exactly 32 KiB in all pass, and a byte more does not', () => {
  // 32 variables of 24 + 1000 bytes: 32,768.
  const environment = (last: number) => Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`K${String(i).padStart(23, '0')}`, 'v'.repeat(i === 31 ? last : 1000)]));
  expect(refused('custom', 'gpu', { environment: environment(1000) })).toEqual([]);
  expect(refused('custom', 'gpu', { environment: environment(1001) })).toEqual([
    '`settings.environment`: got 32769 bytes in all; allowed: at most 32768 bytes of keys and values; fix: move settings into a file in the model artefact',
  ]);
});
