import { App, Aws, SecretValue, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { joined, stackIn } from './support';
import { AcceleratorInstance } from '../../src/hardware';
import { ModelSource, type IServableModel, type ModelSourceConfig } from '../../src/model';

const COMMIT = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';
const PACKAGE = 'arn:aws:sagemaker:us-east-1:111111111111:model-package/bge/3';

function bind(source: ModelSource, stack: Stack = stackIn()): ModelSourceConfig {
  return source.bind(stack, { instance: AcceleratorInstance.of('ml.g5.xlarge') });
}

/** Statements of a source as the template would have them. */
function statements(config: ModelSourceConfig, stack: Stack = stackIn()): any[] {
  return (config.policyStatements ?? []).map((statement) => stack.resolve(statement.toStatementJson()));
}

describe('huggingFace', () => {
  test('passes id and revision on', () => {
    const source = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: COMMIT, profile: { parametersBillion: 0.109 } });
    expect(bind(source).hub).toEqual({ id: 'BAAI/bge-base-en-v1.5', revision: COMMIT, token: undefined });
    expect(source.description).toBe(`Hugging Face model BAAI/bge-base-en-v1.5 at ${COMMIT}`);
    expect(source.profile).toEqual({ parametersBillion: 0.109 });
    expect(source.bringsImage).toBe(false);
  });

  test('refers to the secret, whole or by field', () => {
    const stack = stackIn();
    const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Token', 'arn:aws:secretsmanager:us-east-1:111111111111:secret:hf-AbCdEf');
    const text = (token?: SecretValue) => stack.resolve(token);
    expect(text(bind(ModelSource.huggingFace('org/m', { tokenSecret: secret }), stack).hub?.token))
      .toBe('{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:111111111111:secret:hf-AbCdEf:SecretString:::}}');
    expect(text(bind(ModelSource.huggingFace('org/m', { tokenSecret: secret, tokenField: 'token' }), stack).hub?.token))
      .toBe('{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:111111111111:secret:hf-AbCdEf:SecretString:token::}}');
  });

  test.each(['gpt2', 'org/model', 'a', 'a/b', 'meta-llama/Llama-3.1-8B-Instruct', 'x_y/z.w'])('takes the id %p', (id) => {
    expect(bind(ModelSource.huggingFace(id)).hub?.id).toBe(id);
  });

  test.each(['', 'https://huggingface.co/org/model', 'a/b/c', 'org/', '/model', 'org/mo del', 'org/a--b', 'org/a..b', '-org/model', 'org/model.'])('fails for the id %p', (id) => {
    expect(() => ModelSource.huggingFace(id)).toThrow(new Error(
      `ModelSource.huggingFace: \`id\`: got ${JSON.stringify(id)}; allowed: a model id of the Hugging Face Hub, e.g. BAAI/bge-base-en-v1.5; fix: copy the id from the head of the model page, without the address of the site`,
    ));
  });

  test('fails for a token as plain text, without repeating it', () => {
    const options = { tokenSecret: 'hf_secret' as unknown as secretsmanager.ISecret };
    expect(() => ModelSource.huggingFace('org/m', options)).toThrow(new Error(
      'ModelSource.huggingFace: `tokenSecret`: got plain text; allowed: a secret of AWS Secrets Manager; fix: store the token with Secrets Manager and pass Secret.fromSecretNameV2 or the Secret construct',
    ));
    expect(() => ModelSource.huggingFace('org/m', { tokenSecret: {} as unknown as secretsmanager.ISecret })).toThrow('got a value of type object');
  });

  test('fails for a field without a secret', () => {
    expect(() => ModelSource.huggingFace('org/m', { tokenField: 'token' })).toThrow(new Error(
      'ModelSource.huggingFace: `tokenField`: got "token"; allowed: a field name together with `tokenSecret`; fix: pass tokenSecret, or remove tokenField',
    ));
  });

  test.each(['a:b', 'a}', '', '::'])('fails for the field %p, which would end the reference early', (tokenField) => {
    const tokenSecret = new secretsmanager.Secret(stackIn(), 'Token');
    const words = 'the name of a field of the secret, without `:` and `}`';
    expect(() => ModelSource.huggingFace('org/m', { tokenSecret, tokenField })).toThrow(new Error(
      `ModelSource.huggingFace: \`tokenField\`: got ${JSON.stringify(tokenField)}; allowed: ${words}; fix: give ${words}`,
    ));
  });

  test('fails for an empty revision', () => {
    expect(() => ModelSource.huggingFace('org/m', { revision: '' })).toThrow(new Error(
      'ModelSource.huggingFace: `revision`: got ""; allowed: a commit hash, a tag or a branch; fix: give the 40 digits of the commit the model was tested with',
    ));
  });

  test('takes values known at deploy time', () => {
    expect(bind(ModelSource.huggingFace(Aws.STACK_NAME, { revision: Aws.REGION })).hub?.id).toBe(Aws.STACK_NAME);
  });
});

