import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { CASTS, FLAGS, LOADED, makeFolders, recipes, written, type Recipe } from './recipes';
import { bucketOf, compile, DECODER, ENCODER, ENV, newStack, REVISION, SPELLED_OUT, templateOf, vpcOf } from './support';
import {
  AcceleratorInstance, CompilationJob, CompilationShapes, ModelCheck, ModelSource, NeuronCompilation, NeuronPrecision, NeuronTarget, ProcessingInstance, ServingImage,
  type NeuronCompilationProps, type NeuronCompilationSpec, type NeuronCompilerOptions,
} from '../../src';
import { PARALLEL_KINDS } from '../../src/compilation/core/shapes';
import { resolveSpec } from '../../src/compilation/resolve-spec';

let root: string;
let stack: Stack;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'key-'));
  makeFolders(root);
  stack = newStack();
});
afterAll(() => fs.rmSync(root, { recursive: true }));

function keyOf(spec: NeuronCompilationSpec): string {
  return resolveSpec(stack, spec, { networkIsolation: false, skipChecks: [], more: () => [] }).key;
}

/** One input changed, where the recipe has it. */
const CHANGES: Readonly<Record<string, (recipe: Recipe, by: number) => Recipe | undefined>> = {
  'the address of the source': (one) => ({ ...one, model: `${one.model}x` }),
  'the revision of the source': (one) => ({ ...one, revision: one.revision + 1 }),
  'the task': (one) => ({ ...one, task: one.task === 'fill-mask' ? undefined : 'fill-mask' }),
  'a shape': (one, by) => {
    const names = Object.keys(one.dimensions);
    const name = names[by % names.length];
    return { ...one, dimensions: { ...one.dimensions, [name]: one.dimensions[name] + 1 } };
  },
  'the precision': (one, by) => {
    const count = one.kind === 'decoder' ? LOADED.length : CASTS.length;
    return { ...one, precision: (one.precision + 1 + by % (count - 1)) % count };
  },
  'the target': (one) => ({ ...one, target: one.target === 'INF2' ? 'TRN2' : one.target === 'TRN2' ? 'TRN1' : 'TRN2', ...one.target === 'TRN2' && { degree: Math.min(one.degree, 32) } }),
  'the degree': (one) => PARALLEL_KINDS.includes(one.kind) ? { ...one, degree: one.degree === 1 ? 2 : one.degree - 1 } : undefined,
  'the repository of the image': (one) => ({ ...one, image: { ...one.image, repository: `${one.image.repository}2` } }),
  'the tag of the image': (one) => ({ ...one, image: { ...one.image, tag: `${one.image.tag}0` } }),
  'the SDK of the image': (one, by) => ({ ...one, image: { ...one.image, sdk: (one.image.sdk + 1 + by % 2) % 3 } }),
  'the optimisation level': (one) => one.kind === 'decoder' ? undefined : { ...one, level: (one.level ?? 2) % 3 + 1 },
  'a flag more or less': (one, by) => {
    const flag = FLAGS[by % FLAGS.length];
    return { ...one, flags: one.flags.includes(flag) ? one.flags.filter((other) => other !== flag) : [...one.flags, flag] };
  },
  'the value of a flag': (one) => ({ ...one, flags: [...one.flags.filter((flag) => flag !== '--verbose=35'), one.flags.includes('--verbose=35') ? '--verbose=10' : '--verbose=35'] }),
  'the custom operators': (one) => ({ ...one, operators: one.operators === 0 ? 1 : 0 }),
  'no custom operators': (one) => one.operators === undefined ? undefined : { ...one, operators: undefined },
  'the script': (one) => one.kind === 'decoder' ? undefined : { ...one, script: one.script === 0 ? 1 : 0 },
  'the operators on the CPU': (one) => one.script === undefined ? undefined : { ...one, cpuOperators: one.cpuOperators + 1 },
  'code of the model': (one) => ({ ...one, trust: !one.trust }),
};

/** Puts a list into an order that a list of random numbers decides. */
const shuffler = (seeds: readonly number[]) => <T>(list: readonly T[]): T[] => list
  .map((item, i) => [seeds[i % seeds.length] * (i + 1) % 1009, item] as const).sort(([a], [b]) => a - b).map(([, item]) => item);
const seeds = fc.array(fc.integer({ min: 1, max: 1008 }), { minLength: 8, maxLength: 8 });

