import * as fc from 'fast-check';
import { OWNER } from '../../../src/training/contract';
import { markerOf, purposeOf, requestOf, requestProblem, type RequestOptions } from '../../../src/training/core/request';
import type { Attempt, JobRequest, PrecompileConfig, RunInput, TrainingConfig } from '../../../src/training/core/types';

const BASE: JobRequest = {
  RoleArn: 'arn:role',
  AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' },
  HyperParameters: { epochs: '3', steps: '1000', lr: '0.1' },
  Environment: { A: 'config', B: 'config' },
  InputDataConfig: [
    { ChannelName: 'train', ContentType: 'text/plain', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/train/', S3DataDistributionType: 'FullyReplicated' } } },
    { ChannelName: 'files', DataSource: { FileSystemDataSource: { FileSystemId: 'fs-1' } } },
  ],
  OutputDataConfig: { S3OutputPath: 's3://out/models/', KmsKeyId: 'key', CompressionType: 'GZIP' },
  ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 4, VolumeSizeInGB: 100 },
  StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxWaitTimeInSeconds: 90_000, MaxPendingTimeInSeconds: 7200 },
  EnableManagedSpotTraining: true,
  CheckpointConfig: { S3Uri: 's3://out/checkpoints/', LocalPath: '/opt/ml/checkpoints' },
  VpcConfig: { Subnets: ['s-1'], SecurityGroupIds: ['g-1'] },
  Tags: [{ Key: 'k', Value: 'v' }],
};
const PRECOMPILE: PrecompileConfig = { bucket: 'b', marker: 'cache/abc', instanceCount: 1, maxRuntimeSeconds: 10_800, hyperParameters: { steps: '10' } };
const ATTEMPT: Attempt = { rung: 0, attempt: 0, job: 'train-0123456789-0', purpose: 'train', onDemand: false };
const ASKING: RequestOptions = { owner: 'arn:execution', run: 'train-0123456789', input: {} };
const config = (request: JobRequest = BASE, rungs: readonly string[] = ['trn1', 'p4d']): TrainingConfig => ({
  training: 't',
  prefix: 'train',
  inputs: {},
  overlap: false,
  policies: { onQuota: 'next', maxQuotaWaitSeconds: 300, capacityAttempts: 1, capacityWaitSeconds: 0, spotToOnDemand: true, internalErrorAttempts: 1, timeoutAttempts: 1 },
  rungs: rungs.map((name) => ({ name, instanceType: 'ml.trn1.32xlarge', instanceCount: 4, request, precompile: PRECOMPILE })),
});
const request = (attempt: Partial<Attempt> = {}, asking: Partial<RequestOptions> = {}, how = config()) => requestOf(how, { ...ATTEMPT, ...attempt }, { ...ASKING, ...asking });
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const compile = { purpose: 'compile', onDemand: true } as const;

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

describe('the request for a training', () => {
  test('is the one of the rung, with name, owner, and a checkpoint folder of the run', () => {
    expect(plain(request())).toEqual({
      ...BASE,
      TrainingJobName: 'train-0123456789-0',
      Environment: { A: 'config', B: 'config', [OWNER]: 'arn:execution' },
      CheckpointConfig: { S3Uri: 's3://out/checkpoints/train-0123456789/trn1/', LocalPath: '/opt/ml/checkpoints' },
    });
  });

  test('is the one of its own rung', () => {
    const how = config();
    const second = { ...how.rungs[1], request: { ...BASE, RoleArn: 'arn:other', HyperParameters: {} } };
    expect(request({ rung: 1 }, {}, { ...how, rungs: [how.rungs[0], second] })).toMatchObject({ RoleArn: 'arn:other', HyperParameters: {} });
  });

  test('of the least is the least', () => {
    expect(plain(request({}, {}, config({ RoleArn: 'r' })))).toEqual({ RoleArn: 'r', TrainingJobName: 'train-0123456789-0', HyperParameters: {}, Environment: { [OWNER]: 'arn:execution' }, StoppingCondition: {} });
  });

  test('keeps every member that it does not know', () => {
    const unknown = fc.dictionary(fc.stringMatching(/^New[A-Z][a-z]{1,8}$/), fc.jsonValue());
    fc.assert(fc.property(unknown, unknown, unknown, fc.boolean(), fc.boolean(), (top, inside, stopping, compiles, onDemand) => {
      const base = { ...BASE, ...top, ResourceConfig: { ...BASE.ResourceConfig, ...inside }, OutputDataConfig: { ...BASE.OutputDataConfig!, ...inside }, StoppingCondition: { ...BASE.StoppingCondition, ...stopping } };
      const made = request(compiles ? compile : { onDemand }, {}, config(base));
      expect(made).toMatchObject({ ...top, RoleArn: 'arn:role', VpcConfig: BASE.VpcConfig, Tags: BASE.Tags, AlgorithmSpecification: BASE.AlgorithmSpecification });
      expect(made.ResourceConfig).toMatchObject(inside);
      expect(made.OutputDataConfig).toMatchObject({ ...inside, KmsKeyId: 'key', CompressionType: 'GZIP' });
      expect(made.StoppingCondition).toMatchObject({ ...stopping, MaxPendingTimeInSeconds: 7200 });
    }));
  });

  test('never changes the one it is made of', () => {
    const how = frozen(config());
    const input: RunInput = frozen({ hyperParameters: { a: '1' }, environment: { B: 'x' }, inputs: { train: 's3://data/train/1/' } });
    const before = JSON.stringify(how);
    for (const attempt of [{}, compile, { onDemand: true }, { rung: 1 }]) request(attempt, { input }, how);
    expect(JSON.stringify(how)).toBe(before);
  });

  test('is the same when it is made again', () => expect(request()).toEqual(request()));
});