describe('an archive in S3', () => {
  test('may be read, and nothing beside it', () => {
    const stack = stackIn();
    const bucket = new s3.Bucket(stack, 'Bucket');
    const config = bind(ModelSource.s3Archive(bucket, 'bge/model.tar.gz'), stack);
    expect(joined(stack.resolve(config.archiveUrl))).toMatch(/^s3:\/\/\$\{Bucket\w+\}\/bge\/model\.tar\.gz$/);
    expect(statements(config, stack)).toHaveLength(1);
    expect(statements(config, stack)[0]).toMatchObject({ Action: 's3:GetObject', Effect: 'Allow' });
    expect(joined(statements(config, stack)[0].Resource)).toMatch(/^arn:\$\{AWS::Partition\}:s3:::\$\{Bucket\w+\}\/bge\/model\.tar\.gz$/);
    expect(config.decryptionKeys).toEqual([]);
  });

  test('brings the key of its bucket, and another one for imported buckets', () => {
    const stack = stackIn();
    const key = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: key });
    expect(bind(ModelSource.s3Archive(bucket, 'm.tar.gz'), stack).decryptionKeys).toEqual([key]);
    const imported = s3.Bucket.fromBucketName(stack, 'Imported', 'imported');
    expect(bind(ModelSource.s3Archive(imported, 'm.tar.gz', { decryptionKey: key }), stack).decryptionKeys).toEqual([key]);
  });

  test('by its address', () => {
    const config = bind(ModelSource.s3Uri('s3://my-bucket/a/b/model.tar.gz'));
    expect(config.archiveUrl).toBe('s3://my-bucket/a/b/model.tar.gz');
    expect(config.prefixUrl).toBeUndefined();
    expect(joined(statements(config)[0].Resource)).toBe('arn:${AWS::Partition}:s3:::my-bucket/a/b/model.tar.gz');
  });

  test('fails for a key that is no archive', () => {
    const bucket = s3.Bucket.fromBucketName(stackIn(), 'Bucket', 'bucket');
    expect(() => ModelSource.s3Archive(bucket, 'model.zip')).toThrow(new Error(
      'ModelSource.s3Archive: `key`: got "model.zip"; allowed: the key of an object whose name ends in .tar.gz, without a leading slash; fix: give the key of the model.tar.gz, or use ModelSource.s3Prefix for files that are not in an archive',
    ));
  });
});

