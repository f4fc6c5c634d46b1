import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { AcceleratorKind, CompilationShapes, ModelSource, NeuronPrecision, NeuronSdk, NeuronTarget, ServingImage, type NeuronCompilationSpec, type NeuronCompilerOptions } from '../../src';
import { DIMENSIONS, PARALLEL_KINDS, type ModelKind } from '../../src/compilation/core/shapes';

/** A spec as plain data: what a user says, before it is written down in some order. */
export interface Recipe {
  readonly kind: ModelKind;
  readonly model: string;
  readonly revision: number;
  readonly task?: string;
  readonly dimensions: Readonly<Record<string, number>>;
  readonly precision: number;
  readonly target: 'INF2' | 'TRN1' | 'TRN2';
  readonly degree: number;
  /** An image of the user's own, so that every kind can have any SDK. */
  readonly image: { readonly repository: string; readonly tag: string; readonly sdk: number };
  readonly ownCompiler: boolean;
  readonly level?: number;
  readonly flags: readonly string[];
  readonly operators?: number;
  readonly script?: number;
  readonly cpuOperators: number;
  readonly trust: boolean;
}

const FACTORIES: Readonly<Record<ModelKind, keyof typeof CompilationShapes>> = {
  'text-encoder': 'textEncoder', 'vision': 'vision', 'audio': 'audio', 'clip': 'clip', 'seq2seq': 'seq2seq', 'diffusion': 'diffusion', 'decoder': 'decoder',
} as never;
export const CASTS = [NeuronPrecision.FP32, NeuronPrecision.BF16_MATMUL, NeuronPrecision.BF16_ALL, NeuronPrecision.FP16_MATMUL, NeuronPrecision.FP16_ALL, NeuronPrecision.TF32_MATMUL, NeuronPrecision.TF32_ALL];
export const LOADED = [NeuronPrecision.FP32, NeuronPrecision.BF16_ALL, NeuronPrecision.FP16_ALL];
const SDKS = [NeuronSdk.V2_25_0, NeuronSdk.V2_26_0, NeuronSdk.V2_26_1];
export const FLAGS = ['--enable-fast-loading-neuron-binaries', '--model-type=transformer', '--verbose=35', '--enable-mixed-precision-accumulation', '-v'];
const MOST = { INF2: 24, TRN1: 32, TRN2: 64 };

/** The folders of a user that recipes name. */
export function makeFolders(root: string): void {
  for (const folder of ['operators-0', 'operators-1', 'script-0', 'script-1']) {
    fs.mkdirSync(path.join(root, folder));
    fs.writeFileSync(path.join(root, folder, 'compile.py'), `# ${folder}\n`);
  }
}

/** A spec in the words of a user, with folders of `makeFolders`, its members in the order that `shuffle` makes of them. */
export function written(root: string, recipe: Recipe, scope: Construct, shuffle: <T>(list: readonly T[]) => T[] = (list) => [...list]): NeuronCompilationSpec {
  const shuffled = <T extends object>(value: T): T => Object.fromEntries(shuffle(Object.entries(value))) as T;
  const { repository, tag, sdk } = recipe.image;
  const repositoryOf = ecr.Repository.fromRepositoryName(new Construct(scope, `Image${scope.node.children.length}`), 'Repository', repository);
  const image = ServingImage.fromEcrRepository(repositoryOf, shuffled({ kind: AcceleratorKind.NEURON, tag, neuronSdk: SDKS[sdk] }));
  const compiler: NeuronCompilerOptions = shuffled({
    optimizationLevel: recipe.level,
    flags: shuffle(recipe.flags),
    customOperators: recipe.operators === undefined ? undefined : path.join(root, `operators-${recipe.operators}`),
    script: recipe.script === undefined ? undefined : path.join(root, `script-${recipe.script}`),
    maxCpuOperators: recipe.cpuOperators,
    trustRemoteCode: recipe.trust,
    image: recipe.ownCompiler ? image : undefined,
  });
  return shuffled({
    source: ModelSource.s3Uri(`s3://sources/${recipe.model}/model.tar.gz`, { revision: String(recipe.revision) }),
    shapes: (CompilationShapes[FACTORIES[recipe.kind]] as (shapes: object) => CompilationShapes)(shuffled(recipe.dimensions)),
    task: recipe.task,
    precision: (recipe.kind === 'decoder' ? LOADED : CASTS)[recipe.precision],
    target: NeuronTarget[recipe.target],
    tensorParallelDegree: recipe.degree,
    servingImage: image,
    compiler,
  });
}

/** Specs that nothing is wrong with. */
export const recipes: fc.Arbitrary<Recipe> = fc.constantFrom(...Object.keys(DIMENSIONS) as ModelKind[]).chain((kind) => fc.constantFrom('INF2', 'TRN1', 'TRN2').chain((target) => fc.record({
  kind: fc.constant(kind),
  model: fc.stringMatching(/^[a-z]{1,8}$/),
  revision: fc.integer({ min: 0, max: 1000 }),
  task: fc.option(fc.constantFrom('feature-extraction', 'fill-mask', 'text-classification'), { nil: undefined }),
  dimensions: fc.tuple(...DIMENSIONS[kind].map(() => fc.integer({ min: 1, max: 4096 }))).map((values) => Object.fromEntries(DIMENSIONS[kind].map(({ prop }, i) => [prop, values[i]]))),
  precision: fc.nat(kind === 'decoder' ? LOADED.length - 1 : CASTS.length - 1),
  target: fc.constant(target as Recipe['target']),
  degree: PARALLEL_KINDS.includes(kind) ? fc.integer({ min: 1, max: MOST[target as Recipe['target']] }) : fc.constant(1),
  image: fc.record({ repository: fc.constantFrom('own/neuron', 'neuron'), tag: fc.stringMatching(/^v[0-9]{1,3}$/), sdk: fc.nat(SDKS.length - 1) }),
  ownCompiler: fc.boolean(),
  level: kind === 'decoder' ? fc.constant(undefined) : fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  flags: fc.shuffledSubarray(FLAGS),
  operators: fc.option(fc.nat(1), { nil: undefined }),
  script: kind === 'decoder' ? fc.constant(undefined) : fc.option(fc.nat(1), { nil: undefined }),
  cpuOperators: fc.nat(3),
  trust: fc.boolean(),
}).map((recipe) => recipe.script === undefined ? { ...recipe, cpuOperators: 0 } : recipe))) as fc.Arbitrary<Recipe>;