describe('spot', () => {
  test('has its longest wait', () => {
    const made = request();
    expect(made.EnableManagedSpotTraining).toBe(true);
    expect(made.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 86_400, MaxWaitTimeInSeconds: 90_000, MaxPendingTimeInSeconds: 7200 });
  });

  test.each([['on demand', { onDemand: true }], ['for a compilation', compile]])('leaves nothing behind %s', (_, attempt) => {
    const made = request(attempt);
    expect(made).not.toHaveProperty('EnableManagedSpotTraining');
    expect(made.StoppingCondition).not.toHaveProperty('MaxWaitTimeInSeconds');
  });

  test('that was not wanted has no wait', () => {
    const { EnableManagedSpotTraining: _, ...onDemand } = BASE;
    for (const base of [onDemand, { ...BASE, EnableManagedSpotTraining: false }]) {
      const made = request({}, {}, config(base));
      expect(made).not.toHaveProperty('EnableManagedSpotTraining');
      expect(made.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 86_400, MaxPendingTimeInSeconds: 7200 });
    }
  });
});

describe('the request for a compilation', () => {
  const made = request(compile);

  test('has no checkpoints: what it leaves is no training', () => expect(made).not.toHaveProperty('CheckpointConfig'));

  test('says what it is for', () => {
    expect(made.Environment).toEqual({ A: 'config', B: 'config', RUN_NEURON_PARALLEL_COMPILE: '1', [OWNER]: 'arn:execution' });
    expect(request().Environment).not.toHaveProperty('RUN_NEURON_PARALLEL_COMPILE');
    expect([purposeOf(made), purposeOf(request()), purposeOf({})]).toEqual(['compile', 'train', 'train']);
  });

  test('has an output of its own', () => {
    expect(made.OutputDataConfig).toEqual({ S3OutputPath: 's3://out/models/precompile/', KmsKeyId: 'key', CompressionType: 'GZIP' });
    expect(request().OutputDataConfig).toEqual(BASE.OutputDataConfig);
  });

  test('has instances and a time of its own', () => {
    expect(made.ResourceConfig).toEqual({ ...BASE.ResourceConfig, InstanceCount: 1 });
    expect(made.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 10_800, MaxPendingTimeInSeconds: 7200 });
    expect(request().ResourceConfig).toEqual(BASE.ResourceConfig);
  });

  test('keeps no instances for the training, which has others', () => {
    const base = { ...BASE, ResourceConfig: { ...BASE.ResourceConfig, KeepAlivePeriodInSeconds: 3600 } };
    expect(request(compile, {}, config(base)).ResourceConfig).toEqual({ ...BASE.ResourceConfig, InstanceCount: 1 });
    expect(request({}, {}, config(base)).ResourceConfig).toEqual(base.ResourceConfig);
  });

  test.each([
    ['groups', { InstanceGroups: [{ InstanceType: 'ml.trn1.32xlarge', InstanceCount: 4, InstanceGroupName: 'all' }], VolumeSizeInGB: 100 }],
    ['preferences', { InstancePreferences: [{ InstanceType: 'ml.trn1.32xlarge' }], InstanceCount: 4 }],
  ])('of instance %s has the instances of the training', (_, ResourceConfig) => {
    expect(request(compile, {}, config({ ...BASE, ResourceConfig: { ...ResourceConfig, KeepAlivePeriodInSeconds: 0 } })).ResourceConfig).toEqual(ResourceConfig);
  });

  test('has its hyperparameters over those of the input, and those over the ones of the rung', () => {
    const input = { hyperParameters: { steps: '5', lr: '0.2', extra: 'true' } };
    expect(request(compile, { input }).HyperParameters).toEqual({ epochs: '3', steps: '10', lr: '0.2', extra: 'true' });
    expect(request({}, { input }).HyperParameters).toEqual({ epochs: '3', steps: '5', lr: '0.2', extra: 'true' });
  });

  test('is a compilation whatever the input says', () => {
    expect(request(compile, { input: { environment: { RUN_NEURON_PARALLEL_COMPILE: '0' } } }).Environment).toMatchObject({ RUN_NEURON_PARALLEL_COMPILE: '1' });
  });

  test('of a rung that has none is a training', () => {
    const how = config();
    const { precompile: _, ...without } = how.rungs[0];
    const one = request(compile, {}, { ...how, rungs: [without] });
    expect(one).toHaveProperty('CheckpointConfig');
    expect(one.Environment).not.toHaveProperty('RUN_NEURON_PARALLEL_COMPILE');
  });
});

