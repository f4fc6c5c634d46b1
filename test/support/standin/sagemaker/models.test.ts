import {
  AddTagsCommand, CreateEndpointConfigCommand, CreateModelCommand, DeleteEndpointConfigCommand, DeleteModelCommand, DeleteTagsCommand,
  DescribeEndpointConfigCommand, DescribeModelCommand, ListEndpointConfigsCommand, ListModelsCommand, ListTagsCommand,
  type CreateModelCommandInput,
} from '@aws-sdk/client-sagemaker';
import { ACCOUNT_ARN, Fixture, IMAGE, refusal, ROLE } from '../fixture';

let fixture: Fixture;
beforeEach(async () => { fixture = await Fixture.start(); });
afterEach(async () => fixture.stop());

const create = async (input: Partial<CreateModelCommandInput>): Promise<unknown> =>
  fixture.sagemaker.send(new CreateModelCommand({ ModelName: 'm', ExecutionRoleArn: ROLE, ...input }));

describe('CreateModel', () => {
  test('answers with an ARN in lower case, and DescribeModel shows what was given', async () => {
    const { ModelArn } = await fixture.sagemaker.send(new CreateModelCommand({
      ModelName: 'Bert-Large', ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE, Environment: { A: '1' } }, Tags: [{ Key: 'k', Value: 'v' }],
    }));
    expect(ModelArn).toBe(`${ACCOUNT_ARN}:model/bert-large`);
    const described = await fixture.sagemaker.send(new DescribeModelCommand({ ModelName: 'Bert-Large' }));
    expect(described).toMatchObject({
      ModelName: 'Bert-Large', ModelArn, ExecutionRoleArn: ROLE, EnableNetworkIsolation: false, PrimaryContainer: { Image: IMAGE, Environment: { A: '1' } },
    });
    expect(described.CreationTime).toEqual(new Date(Date.UTC(2026, 0, 1)));
  });

  test.each([
    [{}, 'ValidationException: Must specify either PrimaryContainer or Containers.'],
    [{ PrimaryContainer: { Image: IMAGE }, Containers: [{ Image: IMAGE }] }, 'ValidationException: Cannot specify both PrimaryContainer and Containers.'],
    [{ PrimaryContainer: {} }, 'ValidationException: Container definition must specify either Image or ModelPackageName.'],
    [{ PrimaryContainer: { Image: IMAGE, ModelPackageName: 'p' } }, 'ValidationException: Cannot specify both Image and ModelPackageName in one container definition.'],
    [
      { PrimaryContainer: { Image: IMAGE, ModelDataUrl: 's3://b/k', ModelDataSource: { S3DataSource: { S3Uri: 's3://b/k/', S3DataType: 'S3Prefix' as const, CompressionType: 'None' as const } } } },
      'ValidationException: Cannot specify both ModelDataUrl and ModelDataSource in one container definition.',
    ],
    [{ PrimaryContainer: { Image: IMAGE }, Tags: [{ Key: 'aws:x', Value: '' }] }, 'ValidationException: Tag key "aws:x" is invalid: the prefix aws: is reserved for system tags.'],
    [
      { PrimaryContainer: { Image: IMAGE }, Tags: [{ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }] },
      'ValidationException: Duplicate tag keys found. Please note that Tag keys are case insensitive: a',
    ],
  ])('refuses %j', async (input, message) => {
    expect(await refusal(create(input))).toBe(message);
  });

  test('takes a model without a role: only its name is required', async () => {
    await create({ PrimaryContainer: { Image: IMAGE }, ExecutionRoleArn: undefined });
    const described = await fixture.sagemaker.send(new DescribeModelCommand({ ModelName: 'm' }));
    expect(described.PrimaryContainer).toEqual({ Image: IMAGE });
    expect(described.ExecutionRoleArn).toBeUndefined();
    expect(fixture.standIn.control.calls[0]).toMatchObject({ operation: 'CreateModel', status: 200, passedRoles: [] });
  });

  test('refuses a name that is taken, in any case', async () => {
    await fixture.models('one');
    expect(await refusal(fixture.models('ONE'))).toBe(`ValidationException: Cannot create already existing model "${ACCOUNT_ARN}:model/one".`);
  });

  test('a model and a configuration may share a name', async () => {
    await fixture.models('gpu-model', 'inf2-model', 'same');
    await fixture.config('same');
    expect((await fixture.sagemaker.send(new ListEndpointConfigsCommand({}))).EndpointConfigs).toHaveLength(1);
  });
});

describe('models and configurations that are not there', () => {
  test.each([
    ['DescribeModel', async () => fixture.sagemaker.send(new DescribeModelCommand({ ModelName: 'No' })), `Could not find model "${ACCOUNT_ARN}:model/no".`],
    ['DeleteModel', async () => fixture.sagemaker.send(new DeleteModelCommand({ ModelName: 'No' })), `Could not find model "${ACCOUNT_ARN}:model/no".`],
    ['DescribeEndpointConfig', async () => fixture.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'No' })),
      `Could not find endpoint configuration "${ACCOUNT_ARN}:endpoint-config/no".`],
    ['DeleteEndpointConfig', async () => fixture.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'No' })),
      `Could not find endpoint configuration "${ACCOUNT_ARN}:endpoint-config/no".`],
    ['CreateEndpointConfig', async () => fixture.config('c'), `Could not find model "${ACCOUNT_ARN}:model/gpu-model".`],
  ])('%s says so', async (_operation, call, message) => {
    expect(await refusal(call())).toBe(`ValidationException: ${message}`);
  });
});

