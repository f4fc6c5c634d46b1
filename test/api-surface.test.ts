/** What users of all languages see, read from the compiled assembly (`npm test` compiles first). */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  arnStrings, l1Types, largeStructs, loadAssembly, longFiles, looseTypes, tooManyStatics, undocumented, withoutDefault, withoutUnit,
  type ApiType, type Assembly, type Exceptions, type Member,
} from './support/assembly';

const ROOT = join(__dirname, '..');

/** ARNs taken as strings, because no construct stands for the thing. */
const ARN_EXCEPTIONS: Exceptions = {
  'VariantHostOptions.capacityReservationArn': 'CloudFormation cannot make a training plan, so there is no construct to take',
};

/** Numbers whose name needs no unit. */
const UNIT_EXCEPTIONS: Exceptions = {
  audioSequenceLength: 'number of samples; the name the exporter uses',
  batchSize: 'number of inputs; the name the images use',
  batchSizes: 'numbers of inputs',
  capacityAttempts: 'number of tries',
  capacityRetries: 'number of tries',
  concurrency: 'number of requests',
  costRise: 'a fraction',
  cudaMajor: 'a version',
  dimensions: 'each by the name the exporter has for it',
  errorAllowance: 'a fraction of requests',
  errorClump: 'number of requests',
  errorRate: 'a fraction of requests',
  errorRateIncrease: 'a fraction of requests',
  errorRatio: 'a ratio',
  evidenceAgainst: 'share of the way, 0 to 1',
  evidenceFor: 'share of the way, 0 to 1',
  factor: 'a factor',
  falsePromotionRate: 'a probability',
  falseRollbackRate: 'a probability',
  highHours: 'the name is the unit',
  height: 'pixels; the name the exporter uses',
  hours: 'the name is the unit',
  HOURS_PER_MONTH: 'the name is the unit',
  internalErrorAttempts: 'number of tries',
  imageBatchSize: 'number of images; the name the exporter uses',
  latencyFactor: 'a factor',
  latencyIncrease: 'a fraction',
  latencyIncreaseP99: 'a fraction',
  latencyRise: 'a fraction',
  lengths: 'each by the name that the user gives it',
  logicalCoreConfigs: 'the values LNC takes, physical cores in a logical one',
  logicalNeuronCoreConfigs: 'the values LNC takes, physical cores in a logical one',
  lowHours: 'the name is the unit',
  maxCpuOperators: 'number of operators',
  maxErrorRate: 'a fraction of requests',
  maximumErrorRate: 'a fraction of requests',
  maxTensorParallelDegree: 'a degree; the name the images use',
  minimumSaving: 'a fraction',
  minimumShare: 'a fraction of lines',
  minor: 'a version',
  minute: 'the name is the unit',
  minutes: 'the name is the unit',
  numBeams: 'number of beams; the name the exporter uses',
  numChannels: 'number of channels; the name the exporter uses',
  numImagesPerPrompt: 'number of images; the name the exporter uses',
  optimizationLevel: 'a level without a unit; the name the compiler uses',
  outputTokens: 'number of tokens',
  outputTokensStddev: 'number of tokens',
  pace: 'a fraction of the throughput',
  percentages: 'the name is the unit',
  periods: 'number of periods',
  perMinute: 'the name is the unit',
  promptTokens: 'number of tokens',
  promptTokensStddev: 'number of tokens',
  rate: 'a fraction of requests',
  requestsPerSecond: 'the name is the unit',
  retryAttempts: 'number of tries',
  requests: 'number of requests',
  requestsNeeded: 'number of requests',
  seeds: 'number of simulated runs',
  sequenceLength: 'number of tokens; the name the images use',
  share: 'a share, as a fraction or in percent as its docs say',
  shareHigh: 'a fraction',
  shareLow: 'a fraction',
  shownSeed: 'a number that names a run',
  shuffleSeed: 'a number that names an order',
  smallest: 'a number of the model\'s own',
  spotSaving: 'a share of the price',
  tensorParallelDegree: 'a degree; the name the images use',
  threshold: 'percent; CloudWatch\'s name',
  throughputDrop: 'a fraction',
  timeoutAttempts: 'number of tries',
  textBatchSize: 'number of texts; the name the exporter uses',
  tolerance: 'what it is a part of depends on the metric',
  value: 'a percentage or a number of instances, as the type beside it says',
  vcpu: 'number of vCPUs; the name AWS uses',
  vCpus: 'number of vCPUs; the name AWS uses',
  weight: 'a share without a unit; the name AWS uses',
  width: 'pixels; the name the exporter uses',
  workers: 'number of workers; the name the images use',
};