describe('a folder in S3', () => {
  test('may be read and listed, and the rest of the bucket may not', () => {
    const config = bind(ModelSource.s3Uri('s3://my-bucket/llama/'));
    expect(config.prefixUrl).toBe('s3://my-bucket/llama/');
    expect(config.archiveUrl).toBeUndefined();
    const [read, list] = statements(config);
    expect(read.Action).toBe('s3:GetObject');
    expect(joined(read.Resource)).toBe('arn:${AWS::Partition}:s3:::my-bucket/llama/*');
    expect(list.Action).toBe('s3:ListBucket');
    expect(joined(list.Resource)).toBe('arn:${AWS::Partition}:s3:::my-bucket');
    expect(list.Condition).toEqual({ StringLike: { 's3:prefix': ['llama/', 'llama/*'] } });
  });

  test('gets its slash', () => {
    const bucket = s3.Bucket.fromBucketName(stackIn(), 'Bucket', 'bucket');
    expect(bind(ModelSource.s3Prefix(bucket, 'llama')).prefixUrl).toBe('s3://bucket/llama/');
    expect(bind(ModelSource.s3Prefix(bucket, 'llama//')).prefixUrl).toBe('s3://bucket/llama/');
  });

  test.each([
    ['', 'put the files of the model under a prefix of their own'],
    ['/', 'put the files of the model under a prefix of their own'],
    ['model.tar.gz', 'use ModelSource.s3Archive for an archive'],
  ])('fails for the prefix %p', (prefix, fix) => {
    const bucket = s3.Bucket.fromBucketName(stackIn(), 'Bucket', 'bucket');
    expect(() => ModelSource.s3Prefix(bucket, prefix)).toThrow(new Error(
      `ModelSource.s3Prefix: \`prefix\`: got ${JSON.stringify(prefix)}; allowed: a prefix below the bucket, without a leading slash; fix: ${fix}`,
    ));
  });
});

describe('s3Uri', () => {
  test.each([
    ['https://bucket.s3.amazonaws.com/m.tar.gz', '`uri`: got "https://bucket.s3.amazonaws.com/m.tar.gz"; allowed: s3://<bucket>/<key>.tar.gz, or s3://<bucket>/<prefix>/; fix: give the full address'],
    ['s3://bucket', '`uri`: got "s3://bucket"; allowed: s3://<bucket>/<key>.tar.gz, or s3://<bucket>/<prefix>/; fix: give the full address'],
    ['s3://bucket/model', '`uri`: got "s3://bucket/model"; allowed: an address that ends in .tar.gz (an archive) or in / (a folder); fix: add the slash if it is a folder of files'],
    ['s3://bucket/', '`uri`: got ""; allowed: a prefix below the bucket, without a leading slash; fix: put the files of the model under a prefix of their own'],
    ['s3://My_Bucket/m.tar.gz', '`uri`: got "My_Bucket"; allowed: a bucket name of 3 to 63 lower case letters, digits, dots and hyphens; fix: correct the name of the bucket'],
  ])('fails for %s', (uri, message) => {
    expect(() => ModelSource.s3Uri(uri)).toThrow(new Error(`ModelSource.s3Uri: ${message}`));
  });

  test('fails for wildcards, which the policy of the role would read as such', () => {
    expect(() => ModelSource.s3Uri('s3://bucket/models/*/')).toThrow(new Error(
      'ModelSource.s3Uri: `uri`: got "models/*/"; allowed: a key without `*`, `?` and `${`: in the policy of the role they would open other objects; fix: store the model under another key',
    ));
    const bucket = s3.Bucket.fromBucketName(stackIn(), 'Bucket', 'bucket');
    expect(() => ModelSource.s3Archive(bucket, `${Aws.REGION}/*.tar.gz`)).toThrow('ModelSource.s3Archive: `key`: got "${Token[AWS.Region.');
    expect(() => ModelSource.s3Prefix(bucket, `${Aws.REGION}/?`)).toThrow('allowed: a key without `*`, `?` and `${`');
  });

  test('fails for an address that CreateModel finds too long', () => {
    const bucket = s3.Bucket.fromBucketName(stackIn(), 'Bucket', 'bucket');
    const message = (where: string, prop: string) => `ModelSource.${where}: \`${prop}\`: got an address of 1025 characters; allowed: at most 1024 characters, with s3:// and the bucket; fix: store the model under a shorter key`;
    // s3://bucket/ has 12 characters.
    const [key, prefix] = [`${'k'.repeat(1006)}.tar.gz`, 'p'.repeat(1012)];
    expect(() => ModelSource.s3Archive(bucket, key)).toThrow(new Error(message('s3Archive', 'key')));
    expect(() => ModelSource.s3Prefix(bucket, prefix)).toThrow(new Error(message('s3Prefix', 'prefix')));
    expect(() => ModelSource.s3Uri(`s3://bucket/${key}`)).toThrow(new Error(message('s3Uri', 'uri')));
    expect(ModelSource.s3Archive(bucket, key.slice(1)).description).toHaveLength(1024);
    expect(ModelSource.s3Prefix(bucket, prefix.slice(1)).description).toHaveLength(1024);
  });

  test('takes a bucket that is known at deploy time', () => {
    const stack = stackIn();
    const bucket = new s3.Bucket(stack, 'Bucket');
    expect(joined(stack.resolve(bind(ModelSource.s3Uri(`s3://${bucket.bucketName}/m.tar.gz`), stack).archiveUrl))).toMatch(/^s3:\/\/\$\{Bucket\w+\}\/m\.tar\.gz$/);
  });

  test('fails for an address that is known at deploy time as a whole', () => {
    expect(() => ModelSource.s3Uri(Aws.STACK_ID)).toThrow(new Error(
      'ModelSource.s3Uri: `uri`: got an address that is only known at deploy time; allowed: s3://<bucket>/<key>.tar.gz, or s3://<bucket>/<prefix>/; fix: use ModelSource.s3Archive or s3Prefix with a bucket and a key, so that the role can be limited to them',
    ));
  });
});

