import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as fsx from 'aws-cdk-lib/aws-fsx';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { problemText } from '../../src/private/problems';
import {
  TrainingDataDistribution, TrainingInput, TrainingInputMode,
  type AugmentedManifestTrainingInputOptions, type ManifestTrainingInputOptions, type S3TrainingInputOptions,
} from '../../src/training/training-input';
import { checkChannels } from '../../src/training/training-input-checks';
import { joined, stackIn } from '../model/support';
import { Judge, Policies, type RecordedCall } from '../support/iam';
import { apiSchema } from '../support/schema/api-schema';
import { check } from '../support/schema/schema';
import { SAGEMAKER_SHAPES } from '../support/standin/shapes';
import { findings } from '../support/standin/validate';

const EFS_ID = 'fs-0123456789abcdef0';

function bucketIn(stack: Stack, name = 'my-data'): s3.IBucket {
  return s3.Bucket.fromBucketName(stack, `Bucket${name}`, name);
}

function groupIn(stack: Stack, id: string): ec2.ISecurityGroup {
  return ec2.SecurityGroup.fromSecurityGroupId(stack, id, `sg-${id.toLowerCase()}`);
}

function efsIn(stack: Stack, id = EFS_ID): efs.IFileSystem {
  return efs.FileSystem.fromFileSystemAttributes(stack, 'Efs', { fileSystemId: id, securityGroup: groupIn(stack, 'Efsgroup') });
}

function lustreIn(stack: Stack, id = EFS_ID): fsx.IFileSystem {
  return fsx.LustreFileSystem.fromLustreFileSystemAttributes(stack, 'Lustre', { dnsName: 'lustre.example', fileSystemId: id, securityGroup: groupIn(stack, 'Lustregroup') });
}

/** The channel as the request has it, and the statements as a policy has them. */
function bound(stack: Stack, input: TrainingInput) {
  const { channel, statements, ...rest } = input._bind(stack);
  return { channel: stack.resolve(channel), rights: statements.map((one) => stack.resolve(one.toStatementJson())), ...rest };
}

/** What the API says of a channel, by both readers of its shapes. */
function refusals(channel: object): string[] {
  const list = [{ ChannelName: 'train', ...channel }];
  return [
    ...findings(SAGEMAKER_SHAPES, 'InputDataConfig', list).map(({ text }) => text),
    ...check(apiSchema(SAGEMAKER_SHAPES, 'InputDataConfig'), list, 'InputDataConfig'),
  ];
}

function source(channel: any) {
  return channel.DataSource.S3DataSource;
}