/** Props that are JSON of the user's: their shape is known to a script, or to AWS, and to nobody here. */
const JSON_PROPS: Exceptions = {
  hyperParameters: 'arguments of the user\'s script, as JSON',
  parameters: 'what stands beside the inputs in the user\'s own requests, as JSON',
  requestOverrides: 'members of CreateTrainingJob that this library does not know',
};

/** The `.ts` files below a directory, path -> text. */
function sources(directory: string): Record<string, string> {
  return Object.fromEntries(readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(directory, path))
    .map((path) => [relative(ROOT, path), readFileSync(path, 'utf8')]));
}

describe('the public API', () => {
  const assembly = loadAssembly(join(ROOT, '.jsii'));

  test('is read at all: the main nouns are in the assembly', () => {
    const names = Object.values(assembly.types).map((type) => type.name);
    expect(names).toEqual(expect.arrayContaining(['AcceleratorInstance', 'ServedModel', 'InferenceEndpoint', 'InferenceEndpointProps', 'EndpointVariantProps']));
  });

  test('documents every type and member', () => expect(undocumented(assembly)).toEqual([]));
  test('tells the default of every optional prop', () => expect(withoutDefault(assembly)).toEqual([]));
  test('has no any, union or intersection', () => expect(looseTypes(assembly).filter((one) => !(/\.(\w+): any$/.exec(one)?.[1]! in JSON_PROPS))).toEqual([]));
  test('shows no L1 type', () => expect(l1Types(assembly)).toEqual([]));
  test('takes constructs where it could take ARNs', () => expect(arnStrings(assembly, ARN_EXCEPTIONS)).toEqual([]));
  test('names the unit of every number', () => expect(withoutUnit(assembly, UNIT_EXCEPTIONS)).toEqual([]));
  test('has at most 120 statics in a class', () => expect(tooManyStatics(assembly, 120)).toEqual([]));
  test('has at most 10 own members in a struct', () => expect(largeStructs(assembly, 10)).toEqual([]));
});

describe('the source', () => {
  test('has files of at most 400 lines', () => {
    const files = sources(join(ROOT, 'src'));
    expect(Object.keys(files)).toContain('src/index.ts');
    expect(longFiles(files, 400)).toEqual([]);
  });

  test('keeps the closet at 5 files', () => {
    const files = Object.keys(sources(join(ROOT, 'src', 'private')));
    expect(files).toContain('src/private/problems.ts');
    expect(files.slice(5)).toEqual([]);
  });
});

