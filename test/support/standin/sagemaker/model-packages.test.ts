import {
  AddTagsCommand, CreateModelPackageCommand, CreateModelPackageGroupCommand, DeleteModelPackageCommand, DeleteModelPackageGroupCommand,
  DescribeModelPackageCommand, DescribeModelPackageGroupCommand, ListModelPackageGroupsCommand, ListModelPackagesCommand, ListTagsCommand,
  UpdateModelPackageCommand, type CreateModelPackageCommandInput, type ListModelPackagesCommandInput,
} from '@aws-sdk/client-sagemaker';
import { ACCOUNT_ARN, Fixture, IMAGE, refusal } from '../fixture';

let fixture: Fixture;
beforeEach(async () => { fixture = await Fixture.start(); });
afterEach(async () => fixture.stop());

const GROUP = `${ACCOUNT_ARN}:model-package-group/bert`;
const version = (number: number): string => `${ACCOUNT_ARN}:model-package/bert/${number}`;
const SPECIFICATION = { Containers: [{ Image: IMAGE, ModelDataUrl: 's3://artifacts/job/output/model.tar.gz' }] };

const group = async (name = 'Bert', rest: object = {}): Promise<string | undefined> =>
  (await fixture.sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: name, ...rest }))).ModelPackageGroupArn;
const register = async (rest: Partial<CreateModelPackageCommandInput> = {}): Promise<string | undefined> =>
  (await fixture.sagemaker.send(new CreateModelPackageCommand({ ModelPackageGroupName: 'Bert', InferenceSpecification: SPECIFICATION, ...rest }))).ModelPackageArn;
const describePackage = async (name: string) => fixture.sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: name }));
const listed = async (input: ListModelPackagesCommandInput = {}): Promise<(string | undefined)[]> =>
  (await fixture.sagemaker.send(new ListModelPackagesCommand(input))).ModelPackageSummaryList!.map((one) => one.ModelPackageArn);

describe('model package groups', () => {
  test('are described and listed', async () => {
    expect(await group('Bert', { ModelPackageGroupDescription: 'embeddings' })).toBe(GROUP);
    for (const name of ['bert', GROUP]) {
      expect(await fixture.sagemaker.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: name }))).toMatchObject({
        ModelPackageGroupName: 'Bert',
        ModelPackageGroupArn: GROUP,
        ModelPackageGroupDescription: 'embeddings',
        ModelPackageGroupStatus: 'Completed',
        CreationTime: new Date(Date.UTC(2026, 0, 1)),
      });
    }
    await group('other');
    const { ModelPackageGroupSummaryList } = await fixture.sagemaker.send(new ListModelPackageGroupsCommand({ NameContains: 'ber' }));
    expect(ModelPackageGroupSummaryList).toMatchObject([{ ModelPackageGroupName: 'Bert', ModelPackageGroupArn: GROUP }]);
  });

  test('keep tags, and need the right to tag', async () => {
    await group('Bert', { Tags: [{ Key: 'a', Value: '1' }] });
    await fixture.sagemaker.send(new AddTagsCommand({ ResourceArn: GROUP, Tags: [{ Key: 'b', Value: '2' }] }));
    expect((await fixture.sagemaker.send(new ListTagsCommand({ ResourceArn: GROUP }))).Tags).toEqual([{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }]);
    expect(fixture.standIn.control.calls[0]).toMatchObject({
      action: 'sagemaker:CreateModelPackageGroup', resources: [GROUP], alsoChecked: [{ action: 'sagemaker:AddTags', resources: [GROUP] }],
    });
  });

  test('have names of their own', async () => {
    await group();
    expect(await refusal(group('BERT'))).toBe(`ValidationException: Model Package Group already exists: ${GROUP}`);
  });

  test('go when they are empty', async () => {
    const remove = async (): Promise<unknown> => fixture.sagemaker.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: 'Bert' }));
    await group();
    await register();
    expect(await refusal(remove())).toBe(`ConflictException: Model package group ${GROUP} cannot be deleted: it still has model packages.`);
    await fixture.sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: version(1) }));
    await remove();
    expect(await refusal(remove())).toBe(`ValidationException: ModelPackageGroup ${GROUP} does not exist.`);
  });
});