describe('the input of a run', () => {
  test('wins over the rung', () => {
    expect(request({}, { input: { environment: { B: 'input', C: 'input' } } }).Environment).toEqual({ A: 'config', B: 'input', C: 'input', [OWNER]: 'arn:execution' });
  });

  test('wins over the rung, whatever names there are', () => {
    const texts = fc.dictionary(fc.string({ minLength: 1 }), fc.string());
    fc.assert(fc.property(texts, texts, texts, fc.boolean(), (rung, input, precompile, compiles) => {
      const how = config({ ...BASE, HyperParameters: rung });
      const one = { ...how, rungs: [{ ...how.rungs[0], precompile: { ...PRECOMPILE, hyperParameters: precompile } }] };
      const made = request(compiles ? compile : {}, { input: { hyperParameters: input } }, one);
      const wanted = new Map([...Object.entries(rung), ...Object.entries(input), ...compiles ? Object.entries(precompile) : []]);
      expect(new Map(Object.entries(made.HyperParameters!))).toEqual(wanted);
    }));
  });

  test('never says whose job it is', () => {
    expect(request({}, { input: { environment: { [OWNER]: 'me' } } }).Environment).toMatchObject({ [OWNER]: 'arn:execution' });
  });

  test('moves a channel, and nothing else of it', () => {
    const [train, files] = BASE.InputDataConfig!;
    expect(request({}, { input: { inputs: { train: 's3://data/train/july/' } } }).InputDataConfig).toEqual([
      { ...train, DataSource: { S3DataSource: { ...train.DataSource.S3DataSource, S3Uri: 's3://data/train/july/' } } }, files,
    ]);
  });

  test('moves no channel that is not in S3, and makes none', () => {
    expect(request({}, { input: { inputs: { files: 's3://data/x/', other: 's3://data/y/' } } }).InputDataConfig).toEqual(BASE.InputDataConfig);
    const { InputDataConfig: _, ...without } = BASE;
    expect(request({}, { input: { inputs: { train: 's3://data/train/1/' } } }, config(without))).not.toHaveProperty('InputDataConfig');
  });

  test('moves no channel that has the name of what objects have by themselves', () => {
    const [train] = BASE.InputDataConfig!;
    for (const ChannelName of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
      const how = config({ ...BASE, InputDataConfig: [{ ...train, ChannelName }] });
      for (const inputs of [undefined, {}, { train: 's3://data/train/1/' }] as RunInput['inputs'][]) expect(request({}, { input: { inputs } }, how).InputDataConfig).toEqual([{ ...train, ChannelName }]);
      const moved = request({}, { input: { inputs: JSON.parse(`{"${ChannelName}":"s3://data/train/2/"}`) as Record<string, string> } }, how);
      expect(moved.InputDataConfig![0].DataSource.S3DataSource).toEqual({ ...train.DataSource.S3DataSource, S3Uri: 's3://data/train/2/' });
    }
  });

  test('may have names that objects have by themselves', () => {
    const hyperParameters = plain(JSON.parse('{"__proto__": "1", "constructor": "2", "toString": "3"}')) as Record<string, string>;
    expect(Object.entries(request({}, { input: { hyperParameters } }, config({})).HyperParameters!)).toEqual([['__proto__', '1'], ['constructor', '2'], ['toString', '3']]);
  });
});