describe('the rules find', () => {
  const docs = { summary: 'Something.' };
  const string = { primitive: 'string' };
  const assembly = (...types: Partial<ApiType>[]): Assembly => ({
    types: Object.fromEntries(types.map((type, i) => [`lib.T${i}`, { name: 'Thing', kind: 'class', docs, ...type }])),
  });
  const struct = (name: string, ...properties: Partial<Member>[]) =>
    assembly({ name, kind: 'interface', datatype: true, properties: properties.map((prop) => ({ name: 'prop', type: string, docs, ...prop })) });

  test('types and members without a summary, of every sort', () => {
    const found = undocumented(assembly(
      { name: 'Bare', docs: undefined },
      { name: 'Blank', docs: { summary: '  ' } },
      { name: 'Members', properties: [{ name: 'p' }, { name: 'fine', docs }], methods: [{ name: 'm', docs: { summary: '' } }] },
      { name: 'Choice', kind: 'enum', members: [{ name: 'A' }, { name: 'B', docs }] },
    ));
    expect(found).toEqual(['Bare', 'Blank', 'Members.p', 'Members.m', 'Choice.A']);
  });

  test.each([
    [undefined, 'no @default'], ['', ''], ['-', '-'], [' - ', ' - '], ['undefined', 'undefined'], ['- undefined', '- undefined'], ['Undefined.', 'Undefined.'],
  ])('a default of %p', (value, shown) => {
    expect(withoutDefault(struct('ThingProps', { optional: true, docs: { ...docs, default: value } }))).toEqual([`ThingProps.prop: ${shown}`]);
  });

  test.each(['0', 'false', '- none', 'Duration.minutes(5)'])('nothing wrong with a default of %p', (value) => {
    expect(withoutDefault(struct('ThingProps', { optional: true, docs: { ...docs, default: value } }))).toEqual([]);
  });

  test('nothing wrong with a required prop, or an optional member of a class, without a default', () => {
    expect(withoutDefault(struct('ThingProps', {}))).toEqual([]);
    expect(withoutDefault(assembly({ properties: [{ name: 'p', optional: true, type: string, docs }] }))).toEqual([]);
  });

  test('loose types in props, collections, parameters, results and constructors', () => {
    const any = { primitive: 'any' };
    const union = { union: { types: [string, { primitive: 'number' }] } };
    const found = looseTypes(assembly({
      initializer: { parameters: [{ name: 'scope', type: any }] },
      properties: [{ name: 'list', type: { collection: { kind: 'array', elementtype: any } } }, { name: 'either', type: union }, { name: 'fine', type: string }],
      methods: [{ name: 'act', parameters: [{ name: 'by', type: { intersection: { types: [string] } } }], returns: { type: { collection: { kind: 'map', elementtype: union } } } }],
    }));
    expect(found).toEqual(['Thing.constructor(scope): any', 'Thing.list: any', 'Thing.either: union', 'Thing.act(by): intersection', 'Thing.act(): union']);
  });

  test('L1 types, also inside collections, and no construct whose name only begins alike', () => {
    const found = l1Types(struct('ThingProps',
      { name: 'role', type: { fqn: 'aws-cdk-lib.aws_iam.CfnRole' } },
      { name: 'tags', type: { collection: { kind: 'array', elementtype: { fqn: 'aws-cdk-lib.CfnTag' } } } },
      { name: 'nested', type: { fqn: 'aws-cdk-lib.aws_sagemaker.CfnModel.VpcConfigProperty' } },
      { name: 'fine', type: { fqn: 'aws-cdk-lib.aws_iam.IRole' } },
    ));
    expect(found.map((line) => line.split(':')[0])).toEqual(['ThingProps.role', 'ThingProps.tags', 'ThingProps.nested']);
  });

  test('ARNs as strings in props and options, not in attributes, and exceptions nobody needs', () => {
    const arn = { name: 'roleArn' };
    expect(arnStrings(struct('ThingProps', arn), {})).toEqual(['ThingProps.roleArn']);
    expect(arnStrings(struct('ThingOptions', arn), { 'ThingOptions.roleArn': 'reason' })).toEqual([]);
    expect(arnStrings(struct('ThingAttributes', arn), {})).toEqual([]);
    expect(arnStrings(struct('ThingProps'), { 'ThingProps.roleArn': 'reason' })).toEqual(['ThingProps.roleArn: in the list of exceptions, but nothing needs it']);
  });

  test('numbers without a unit, also in lists, and exceptions nobody needs', () => {
    const number = { primitive: 'number' };
    const props = struct('ThingProps',
      { name: 'memory', type: number },
      { name: 'sizes', type: { collection: { kind: 'array', elementtype: number } } },
      { name: 'memoryGiB', type: number },
      { name: 'bytesPerParameter', type: number },
      { name: 'weight', type: number },
      { name: 'name', type: string },
    );
    expect(withoutUnit(props, { weight: 'share' })).toEqual(['memory', 'sizes']);
    expect(withoutUnit(struct('ThingProps', { name: 'timeoutSeconds', type: number }), { weight: 'share' })).toEqual(['weight: in the list of exceptions, but nothing needs it']);
  });

  test('classes with too many statics, properties and methods together', () => {
    const both = assembly({
      properties: [{ name: 'A', static: true }, { name: 'own' }],
      methods: [{ name: 'of', static: true }, { name: 'act' }],
    });
    expect(tooManyStatics(both, 1)).toEqual(['Thing: 2 statics']);
    expect(tooManyStatics(both, 2)).toEqual([]);
  });

  test('structs with too many members', () => {
    const large = struct('ThingProps', { name: 'a' }, { name: 'b' });
    expect(largeStructs(large, 1)).toEqual(['ThingProps: 2 members']);
    expect(largeStructs(large, 2)).toEqual([]);
  });

  test('long files; a newline at the end is no line of its own', () => {
    expect(longFiles({ 'a.ts': '1\n2\n3\n', 'b.ts': '1\n2\n' }, 2)).toEqual(['a.ts: 3 lines']);
  });

  test('an assembly that is missing, with the command that makes it', () => {
    expect(() => loadAssembly('/nowhere/.jsii')).toThrow('/nowhere/.jsii is not there: run "npx projen compile" first');
  });

  test('a compressed assembly', () => {
    expect(() => loadAssembly(join(ROOT, 'tsconfig.json'))).toThrow('holds no types: is it compressed?');
  });
});