describe('1,000 random pairs', () => {
  test('equal inputs in any order have equal keys, and one changed input changes the key', () => {
    const made = new Set<string>();
    fc.assert(fc.property(recipes, seeds, fc.constantFrom(...Object.keys(CHANGES)), fc.nat(1000), (recipe, order, change, by) => {
      const key = keyOf(written(root, recipe, stack));
      expect(keyOf(written(root, recipe, stack, shuffler(order)))).toBe(key);
      const changed = CHANGES[change](recipe, by);
      if (changed === undefined) return;
      made.add(change);
      expect(keyOf(written(root, changed, stack, shuffler(order)))).not.toBe(key);
    }), { numRuns: 1000 });
    // Every change was among them.
    expect([...made].sort()).toEqual(Object.keys(CHANGES).sort());
  });

  test('equal inputs in any order have identical templates', () => {
    fc.assert(fc.property(recipes, seeds, (recipe, order) => {
      const templates = [undefined, shuffler(order)].map((shuffle) => {
        const one = newStack();
        compile(one, { ...written(root, recipe, one, shuffle), artifacts: { bucket: bucketOf(one) } });
        return JSON.stringify(templateOf(one));
      });
      expect(templates[1]).toBe(templates[0]);
    }), { numRuns: 30 });
  });
});

describe('defaults', () => {
  test('spelled out or left out is the same', () => {
    const { task, ...spelled } = SPELLED_OUT;
    expect(task).toBe('feature-extraction');
    expect(keyOf(spelled)).toBe(keyOf({ source: spelled.source, shapes: spelled.shapes }));
  });

  test('of a language model too', () => {
    const { source, shapes } = DECODER;
    expect(keyOf({
      source, shapes, precision: NeuronPrecision.BF16_ALL, target: NeuronTarget.INF2, tensorParallelDegree: 1, servingImage: ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX, compiler: {},
    })).toBe(keyOf({ source, shapes }));
  });

  test('both spellings of a cast are one', () => {
    expect(keyOf({ ...ENCODER, precision: NeuronPrecision.of({ autoCast: 'matmult', autoCastType: 'bf16' }) })).toBe(keyOf({ ...ENCODER, precision: NeuronPrecision.BF16_MATMUL }));
  });
});

describe('each input by itself', () => {
  const key = () => keyOf(SPELLED_OUT);

  test.each<[string, Partial<NeuronCompilationSpec>]>([
    ['another model', { source: ModelSource.s3Uri('s3://sources/bert2/model.tar.gz', { revision: 'v1' }) }],
    ['another revision', { source: ModelSource.s3Uri('s3://sources/bert/model.tar.gz', { revision: 'v2' }) }],
    ['the same by files', { source: ModelSource.s3Uri('s3://sources/bert/', { revision: 'v1' }) }],
    ['the Hub', { source: ModelSource.huggingFace('org/bert', { revision: REVISION }) }],
    ['batch size', { shapes: CompilationShapes.textEncoder({ batchSize: 5, sequenceLength: 128 }) }],
    ['sequence length', { shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 129 }) }],
    ['shapes the other way round', { shapes: CompilationShapes.textEncoder({ batchSize: 128, sequenceLength: 4 }) }],
    ['kind', { shapes: CompilationShapes.seq2seq({ batchSize: 4, sequenceLength: 128 }) }],
    ['task', { task: 'fill-mask' }],
    ['no task', { task: undefined }],
    ['what is cast', { precision: NeuronPrecision.BF16_ALL }],
    ['what it is cast to', { precision: NeuronPrecision.FP16_MATMUL }],
    ['no cast', { precision: NeuronPrecision.FP32 }],
    ['target', { target: NeuronTarget.TRN1 }],
    ['image tag', { servingImage: ServingImage.of('huggingface-pytorch-inference-neuronx', '2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu24.04') }],
    ['image digest', { servingImage: ServingImage.HF_INFERENCE_2_8_NEURONX.withDigest(`sha256:${'a'.repeat(64)}`) }],
    ['optimisation level', { compiler: { optimizationLevel: 1 } }],
    ['flags', { compiler: { flags: ['--model-type=transformer'] } }],
    ['code of the model', { compiler: { trustRemoteCode: true } }],
  ])('%s', (_, change) => {
    expect(keyOf({ ...SPELLED_OUT, ...change })).not.toBe(key());
  });

  test('what is in a folder counts, not where it is or what it is called', () => {
    const [one, two] = ['one', 'two'].map((name) => path.join(root, name));
    for (const folder of [one, two]) {
      fs.mkdirSync(folder);
      fs.writeFileSync(path.join(folder, 'compile.py'), '1');
    }
    const by = (compiler: NeuronCompilerOptions) => keyOf({ ...SPELLED_OUT, compiler });
    expect(by({ script: two })).toBe(by({ script: one }));
    expect(by({ customOperators: two })).toBe(by({ customOperators: one }));
    expect(new Set([key(), by({ script: one }), by({ customOperators: one }), by({ script: one, customOperators: one }), by({ script: one, maxCpuOperators: 1 })]).size).toBe(5);
    fs.writeFileSync(path.join(two, 'compile.py'), '2');
    expect(by({ script: two })).not.toBe(by({ script: one }));
    expect(by({ customOperators: two })).not.toBe(by({ customOperators: one }));
  });

  test('a directory is its content', () => {
    const folder = path.join(root, 'weights');
    fs.mkdirSync(folder);
    const by = (content: string) => {
      fs.writeFileSync(path.join(folder, 'config.json'), content);
      return resolveSpec(new Construct(stack, `Directory${stack.node.children.length}`), { ...ENCODER, source: ModelSource.localDirectory(folder) }, { networkIsolation: false, skipChecks: [], more: () => [] }).key;
    };
    expect(by('{}')).toBe(by('{}'));
    expect(by('{ }')).not.toBe(by('{}'));
  });
});