describe('deleting what is in use', () => {
  test('is accepted, as by AWS, and kept as a hazard', async () => {
    await fixture.endpoint();
    await fixture.sagemaker.send(new DeleteModelCommand({ ModelName: 'inf2-model' }));
    await fixture.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'config-1' }));
    expect(fixture.standIn.control.hazards).toEqual([
      { kind: 'model-in-use-deleted', text: 'model inf2-model was deleted while endpoint web runs it' },
      { kind: 'config-in-use-deleted', text: 'endpoint configuration config-1 was deleted while endpoint web uses it' },
    ]);
    expect(await fixture.status()).toBe('InService');
  });

  test('is no hazard when nothing uses it', async () => {
    await fixture.models('gpu-model', 'inf2-model');
    await fixture.config('c');
    await fixture.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'c' }));
    await fixture.sagemaker.send(new DeleteModelCommand({ ModelName: 'gpu-model' }));
    expect(fixture.standIn.control.hazards).toEqual([]);
    expect((await fixture.sagemaker.send(new ListModelsCommand({}))).Models!.map((model) => model.ModelName)).toEqual(['inf2-model']);
  });
});

describe('lists', () => {
  test('page, filter and sort', async () => {
    for (const name of ['b-1', 'a-1', 'c-2']) {
      await fixture.models(name);
      fixture.standIn.advance(60);
    }
    const names = async (input: object): Promise<string[]> =>
      (await fixture.sagemaker.send(new ListModelsCommand(input))).Models!.map((model) => model.ModelName!);
    expect(await names({})).toEqual(['c-2', 'a-1', 'b-1']);
    expect(await names({ SortBy: 'Name', SortOrder: 'Ascending' })).toEqual(['a-1', 'b-1', 'c-2']);
    expect(await names({ NameContains: '-1', SortBy: 'CreationTime', SortOrder: 'Ascending' })).toEqual(['b-1', 'a-1']);
    expect(await names({ CreationTimeAfter: new Date(Date.UTC(2026, 0, 1, 0, 0, 30)) })).toEqual(['c-2', 'a-1']);
    expect(await names({ CreationTimeBefore: new Date(Date.UTC(2026, 0, 1, 0, 0, 30)) })).toEqual(['b-1']);
    const first = await fixture.sagemaker.send(new ListModelsCommand({ MaxResults: 2 }));
    const second = await fixture.sagemaker.send(new ListModelsCommand({ MaxResults: 2, NextToken: first.NextToken }));
    expect([...first.Models!, ...second.Models!].map((model) => model.ModelName)).toEqual(['c-2', 'a-1', 'b-1']);
    expect(second.NextToken).toBeUndefined();
  });

  test('refuse a token that they did not give', async () => {
    expect(await refusal(fixture.sagemaker.send(new ListModelsCommand({ NextToken: 'made-up' })))).toBe('ValidationException: Invalid pagination token given.');
  });
});

describe('tags', () => {
  const arn = `${ACCOUNT_ARN}:model/m`;
  const tags = async (): Promise<unknown> => (await fixture.sagemaker.send(new ListTagsCommand({ ResourceArn: arn }))).Tags;

  test('are added, overwritten and removed', async () => {
    await create({ PrimaryContainer: { Image: IMAGE }, Tags: [{ Key: 'a', Value: '1' }] });
    const added = await fixture.sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: [{ Key: 'a', Value: '2' }, { Key: 'b', Value: '' }] }));
    expect(added.Tags).toEqual([{ Key: 'a', Value: '2' }, { Key: 'b', Value: '' }]);
    await fixture.sagemaker.send(new DeleteTagsCommand({ ResourceArn: arn, TagKeys: ['a', 'never'] }));
    expect(await tags()).toEqual([{ Key: 'b', Value: '' }]);
  });

  test('go with their resource', async () => {
    await create({ PrimaryContainer: { Image: IMAGE }, Tags: [{ Key: 'a', Value: '1' }] });
    await fixture.sagemaker.send(new DeleteModelCommand({ ModelName: 'm' }));
    expect(await refusal(tags())).toBe(`ValidationException: Could not find resource "${arn}".`);
    await create({ PrimaryContainer: { Image: IMAGE } });
    expect(await tags()).toEqual([]);
  });

  test('are refused past 50, and with a reserved key', async () => {
    const some = (from: number, count: number): { Key: string; Value: string }[] => Array.from({ length: count }, (_, index) => ({ Key: `k${from + index}`, Value: '' }));
    await create({ PrimaryContainer: { Image: IMAGE }, Tags: some(0, 50) });
    expect(await refusal(fixture.sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: some(50, 1) })))).toBe(
      'ValidationException: Cannot add tags: 51 exceeds the limit of 50 tags per resource.');
    expect(await refusal(fixture.sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: [{ Key: 'AWS:x', Value: '' }] })))).toBe(
      'ValidationException: Tag key "AWS:x" is invalid: the prefix aws: is reserved for system tags.');
    expect(await refusal(fixture.sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'c', ProductionVariants: [{ VariantName: 'v' }], Tags: some(0, 51) }))))
      .toContain("at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50");
  });
});