describe('the folder of checkpoints', () => {
  const folder = (attempt: Partial<Attempt>, run = ASKING.run) => request(attempt, { run }).CheckpointConfig?.S3Uri;

  test('is the same for all tries on a rung, spot or not', () => {
    fc.assert(fc.property(fc.nat(1), fc.nat(999), fc.nat(999), fc.boolean(), (rung, one, other, onDemand) => {
      expect(folder({ rung, attempt: one, job: `j-${one}` })).toBe(folder({ rung, attempt: other, job: `j-${other}`, onDemand }));
    }));
  });

  test('is another one for each run and rung, none of which is within another', () => {
    const folders = [folder({}), folder({ rung: 1 }), folder({}, 'train-9876543210'), folder({ rung: 1 }, 'train-9876543210')] as string[];
    expect(folders).toEqual(['train-0123456789/trn1/', 'train-0123456789/p4d/', 'train-9876543210/trn1/', 'train-9876543210/p4d/'].map((end) => `s3://out/checkpoints/${end}`));
    expect(folders.filter((one, i) => folders.some((other, k) => i !== k && other.startsWith(one)))).toEqual([]);
  });

  test('is nowhere when none is wanted', () => {
    const { CheckpointConfig: _, ...without } = BASE;
    expect(request({}, {}, config(without))).not.toHaveProperty('CheckpointConfig');
  });
});

describe('a request that is too much', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));

  test('has more hyperparameters than 100', () => {
    expect(requestProblem({ HyperParameters: many(100) })).toBeUndefined();
    expect(requestProblem({ HyperParameters: many(101) })).toBe('101 hyperparameters, those of the input included: at most 100 are allowed');
  });

  test('has more variables than 100', () => {
    expect(requestProblem({ Environment: many(100) })).toBeUndefined();
    expect(requestProblem({ Environment: many(101) })).toBe('101 variables, those of the input included: at most 100 are allowed');
  });

  test('counts what the run adds', () => {
    expect(requestProblem(request({}, { input: { environment: many(97) } }))).toBeUndefined();
    expect(requestProblem(request({}, { input: { environment: many(98) } }))).toBe('101 variables, those of the input included: at most 100 are allowed');
    expect(requestProblem(request(compile, { input: { environment: many(97) } }))).toBe('101 variables, those of the input included: at most 100 are allowed');
  });

  test('is none with nothing', () => expect(requestProblem({})).toBeUndefined());
});

describe('the mark of a filled compile cache', () => {
  test('is that of the training when a run is given nothing that is compiled', () => {
    for (const input of [{}, { hyperParameters: {}, environment: {} }, { runId: 'x', inputs: { train: 's3://data/train/1/' } }]) expect(markerOf(PRECOMPILE, input)).toBe('cache/abc.json');
  });

  test('is another one for other arguments', () => {
    const inputs: RunInput[] = [{}, { hyperParameters: { a: '1' } }, { hyperParameters: { a: '2' } }, { hyperParameters: { b: '1' } }, { environment: { a: '1' } }, { hyperParameters: { a: '1' }, environment: { a: '1' } }, { hyperParameters: { a: '1', b: '1' } }];
    const markers = inputs.map((input) => markerOf(PRECOMPILE, input));
    expect(new Set(markers).size).toBe(inputs.length);
    expect(markers.slice(1).filter((marker) => !/^cache\/abc-[0-9a-f]{16}\.json$/.test(marker))).toEqual([]);
  });

  test('does not depend on the order of arguments', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), (values) => {
      const turned = Object.fromEntries(Object.entries(values).reverse());
      expect(markerOf(PRECOMPILE, { hyperParameters: turned })).toBe(markerOf(PRECOMPILE, { hyperParameters: values }));
    }));
  });
});