describe('what does not change the artefact does not change the key', () => {
  const expected = () => keyOf(ENCODER);
  const hub = (options: object) => ({ source: ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: REVISION, ...options }) });

  test.each<[string, (scope: Stack) => Partial<NeuronCompilationProps>]>([
    ['a training job', () => ({ job: CompilationJob.onTrainium() })],
    ['the host', () => ({ job: CompilationJob.onCpu({ instanceType: ProcessingInstance.R5_4XLARGE }) })],
    ['a Trainium host', () => ({ job: CompilationJob.onTrainium({ instanceType: AcceleratorInstance.TRN1_2XLARGE }) })],
    ['the volume', () => ({ job: CompilationJob.onCpu({ volumeSize: Size.gibibytes(500) }) })],
    ['the tries for capacity', () => ({ job: CompilationJob.onCpu({ capacityRetries: 0 }) })],
    ['the timeout', () => ({ timeout: Duration.hours(2) })],
    ['the longest run', () => ({ maxRuntime: Duration.hours(1) })],
    ['the bucket', (scope) => ({ artifacts: { bucket: bucketOf(scope) } })],
    ['the prefix', () => ({ artifacts: { prefix: 'elsewhere' } })],
    ['encryption', (scope) => ({ artifacts: { encryptionKey: new kms.Key(scope, 'Key') } })],
    ['a VPC', (scope) => ({ network: { vpc: vpcOf(scope) } })],
    ['a role', (scope) => ({ role: iam.Role.fromRoleArn(scope, 'Mine', `arn:aws:iam::${ENV.account}:role/mine`) })],
    ['skipped checks', () => ({ skipChecks: [ModelCheck.HOST_MEMORY, ModelCheck.NEURON_SDK, ModelCheck.TENSOR_PARALLELISM] })],
    ['the profile of the source', () => hub({ profile: { parametersBillion: 0.109, attentionHeads: 12 } })],
    ['the token of the Hub', (scope) => hub({ tokenSecret: secretsmanager.Secret.fromSecretNameV2(scope, 'Token', 'hub/token') })],
  ])('%s', (_, props) => {
    const other = newStack();
    expect(compile(other, props(other)).key).toBe(expected());
  });

  test('network isolation and the key of a source in S3', () => {
    const other = newStack();
    const source = ModelSource.s3Uri('s3://sources/bert/model.tar.gz', { revision: 'v1', decryptionKey: new kms.Key(other, 'Key'), profile: { weightsGiB: 1 } });
    expect(compile(other, { ...SPELLED_OUT, source, network: { networkIsolation: true } }).key).toBe(keyOf(SPELLED_OUT));
  });

  test('the image that serves, where another one compiles', () => {
    const compiler = { image: ServingImage.HF_INFERENCE_2_8_NEURONX };
    const servingImage = ServingImage.of('huggingface-pytorch-inference-neuronx', '2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu24.04');
    expect(keyOf({ ...ENCODER, servingImage, compiler })).toBe(expected());
  });

  test('ids, stacks, regions and tags', () => {
    const one = new NeuronCompilation(new Construct(new Stack(new App(), 'Other', { env: { account: '999999999999', region: 'eu-west-1' } }), 'Scope'), 'Id', ENCODER);
    const agnostic = compile(new Stack(new App(), 'Agnostic', { tags: { team: 'a' } }));
    expect([one.key, agnostic.key]).toEqual([expected(), expected()]);
  });
});