describe('objects', () => {
  test('below a prefix, downloaded', () => {
    const stack = stackIn();
    const input = TrainingInput.s3(bucketIn(stack), 'c4/train/');
    expect(bound(stack, input)).toEqual({
      channel: {
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://my-data/c4/train/', S3DataDistributionType: 'FullyReplicated' } },
        InputMode: 'File',
      },
      rights: [
        { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::my-data/c4/train/*']] } },
        {
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::my-data']] },
          Condition: { StringLike: { 's3:prefix': ['c4/train/', 'c4/train/*'] } },
        },
      ],
      decryptionKeys: [],
      address: 's3://my-data/c4/train/',
      needsVpc: false,
    });
    expect([`${input}`, input.needsVpc]).toEqual(['s3://my-data/c4/train/', false]);
  });

  test('fetched as they are read, with all options', () => {
    const stack = stackIn();
    const { channel } = bound(stack, TrainingInput.fastFile(bucketIn(stack), 'a', {
      contentType: 'application/x-parquet', distribution: TrainingDataDistribution.SHARDED_BY_S3_KEY, shuffleSeed: 0, instanceGroups: ['workers', 'data'],
    }));
    expect(channel).toEqual({
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://my-data/a', S3DataDistributionType: 'ShardedByS3Key', InstanceGroupNames: ['workers', 'data'] } },
      InputMode: 'FastFile',
      ContentType: 'application/x-parquet',
      // Zero is a seed.
      ShuffleConfig: { Seed: 0 },
    });
  });

  test('through pipes, decompressed and wrapped', () => {
    const stack = stackIn();
    expect(bound(stack, TrainingInput.pipe(bucketIn(stack), 'a/', { gzip: true, recordIo: true })).channel)
      .toMatchObject({ InputMode: 'Pipe', CompressionType: 'Gzip', RecordWrapperType: 'RecordIO' });
    const plain = bound(stack, TrainingInput.pipe(bucketIn(stack, 'others'), 'a/', { gzip: false, recordIo: false })).channel;
    expect(Object.keys(plain)).toEqual(['DataSource', 'InputMode']);
  });

  test('of a whole bucket', () => {
    const stack = stackIn();
    const { channel, rights, address } = bound(stack, TrainingInput.s3(bucketIn(stack), ''));
    expect([source(channel).S3Uri, address]).toEqual(['s3://my-data/', 's3://my-data/']);
    expect(rights.map(({ Resource, Condition }) => [joined(Resource), Condition])).toEqual([
      ['arn:${AWS::Partition}:s3:::my-data/*', undefined], ['arn:${AWS::Partition}:s3:::my-data', undefined],
    ]);
    expect(refusals(channel)).toEqual([]);
  });

  test('may be decrypted, with each key once', () => {
    const stack = stackIn();
    const [key, other] = [new kms.Key(stack, 'Key'), new kms.Key(stack, 'Other')];
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: key });
    const data = new s3.Bucket(stack, 'Data', { encryptionKey: other });
    expect(TrainingInput.s3(bucket, 'a/')._bind(stack).decryptionKeys).toEqual([key]);
    expect(TrainingInput.s3(bucket, 'a/', { decryptionKey: other })._bind(stack).decryptionKeys).toEqual([key, other]);
    expect(TrainingInput.s3(bucket, 'a/', { decryptionKey: key })._bind(stack).decryptionKeys).toEqual([key]);
    expect(TrainingInput.manifest(bucket, 'm', { dataBucket: data, dataPrefix: 'a/' })._bind(stack).decryptionKeys).toEqual([key, other]);
  });

  test('of a bucket and a prefix of the deployment', () => {
    const stack = stackIn();
    const prefix = Lazy.string({ produce: () => 'later/' });
    const { channel, rights, address } = bound(stack, TrainingInput.s3(new s3.Bucket(stack, 'Bucket'), prefix));
    expect(joined(source(channel).S3Uri)).toMatch(/^s3:\/\/\$\{Bucket\w+\}\/later\/$/);
    expect(joined(rights[0].Resource)).toMatch(/^\$\{|^arn/);
    expect(joined(rights[0].Resource)).toMatch(/\/later\/\*$/);
    expect(rights[1].Condition).toEqual({ StringLike: { 's3:prefix': ['later/', 'later/*'] } });
    expect(stack.resolve(address)).toEqual(source(channel).S3Uri);
    expect(check(apiSchema(SAGEMAKER_SHAPES, 'Channel'), { ChannelName: 'train', ...channel }, 'Channel')).toEqual([]);
  });

  test('of a bucket in another region are a warning', () => {
    const app = new App();
    const env = (region: string) => ({ env: { region, account: '1'.repeat(12) } });
    const bucket = bucketIn(new Stack(app, 'Elsewhere', env('eu-west-1')));
    const stack = new Stack(app, 'Stack', env('us-east-1'));
    TrainingInput.s3(bucket, 'a/')._bind(stack);
    Annotations.fromStack(stack).hasWarning('/Stack', Match.exact('the bucket my-data of the training data is in eu-west-1 as far as is known here, and SageMaker reads from the region of the training, us-east-1: replicate the data there [ack: cdk-accelerators:trainingDataInOtherRegion]'));
    const here = new Stack(app, 'Here', env('eu-west-1'));
    TrainingInput.s3(bucket, 'a/')._bind(here);
    const anywhere = new Stack(app, 'Anywhere');
    TrainingInput.s3(bucket, 'a/')._bind(anywhere);
    for (const quiet of [here, anywhere]) expect(Annotations.fromStack(quiet).findWarning('*', Match.anyValue())).toEqual([]);
  });

  const options: [string, S3TrainingInputOptions, string][] = [
    ['an empty content type', { contentType: '' }, '`contentType`: got ""; allowed: a MIME type of 1 to 256 characters; fix: give a MIME type of 1 to 256 characters'],
    ['half a seed', { shuffleSeed: 0.5 }, '`shuffleSeed`: got 0.5; allowed: a whole number from -9007199254740991 to 9007199254740991; fix: give a whole number from -9007199254740991 to 9007199254740991'],
    ['no groups', { instanceGroups: [] }, '`instanceGroups`: got []; allowed: 1 to 5 different names; fix: give 1 to 5 different names'],
    ['a group twice', { instanceGroups: ['a', 'a'] }, '`instanceGroups`: got ["a","a"]; allowed: 1 to 5 different names; fix: give 1 to 5 different names'],
    ['six groups', { instanceGroups: ['a', 'b', 'c', 'd', 'e', 'f'] }, '`instanceGroups`: got ["a","b","c","d","e","f"]; allowed: 1 to 5 different names; fix: give 1 to 5 different names'],
    ['one group as text', { instanceGroups: 'a' as unknown as string[] }, '`instanceGroups`: got "a"; allowed: 1 to 5 different names; fix: give 1 to 5 different names'],
    ['a group without a name', { instanceGroups: ['a', ''] }, '`instanceGroups[1]`: got ""; allowed: a name of 1 to 64 characters; fix: give a name of 1 to 64 characters'],
  ];

  test.each(options)('fail for %s', (_, given, message) => {
    const stack = stackIn();
    expect(() => TrainingInput.s3(bucketIn(stack), 'a/', given)).toThrow(new Error(`TrainingInput.s3: ${message}`));
  });

  test.each<[string, unknown, string]>([
    ['a slash in front', '/a', 'got "/a"; allowed: a prefix below the bucket, without a slash in front; fix: give a prefix below the bucket, without a slash in front'],
    ['no text', 5, 'got 5; allowed: a prefix below the bucket, without a slash in front; fix: give a prefix below the bucket, without a slash in front'],
    ['a wildcard', 'a/*', 'got "a/*"; allowed: a key without `*`, `?` and `${`: in the policy of the role they would open other objects; fix: store the data under another key'],
    ['one character too much', 'x'.repeat(1012), 'got an address of 1025 characters; allowed: at most 1024 characters, with s3:// and the bucket; fix: store the data under a shorter key'],
  ])('fail for a prefix with %s', (_, prefix, message) => {
    const bucket = bucketIn(stackIn());
    for (const factory of ['s3', 'fastFile', 'pipe'] as const) {
      expect(() => TrainingInput[factory](bucket, prefix as string)).toThrow(new Error(`TrainingInput.${factory}: \`prefix\`: ${message}`));
    }
  });

  test('the longest address is one that the API takes', () => {
    const stack = stackIn();
    const { channel } = bound(stack, TrainingInput.s3(bucketIn(stack), 'x'.repeat(1024 - 's3://my-data/'.length)));
    expect(source(channel).S3Uri).toHaveLength(1024);
    expect(refusals(channel)).toEqual([]);
  });

  test('fail for what is no bucket', () => {
    expect(() => TrainingInput.s3('my-data' as unknown as s3.IBucket, 'a/')).toThrow(new Error(
      'TrainingInput.s3: `bucket`: got "my-data"; allowed: a bucket; fix: pass a Bucket, or Bucket.fromBucketName',
    ));
  });

  test('report several problems together', () => {
    expect(() => TrainingInput.s3(undefined as unknown as s3.IBucket, '/a', { shuffleSeed: Number.NaN, contentType: 'x'.repeat(257) })).toThrow('TrainingInput.s3: 4 problems\n');
  });

  test('options of the deployment are let through', () => {
    const stack = stackIn();
    const given = { contentType: Lazy.string({ produce: () => 'text/csv' }), shuffleSeed: Lazy.number({ produce: () => 3 }), instanceGroups: Lazy.list({ produce: () => ['workers'] }) };
    const { channel } = bound(stack, TrainingInput.s3(bucketIn(stack), 'a/', given));
    expect([channel.ContentType, channel.ShuffleConfig, source(channel).InstanceGroupNames]).toEqual(['text/csv', { Seed: 3 }, ['workers']]);
  });
});

describe('manifests', () => {
  test('open what they list, and no more', () => {
    const stack = stackIn();
    const { channel, rights, address } = bound(stack, TrainingInput.manifest(bucketIn(stack), 'lists/day.manifest', { dataBucket: bucketIn(stack, 'pictures'), dataPrefix: 'jpg/' }));
    expect(channel).toEqual({
      DataSource: { S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://my-data/lists/day.manifest', S3DataDistributionType: 'FullyReplicated' } },
      InputMode: 'File',
    });
    expect(rights.map(({ Action, Resource, Condition }) => [Action, joined(Resource), Condition?.StringLike['s3:prefix']])).toEqual([
      ['s3:GetObject', 'arn:${AWS::Partition}:s3:::my-data/lists/day.manifest', undefined],
      ['s3:ListBucket', 'arn:${AWS::Partition}:s3:::my-data', ['lists/day.manifest']],
      ['s3:GetObject', 'arn:${AWS::Partition}:s3:::pictures/jpg/*', undefined],
      ['s3:ListBucket', 'arn:${AWS::Partition}:s3:::pictures', ['jpg/', 'jpg/*']],
    ]);
    // Another manifest at run time would list what the role cannot read.
    expect(address).toBeUndefined();
  });

  test('list objects of their own bucket when no other is named', () => {
    const stack = stackIn();
    const { channel, rights } = bound(stack, TrainingInput.manifest(bucketIn(stack), 'm', { dataPrefix: 'jpg/', mode: TrainingInputMode.PIPE, gzip: true }));
    expect(channel).toMatchObject({ InputMode: 'Pipe', CompressionType: 'Gzip' });
    expect(joined(rights[2].Resource)).toBe('arn:${AWS::Partition}:s3:::my-data/jpg/*');
  });

  test.each<[string, string, Partial<ManifestTrainingInputOptions> | undefined, string]>([
    ['nothing of its data', 'm', undefined, "`options`: got undefined; allowed: where the listed objects are; fix: give e.g. { dataPrefix: 'images/' }"],
    ['gzip into files', 'm', { gzip: true }, '`gzip`: got true in mode File; allowed: true in mode Pipe alone; fix: leave gzip out, or set mode to TrainingInputMode.PIPE'],
    ['records into fast files', 'm', { recordIo: true, mode: TrainingInputMode.FAST_FILE }, '`recordIo`: got true in mode FastFile; allowed: true in mode Pipe alone; fix: leave recordIo out, or set mode to TrainingInputMode.PIPE'],
    ['a folder for the manifest', 'lists/', {}, '`key`: got "lists/"; allowed: the key of an object, without a slash in front or at the end; fix: give the key of an object, without a slash in front or at the end'],
    ['no key', '', {}, '`key`: got ""; allowed: the key of an object, without a slash in front or at the end; fix: give the key of an object, without a slash in front or at the end'],
    ['a wildcard in its data', 'm', { dataPrefix: 'a?' }, '`dataPrefix`: got "a?"; allowed: a key without `*`, `?` and `${`: in the policy of the role they would open other objects; fix: store the data under another key'],
    ['data in no bucket', 'm', { dataBucket: 'x' as unknown as s3.IBucket }, '`dataBucket`: got "x"; allowed: a bucket; fix: pass a Bucket, or Bucket.fromBucketName'],
  ])('fail for %s', (_, key, given, message) => {
    const options = (given === undefined ? undefined : { dataPrefix: 'jpg/', ...given }) as ManifestTrainingInputOptions;
    expect(() => TrainingInput.manifest(bucketIn(stackIn()), key, options)).toThrow(new Error(`TrainingInput.manifest: ${message}`));
  });

  test('augmented: in pipe mode, with their attributes', () => {
    const stack = stackIn();
    const { channel, rights, address } = bound(stack, TrainingInput.augmentedManifest(bucketIn(stack), 'labels/out.manifest', {
      attributeNames: ['source-ref', 'label'], dataPrefix: 'jpg/', recordIo: true,
    }));
    expect(channel).toEqual({
      DataSource: {
        S3DataSource: { S3DataType: 'AugmentedManifestFile', S3Uri: 's3://my-data/labels/out.manifest', S3DataDistributionType: 'FullyReplicated', AttributeNames: ['source-ref', 'label'] },
      },
      InputMode: 'Pipe',
      RecordWrapperType: 'RecordIO',
    });
    expect(rights.map(({ Resource }) => joined(Resource).replace('arn:${AWS::Partition}:s3:::', ''))).toEqual(['my-data/labels/out.manifest', 'my-data', 'my-data/jpg/*', 'my-data']);
    expect(address).toBeUndefined();
  });

  test('augmented: may read nothing else when the lines hold the data', () => {
    const stack = stackIn();
    const { rights } = bound(stack, TrainingInput.augmentedManifest(bucketIn(stack), 'm', { attributeNames: ['text'] }));
    expect(rights.map(({ Resource }) => joined(Resource).replace('arn:${AWS::Partition}:s3:::', ''))).toEqual(['my-data/m', 'my-data']);
  });

  test.each<[string, unknown, string]>([
    ['no options', undefined, "`options`: got undefined; allowed: which attributes of the lines the script gets; fix: give e.g. { attributeNames: ['source-ref', 'label'] }"],
    ['no attributes', { attributeNames: [] }, '`attributeNames`: got []; allowed: 1 to 16 different names; fix: give 1 to 16 different names'],
    ['a long attribute', { attributeNames: ['x'.repeat(257)] }, `\`attributeNames[0]\`: got "${'x'.repeat(257)}"; allowed: a name of 1 to 256 characters; fix: give a name of 1 to 256 characters`],
    ['a bucket without a prefix', { attributeNames: ['a'], dataBucket: { bucketName: 'x' } }, "`dataPrefix`: got nothing beside a dataBucket; allowed: what the keys of the objects begin with; fix: give it; '' lets the job read the whole bucket"],
  ])('augmented: fail for %s', (_, given, message) => {
    expect(() => TrainingInput.augmentedManifest(bucketIn(stackIn()), 'm', given as AugmentedManifestTrainingInputOptions)).toThrow(new Error(`TrainingInput.augmentedManifest: ${message}`));
  });

  test('augmented: fail for seventeen attributes', () => {
    const attributeNames = Array.from({ length: 17 }, (_, i) => `a${i}`);
    expect(() => TrainingInput.augmentedManifest(bucketIn(stackIn()), 'm', { attributeNames })).toThrow('allowed: 1 to 16 different names');
    expect(refusals(bound(stackIn(), TrainingInput.augmentedManifest(bucketIn(stackIn()), 'm', { attributeNames: attributeNames.slice(1) })).channel)).toEqual([]);
  });
});

describe('file systems', () => {
  test('of EFS, to read', () => {
    const stack = stackIn();
    const fileSystem = efsIn(stack);
    const input = TrainingInput.efs(fileSystem, '/datasets/c4', { contentType: 'text/plain' });
    expect(bound(stack, input)).toEqual({
      channel: {
        DataSource: { FileSystemDataSource: { FileSystemId: EFS_ID, FileSystemAccessMode: 'ro', FileSystemType: 'EFS', DirectoryPath: '/datasets/c4' } },
        ContentType: 'text/plain',
      },
      rights: [{ Effect: 'Allow', Action: 'elasticfilesystem:ClientMount', Resource: stack.resolve(fileSystem.fileSystemArn) }],
      decryptionKeys: [],
      needsVpc: true,
      connections: fileSystem.connections,
    });
    expect([`${input}`, input.needsVpc]).toEqual([`EFS ${EFS_ID}:/datasets/c4`, true]);
  });

  test('of EFS, to write', () => {
    const stack = stackIn();
    const { channel, rights } = bound(stack, TrainingInput.efs(efsIn(stack), '/', { readOnly: false }));
    expect(channel.DataSource.FileSystemDataSource.FileSystemAccessMode).toBe('rw');
    expect(rights[0].Action).toEqual(['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite']);
  });

  test('of FSx for Lustre: no rights, its mount name in the path', () => {
    const stack = stackIn();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const fileSystem = new fsx.LustreFileSystem(stack, 'Lustre', {
      vpc, vpcSubnet: vpc.privateSubnets[0], storageCapacityGiB: 1200, lustreConfiguration: { deploymentType: fsx.LustreDeploymentType.SCRATCH_2 },
    });
    const input = TrainingInput.fsxLustre(fileSystem, `/${fileSystem.mountName}/c4`, { readOnly: false });
    const { channel, rights, needsVpc, connections } = bound(stack, input);
    const data = channel.DataSource.FileSystemDataSource;
    expect([data.FileSystemType, data.FileSystemAccessMode, joined(data.DirectoryPath)]).toEqual(['FSxLustre', 'rw', expect.stringMatching(/^\/\$\{Lustre\w*\.LustreMountName\}\/c4$/)]);
    expect([rights, needsVpc]).toEqual([[], true]);
    const job = new ec2.SecurityGroup(stack, 'Job', { vpc });
    connections!.allowDefaultPortFrom(job);
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 988, ToPort: 1023, SourceSecurityGroupId: { 'Fn::GetAtt': [stack.getLogicalId(job.node.defaultChild as ec2.CfnSecurityGroup), 'GroupId'] } });
  });

  test.each<[string, (stack: Stack) => unknown, string]>([
    ['no EFS', () => TrainingInput.efs('fs-1' as unknown as efs.IFileSystem, '/a'), 'efs: `fileSystem`: got "fs-1"; allowed: a file system of Amazon EFS; fix: pass a FileSystem of aws-efs, or FileSystem.fromFileSystemAttributes'],
    ['no Lustre', () => TrainingInput.fsxLustre(EFS_ID as unknown as fsx.IFileSystem, '/a'), `fsxLustre: \`fileSystem\`: got "${EFS_ID}"; allowed: a file system of Amazon FSx for Lustre; fix: pass a LustreFileSystem, or LustreFileSystem.fromLustreFileSystemAttributes`],
    ['an EFS as Lustre', (stack) => TrainingInput.fsxLustre(efsIn(stack), '/a'), 'fsxLustre: `fileSystem`: got a file system of Amazon EFS; allowed: a file system of Amazon FSx for Lustre; fix: use TrainingInput.efs'],
    ['a relative path', (stack) => TrainingInput.efs(efsIn(stack), 'a'), 'efs: `directoryPath`: got "a"; allowed: the full path of a directory: a slash in front, at most 4096 characters; fix: give the full path of a directory: a slash in front, at most 4096 characters'],
    ['a short id', (stack) => TrainingInput.fsxLustre(lustreIn(stack, 'fs-0123456'), '/a'), 'fsxLustre: `fileSystem`: got "fs-0123456"; allowed: an id of the form fs-0123456789abcdef0, 11 to 21 characters; fix: give an id of the form fs-0123456789abcdef0, 11 to 21 characters'],
    ['a content type of no length', (stack) => TrainingInput.efs(efsIn(stack), '/a', { contentType: '' }), 'efs: `contentType`: got ""; allowed: a MIME type of 1 to 256 characters; fix: give a MIME type of 1 to 256 characters'],
  ])('fail for %s', (_, make, message) => {
    expect(() => make(stackIn())).toThrow(new Error(`TrainingInput.${message}`));
  });

  test('ids and paths of the deployment are let through', () => {
    const stack = stackIn();
    const later = (text: string) => Lazy.string({ produce: () => text });
    const { channel } = bound(stack, TrainingInput.efs(efsIn(stack, later(EFS_ID)), later('/later')));
    expect(channel.DataSource.FileSystemDataSource).toMatchObject({ FileSystemId: EFS_ID, DirectoryPath: '/later' });
  });

  test('their longest paths and ids are those that the API takes', () => {
    for (const [id, path] of [['fs-01234567', `/${'a'.repeat(4095)}`], [`fs-${'f'.repeat(18)}`, '/']]) {
      const stack = stackIn();
      expect(refusals(bound(stack, TrainingInput.efs(efsIn(stack, id), path)).channel)).toEqual([]);
    }
    const stack = stackIn();
    expect(() => TrainingInput.efs(efsIn(stack), `/${'a'.repeat(4096)}`)).toThrow('at most 4096 characters');
    expect(() => TrainingInput.fsxLustre(lustreIn(stack, `fs-${'f'.repeat(19)}`), '/')).toThrow('11 to 21 characters');
  });
});

describe('the role of a job', () => {
  const BUCKET = 'arn:aws:s3:::my-data';
  const call = (action: string, resource: string, context: Record<string, string> = {}): RecordedCall => ({ principal: 'Role', action, resource: [resource], context });

  function judgeOf(stack: Stack, input: TrainingInput): Judge {
    const role = new iam.Role(stack, 'Role', {
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
      inlinePolicies: { Job: new iam.PolicyDocument({ statements: input._bind(stack).statements }) },
    });
    (role.node.defaultChild as iam.CfnRole).overrideLogicalId('Role');
    return new Judge(new Policies(Template.fromStack(stack).toJSON() as ConstructorParameters<typeof Policies>[0]));
  }

  test('reads below the prefix and nothing beside it, and needs all it has', async () => {
    const stack = stackIn();
    const judge = judgeOf(stack, TrainingInput.s3(bucketIn(stack), 'c4/train/'));
    const calls = [
      call('s3:ListBucket', BUCKET, { 's3:prefix': 'c4/train/' }),
      call('s3:ListBucket', BUCKET, { 's3:prefix': 'c4/train/part-0' }),
      call('s3:GetObject', `${BUCKET}/c4/train/part-0/a.parquet`),
    ];
    await judge.expectAllowed('Role', calls);
    await judge.expectNeeded('Role', calls, []);
    await judge.expectDenied('Role', [
      call('s3:GetObject', `${BUCKET}/c4/test/a`),
      call('s3:ListBucket', BUCKET, { 's3:prefix': 'c4/' }),
      call('s3:ListBucket', BUCKET),
      call('s3:PutObject', `${BUCKET}/c4/train/a`),
      call('s3:GetObject', 'arn:aws:s3:::other/c4/train/a'),
    ]);
  });

  test('reads a manifest and what it lists', async () => {
    const stack = stackIn();
    const judge = judgeOf(stack, TrainingInput.manifest(bucketIn(stack), 'lists/m', { dataBucket: bucketIn(stack, 'pictures'), dataPrefix: 'jpg/' }));
    const calls = [
      call('s3:GetObject', `${BUCKET}/lists/m`), call('s3:ListBucket', BUCKET, { 's3:prefix': 'lists/m' }),
      call('s3:GetObject', 'arn:aws:s3:::pictures/jpg/1'), call('s3:ListBucket', 'arn:aws:s3:::pictures', { 's3:prefix': 'jpg/1' }),
    ];
    await judge.expectAllowed('Role', calls);
    await judge.expectNeeded('Role', calls, []);
    await judge.expectDenied('Role', [call('s3:GetObject', `${BUCKET}/lists/m2`), call('s3:GetObject', 'arn:aws:s3:::pictures/png/1')]);
  });
});

describe('every channel', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,20}$/);
  const key = fc.stringMatching(/^[a-z0-9][a-z0-9/._ =-]{0,30}[a-z0-9]$/);
  const prefix = fc.oneof(fc.constant(''), key, key.map((text) => `${text}/`));
  const s3Options = {
    contentType: fc.constantFrom('text/csv', 'application/x-parquet', 'x'.repeat(256)),
    distribution: fc.constantFrom(...Object.values(TrainingDataDistribution)),
    shuffleSeed: fc.maxSafeInteger(),
    instanceGroups: fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
  };
  const pipeOptions = { ...s3Options, gzip: fc.boolean(), recordIo: fc.boolean() };
  const none = { requiredKeys: [] };
  const attributeNames = fc.uniqueArray(name, { minLength: 1, maxLength: 16 });
  const path = fc.stringMatching(/^\/[a-z0-9/._-]{0,30}$/);
  const id = fc.stringMatching(/^fs-[0-9a-f]{8,18}$/);
  const files = fc.record({ readOnly: fc.boolean(), contentType: s3Options.contentType }, none);
  type Make = (stack: Stack) => TrainingInput;
  const input: fc.Arbitrary<Make> = fc.oneof(
    fc.tuple(prefix, fc.record(s3Options, none)).map(([at, o]): Make => (stack) => TrainingInput.s3(bucketIn(stack), at, o)),
    fc.tuple(prefix, fc.record(s3Options, none)).map(([at, o]): Make => (stack) => TrainingInput.fastFile(new s3.Bucket(stack, 'New'), at, o)),
    fc.tuple(prefix, fc.record(pipeOptions, none)).map(([at, o]): Make => (stack) => TrainingInput.pipe(bucketIn(stack), at, o)),
    fc.tuple(key, fc.record({ ...s3Options, dataPrefix: prefix, mode: fc.constantFrom(...Object.values(TrainingInputMode)) }, { requiredKeys: ['dataPrefix'] }))
      .map(([at, o]): Make => (stack) => TrainingInput.manifest(bucketIn(stack), at, o)),
    fc.tuple(key, fc.record({ ...pipeOptions, attributeNames, dataPrefix: prefix }, { requiredKeys: ['attributeNames'] }))
      .map(([at, o]): Make => (stack) => TrainingInput.augmentedManifest(bucketIn(stack), at, o)),
    fc.tuple(id, path, files).map(([fs, at, o]): Make => (stack) => TrainingInput.efs(efsIn(stack, fs), at, o)),
    fc.tuple(id, path, files).map(([fs, at, o]): Make => (stack) => TrainingInput.fsxLustre(lustreIn(stack, fs), at, o)),
  );

  test('is one that the API takes, with rights that name their resources', () => {
    fc.assert(fc.property(input, (make) => {
      const stack = stackIn();
      const made = make(stack);
      const { channel, rights, needsVpc, address, connections } = bound(stack, made);
      // Intrinsics become the text they stand for: the stand-in reads no templates.
      const text = JSON.parse(JSON.stringify(channel, (_, value) => (value?.['Fn::Join'] === undefined ? value : 's3://new/x')));
      expect(refusals(text)).toEqual([]);
      expect(check(apiSchema(SAGEMAKER_SHAPES, 'InputDataConfig'), [{ ChannelName: 'train', ...channel }], '')).toEqual([]);
      for (const { Resource } of rights) expect(joined(Resource)).toMatch(/:(s3|elasticfilesystem):/);
      expect(needsVpc).toBe(made.needsVpc);
      expect(connections !== undefined).toBe(needsVpc);
      expect(address !== undefined).toBe(channel.DataSource.S3DataSource?.S3DataType === 'S3Prefix');
      if (channel.CompressionType !== undefined || channel.RecordWrapperType !== undefined || source(channel)?.AttributeNames !== undefined) expect(channel.InputMode).toBe('Pipe');
    }), { numRuns: 150 });
  });

  test('that the API refuses for its length is refused here, and no other', () => {
    const stack = stackIn();
    const bucket = bucketIn(stack);
    const threw = (action: () => unknown) => {
      try { action(); return false; } catch { return true; }
    };
    fc.assert(fc.property(fc.integer({ min: 250, max: 260 }), fc.integer({ min: 60, max: 68 }), fc.integer({ min: 4, max: 7 }), fc.integer({ min: 1008, max: 1014 }), (type, group, groups, length) => {
      const contentType = 'x'.repeat(type);
      const instanceGroups = Array.from({ length: groups }, (_, i) => `${i}`.padEnd(group, 'g'));
      const at = 'x'.repeat(length);
      const wanted = {
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://my-data/${at}`, InstanceGroupNames: instanceGroups } }, ContentType: contentType,
      };
      expect(threw(() => TrainingInput.s3(bucket, at, { contentType, instanceGroups }))).toBe(refusals(wanted).length > 0);
    }), { numRuns: 100 });
  });
});

describe('the channels of a job', () => {
  const input = TrainingInput.s3(bucketIn(stackIn()), 'a/');
  const channels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, input]));

  test.each<[string, Record<string, unknown> | undefined, boolean]>([
    ['one', channels(1), true], ['nineteen and the script', channels(19), true], ['twenty', channels(20), false], ['none given', undefined, true], ['an empty object', {}, true],
    ['names of all characters', { 'aZ09.-_': input, ['x'.repeat(64)]: input }, true],
  ])('are right: %s', (_, inputs, script) => {
    expect(checkChannels(inputs, script)).toEqual([]);
    if (inputs !== undefined) {
      const list = [...Object.keys(inputs), ...script ? ['code'] : []].map((ChannelName) => ({ ChannelName, ...stackIn().resolve(input._bind(stackIn()).channel) }));
      expect(findings(SAGEMAKER_SHAPES, 'InputDataConfig', list)).toEqual([]);
    }
  });

  const NAME = 'allowed: names of channels with 1 to 64 letters, digits, `.`, `-` and `_`; fix: rename the channel';
  test.each<[string, Record<string, unknown>, boolean, string]>([
    ['twenty and the script', channels(20), true, '`inputs`: got 20 channels; allowed: at most 19 channels, as the script comes in one more; fix: put several data sets below one prefix'],
    ['twenty-one', channels(21), false, '`inputs`: got 21 channels; allowed: at most 20 channels; fix: put several data sets below one prefix'],
    ['a space', { 'my data': input }, false, `\`inputs\`: got "my data"; ${NAME}`],
    ['no name', { '': input }, false, `\`inputs\`: got ""; ${NAME}`],
    ['a long name', { ['x'.repeat(65)]: input }, false, `\`inputs\`: got "${'x'.repeat(65)}"; ${NAME}`],
    ['the name of the script', { code: input }, true, '`inputs.code`: got a channel of data; allowed: another name: `code` is kept for the script; fix: rename the channel'],
    ['an address as text', { train: 's3://b/a/' }, true, '`inputs.train`: got "s3://b/a/"; allowed: a TrainingInput; fix: use a static of TrainingInput such as TrainingInput.s3'],
  ])('are wrong: %s', (_, inputs, script, message) => {
    expect(checkChannels(inputs, script).map(problemText)).toEqual([message]);
  });

  test('all problems are found', () => {
    expect(checkChannels({ 'a b': input, 'code': undefined }, true)).toHaveLength(3);
  });
});