describe('modelPackage', () => {
  test('brings its image and needs no rights by itself', () => {
    const source = ModelSource.modelPackage(PACKAGE);
    expect([source.bringsImage, source.description]).toEqual([true, `model package ${PACKAGE}`]);
    expect(bind(source)).toEqual({ modelPackageArn: PACKAGE, policyStatements: undefined, decryptionKeys: undefined });
  });

  test('may read the artefact that is named', () => {
    const config = bind(ModelSource.modelPackage(PACKAGE, { artifactUri: 's3://bucket/m.tar.gz' }));
    expect(joined(statements(config)[0].Resource)).toBe('arn:${AWS::Partition}:s3:::bucket/m.tar.gz');
    expect(config.archiveUrl).toBeUndefined();
  });

  test.each([
    'bge/3', 'arn:aws:sagemaker:us-east-1:111111111111:model-package-group/bge', 'arn:aws:sagemaker:us-east-1:111111111111:model-package/bge/', '',
  ])('fails for %p', (arn) => {
    expect(() => ModelSource.modelPackage(arn)).toThrow(new Error(
      `ModelSource.modelPackage: \`arn\`: got ${JSON.stringify(arn)}; allowed: the ARN of a model package, arn:aws:sagemaker:<region>:<account>:model-package/<group>/<version>; fix: give the ARN of one version, not of the group`,
    ));
  });
});