describe('versions of a model', () => {
  test('count from 1, and a number is not used again', async () => {
    await group();
    expect([await register(), await register()]).toEqual([version(1), version(2)]);
    await fixture.sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: 'bert/2' }));
    expect(await register()).toBe(version(3));
  });

  test('show what they were given', async () => {
    await group();
    await register({ ModelApprovalStatus: 'Approved', CustomerMetadataProperties: { a: '1' } });
    const described = await describePackage(version(1));
    expect(described).toMatchObject({
      ModelPackageGroupName: 'Bert',
      ModelPackageVersion: 1,
      ModelPackageArn: version(1),
      InferenceSpecification: SPECIFICATION,
      ModelApprovalStatus: 'Approved',
      ModelPackageStatus: 'Completed',
      CustomerMetadataProperties: { a: '1' },
    });
    expect(described).not.toHaveProperty('ClientToken');
    expect((await describePackage('bert/1')).ModelPackageArn).toBe(version(1));
  });

  test('wait for an approval, and get it', async () => {
    await group();
    await register();
    expect((await describePackage('bert/1')).ModelApprovalStatus).toBe('PendingManualApproval');
    fixture.standIn.advance(60);
    await fixture.sagemaker.send(new UpdateModelPackageCommand({ ModelPackageArn: version(1), ModelApprovalStatus: 'Rejected', ApprovalDescription: 'worse', CustomerMetadataProperties: { b: '2' } }));
    expect(await describePackage('bert/1')).toMatchObject({
      ModelApprovalStatus: 'Rejected', ApprovalDescription: 'worse', CustomerMetadataProperties: { b: '2' }, LastModifiedTime: new Date(Date.UTC(2026, 0, 1, 0, 1)),
    });
  });

  test('are made once for a token', async () => {
    await group();
    expect([await register({ ClientToken: 'run-1' }), await register({ ClientToken: 'run-1' }), await register({ ClientToken: 'run-2' })]).toEqual([version(1), version(1), version(2)]);
  });

  test('are listed by group, newest first', async () => {
    await group();
    await group('other');
    await register({ ModelApprovalStatus: 'Approved' });
    fixture.standIn.advance(1);
    await register();
    await register({ ModelPackageGroupName: 'other' });
    expect(await listed({ ModelPackageGroupName: 'Bert' })).toEqual([version(2), version(1)]);
    expect(await listed({ ModelPackageGroupName: GROUP, ModelApprovalStatus: 'Approved' })).toEqual([version(1)]);
    expect(await listed({ ModelPackageType: 'Versioned' })).toHaveLength(3);
    expect(await listed()).toEqual([]);
    const { ModelPackageSummaryList: [first] = [], NextToken } = await fixture.sagemaker.send(new ListModelPackagesCommand({ ModelPackageGroupName: 'Bert', MaxResults: 1 }));
    expect(first).toMatchObject({ ModelPackageGroupName: 'Bert', ModelPackageVersion: 2, ModelApprovalStatus: 'PendingManualApproval' });
    expect(first).not.toHaveProperty('ModelPackageName');
    expect(await listed({ ModelPackageGroupName: 'Bert', MaxResults: 1, NextToken })).toEqual([version(1)]);
  });

  test('need rights on the group and on the version', async () => {
    await group();
    await register({ ClientToken: 'run-1' });
    await register({ ClientToken: 'run-1' });
    await listed({ ModelPackageGroupName: 'Bert' });
    await listed();
    expect(fixture.standIn.control.calls.slice(1).map(({ action, resources }) => [action, ...resources])).toEqual([
      ['sagemaker:CreateModelPackage', GROUP, version(1)],
      ['sagemaker:CreateModelPackage', GROUP, version(1)],
      ['sagemaker:ListModelPackages', GROUP],
      ['sagemaker:ListModelPackages', '*'],
    ]);
  });

  test.each<[string, Partial<CreateModelPackageCommandInput>, string]>([
    ['a group that is not there', { ModelPackageGroupName: 'none' }, `ModelPackageGroup ${ACCOUNT_ARN}:model-package-group/none does not exist.`],
    ['neither name nor group', { ModelPackageGroupName: undefined }, 'Missing ARN.'],
    ['name and group', { ModelPackageName: 'p' }, 'Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.'],
    ['tags of a version', { Tags: [{ Key: 'a', Value: '1' }] }, 'Tags cannot be given for a model package with ModelPackageGroupName: it has those of its group.'],
    ['nothing to infer with', { InferenceSpecification: undefined }, 'Specify InferenceSpecification, SourceAlgorithmSpecification or SourceUri.'],
    ['an approval of one by itself', { ModelPackageGroupName: undefined, ModelPackageName: 'p', ModelApprovalStatus: 'Approved' }, 'ModelApprovalStatus cannot be given for a model package without ModelPackageGroupName.'],
    [
      'two places of the model',
      { InferenceSpecification: { Containers: [{ ...SPECIFICATION.Containers[0], ModelDataSource: { S3DataSource: { S3Uri: 's3://b/k/', S3DataType: 'S3Prefix', CompressionType: 'None' } } }] } },
      'Cannot specify both ModelDataUrl and ModelDataSource in one container definition.',
    ],
  ])('cannot have %s', async (_what, rest, message) => {
    await group();
    expect(await refusal(register(rest))).toBe(`ValidationException: ${message}`);
    expect(await register()).toBe(version(1));
  });

  test('that nobody registered cannot be described, changed or deleted', async () => {
    const text = `ValidationException: ModelPackage ${version(9)} does not exist.`;
    expect(await refusal(describePackage('bert/9'))).toBe(text);
    expect(await refusal(fixture.sagemaker.send(new UpdateModelPackageCommand({ ModelPackageArn: version(9) })))).toBe(text);
    expect(await refusal(fixture.sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: 'bert/9' })))).toBe(text);
  });
});

test('a model package by itself', async () => {
  const single = { ModelPackageGroupName: undefined, ModelPackageName: 'Solo' };
  expect(await register({ ...single, Tags: [{ Key: 'a', Value: '1' }] })).toBe(`${ACCOUNT_ARN}:model-package/solo`);
  expect(fixture.standIn.control.calls[0].alsoChecked).toEqual([{ action: 'sagemaker:AddTags', resources: [`${ACCOUNT_ARN}:model-package/solo`] }]);
  expect(await refusal(register(single))).toBe(`ValidationException: Cannot create already existing model package "${ACCOUNT_ARN}:model-package/solo".`);
  const described = await describePackage('solo');
  expect(described).toMatchObject({ ModelPackageName: 'Solo', InferenceSpecification: SPECIFICATION });
  expect([described.ModelPackageVersion, described.ModelApprovalStatus]).toEqual([undefined, undefined]);
  expect(await listed()).toEqual([`${ACCOUNT_ARN}:model-package/solo`]);
});