describe('existingModel', () => {
  test('is a name', () => {
    const source = ModelSource.existingModel({ modelName: 'my-model' });
    expect(bind(source)).toEqual({ modelName: 'my-model' });
    expect([source.bringsImage, source.description]).toEqual([true, 'SageMaker model my-model']);
  });

  test('may be known at deploy time', () => {
    const source = ModelSource.existingModel({ modelName: Aws.STACK_NAME });
    expect(source.description).toBe('an existing SageMaker model');
    expect(bind(source).modelName).toBe(Aws.STACK_NAME);
  });

  test.each([
    ['no member', {}, 'a value of type undefined'],
    ['null', { modelName: null }, 'a value of type object'],
    ['a number', { modelName: 7 }, 'a value of type number'],
    ['nothing at all', undefined, 'a value of type undefined'],
    ['an empty name', { modelName: '' }, 'an empty string'],
  ])('fails for %s', (_, model, got) => {
    expect(() => ModelSource.existingModel(model as unknown as IServableModel)).toThrow(new Error(
      `ModelSource.existingModel: \`model.modelName\`: got ${got}; allowed: the name of a SageMaker model; fix: pass an object with the member modelName, such as a Model of @aws-cdk/aws-sagemaker-alpha`,
    ));
  });

  test.each(['a'.repeat(64), `a${'-'.repeat(62)}b`])('fails for a name of 64 characters: %s', (modelName) => {
    expect(() => ModelSource.existingModel({ modelName })).toThrow(new Error(
      `ModelSource.existingModel: \`model.modelName\`: got ${JSON.stringify(modelName)}; allowed: letters, digits and hyphens, 1 to 63 characters; fix: give the name of the model, not its ARN`,
    ));
    const shorter = `${modelName.slice(0, 61)}bc`;
    expect(bind(ModelSource.existingModel({ modelName: shorter })).modelName).toBe(shorter);
    const arn = (name: string) => `arn:aws:sagemaker:us-east-1:111111111111:model-package/${name}/3`;
    expect(() => ModelSource.modelPackage(arn(modelName))).toThrow('ModelSource.modelPackage: `arn`: got');
    expect(bind(ModelSource.modelPackage(arn(shorter))).modelPackageArn).toBe(arn(shorter));
  });

  test('fails for an ARN', () => {
    expect(() => ModelSource.existingModel({ modelName: 'arn:aws:sagemaker:us-east-1:1:model/m' })).toThrow(new Error(
      'ModelSource.existingModel: `model.modelName`: got "arn:aws:sagemaker:us-east-1:1:model/m"; allowed: letters, digits and hyphens, 1 to 63 characters; fix: give the name of the model, not its ARN',
    ));
  });
});

test.each([
  ModelSource.huggingFace('org/m'), ModelSource.s3Uri('s3://bucket/m.tar.gz'), ModelSource.s3Uri('s3://bucket/m/'), ModelSource.modelPackage(PACKAGE), ModelSource.existingModel({ modelName: 'm' }),
].map((source) => [source.description, source] as const))('%s needs no instance to be bound', (_, source) => {
  const stack = stackIn();
  const plain = (config: ModelSourceConfig) => ({ ...config, policyStatements: statements(config, stack) });
  expect(plain(source.bind(stack, {}))).toEqual(plain(bind(source, stack)));
});

test('sources make nothing in the stack by themselves', () => {
  const stack = stackIn();
  bind(ModelSource.huggingFace('org/m'), stack);
  bind(ModelSource.s3Uri('s3://bucket/m/'), stack);
  bind(ModelSource.existingModel({ modelName: 'm' }), stack);
  expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
});

describe('a bucket in another region', () => {
  const warnings = (source: (bucket: s3.IBucket) => ModelSource, bucketRegion: string | undefined, region: string) => {
    const app = new App();
    const elsewhere = new Stack(app, 'Elsewhere', { env: { region: bucketRegion, account: '1'.repeat(12) } });
    const stack = new Stack(app, 'Stack', { env: { region, account: '1'.repeat(12) } });
    source(s3.Bucket.fromBucketName(elsewhere, 'Bucket', 'models')).bind(stack, {});
    return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map((one) => one.entry.data);
  };
  const sources: [string, (bucket: s3.IBucket) => ModelSource][] = [
    ['a/m.tar.gz', (bucket) => ModelSource.s3Archive(bucket, 'a/m.tar.gz')],
    ['a/', (bucket) => ModelSource.s3Prefix(bucket, 'a')],
  ];

  test.each(sources)('is a warning for %s', (key, source) => {
    expect(warnings(source, 'eu-west-1', 'us-east-1')).toEqual([
      `the bucket of s3://models/${key} is in eu-west-1 as far as is known here, and SageMaker reads models from the region of the endpoint, us-east-1: copy the model there [ack: cdk-accelerators:modelDataInOtherRegion]`,
    ]);
  });

  test.each(sources)('is none for %s in the same region, or in one that is not known', (_, source) => {
    expect(warnings(source, 'us-east-1', 'us-east-1')).toEqual([]);
    expect(warnings(source, undefined, 'us-east-1')).toEqual([]);
  });
});
