import { allow, call, templateWith } from './fixture';
import { Judge, type Exception } from './judge';
import { Policies, type Statement } from './policies';
import type { Resource } from './resolve';

const OBJECT = 'arn:aws:s3:::artefacts/models/k/complete.json';
const BUCKET = 'arn:aws:s3:::artefacts';
const JOB = 'arn:aws:sagemaker:us-east-1:123456789012:processing-job/neuron-1';
const ROLE = 'arn:aws:iam::123456789012:role/Job';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/Key';

const judge = (statements: readonly Statement[], others: Record<string, Resource> = {}) => new Judge(new Policies(templateWith(statements, others)));

/** The message of a judgement that must not pass. */
async function complaint(judgement: Promise<void>): Promise<string[]> {
  const error = await judgement.then(() => undefined, (thrown: Error) => thrown);
  if (!error) throw new Error('nothing was found');
  return error.message.split('\n');
}

describe('expectAllowed', () => {
  const LIST = allow('s3:ListBucket', BUCKET, { Condition: { StringLike: { 's3:prefix': 'models/*' } } });
  const PUT = allow('s3:PutObject', `${BUCKET}/models/*`);
  const PASS = allow('iam:PassRole', ROLE, { Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } });
  const CALLS = [
    call('s3:ListBucket', BUCKET, { 's3:prefix': 'models/k/complete.json' }),
    call('s3:PutObject', OBJECT),
    call('iam:PassRole', ROLE, { 'iam:PassedToService': 'sagemaker.amazonaws.com' }),
  ];

  test('everything is allowed', async () => {
    await expect(judge([LIST, PUT, PASS]).expectAllowed('Runner', CALLS)).resolves.toBeUndefined();
  });

  test('a missing statement', async () => {
    expect(await complaint(judge([LIST, PASS]).expectAllowed('Runner', CALLS))).toEqual([`role Runner: ImplicitlyDenied: s3:PutObject on ${OBJECT}`]);
  });

  test('a wrong resource', async () => {
    const elsewhere = allow('s3:PutObject', `${BUCKET}/other/*`);
    expect(await complaint(judge([LIST, elsewhere, PASS]).expectAllowed('Runner', CALLS))).toEqual([`role Runner: ImplicitlyDenied: s3:PutObject on ${OBJECT}`]);
  });

  test.each<Record<string, string>>([{}, { 's3:prefix': 'other/' }])('an unmet condition: %j', async (context) => {
    const message = `role Runner: ImplicitlyDenied: s3:ListBucket on ${BUCKET}${context['s3:prefix'] ? ` with ${JSON.stringify(context)}` : ''}`;
    expect(await complaint(judge([LIST]).expectAllowed('Runner', [call('s3:ListBucket', BUCKET, context)]))).toEqual([message]);
  });

  test('a role that is passed to another service', async () => {
    expect(await complaint(judge([PASS]).expectAllowed('Runner', [call('iam:PassRole', ROLE, { 'iam:PassedToService': 'ec2.amazonaws.com' })]))).toEqual([
      `role Runner: ImplicitlyDenied: iam:PassRole on ${ROLE} with {"iam:PassedToService":"ec2.amazonaws.com"}`,
    ]);
  });

  test('all resources of a call have to be allowed, and each denial is said once', async () => {
    const twice = [call('s3:GetObject', [OBJECT, `${BUCKET}/other`]), call('s3:GetObject', [OBJECT, `${BUCKET}/other`])];
    expect(await complaint(judge([allow('s3:GetObject', OBJECT)]).expectAllowed('Runner', twice))).toEqual([`role Runner: ImplicitlyDenied: s3:GetObject on ${BUCKET}/other`]);
  });

  test('multivalued keys', async () => {
    const only = allow('sagemaker:CreateProcessingJob', '*', { Condition: { 'ForAllValues:StringEquals': { 'sagemaker:InstanceTypes': ['ml.m5.large'] } } });
    const create = (type: string) => call('sagemaker:CreateProcessingJob', JOB, { 'sagemaker:InstanceTypes': [type] });
    await judge([only]).expectAllowed('Runner', [create('ml.m5.large')]);
    expect(await complaint(judge([only]).expectAllowed('Runner', [create('ml.p5.48xlarge')]))).toHaveLength(1);
  });

  /** The bucket `artefacts`, with a policy that denies. */
  const bucketThatDenies = (statement: object): Record<string, Resource> => ({
    Artefacts: { Type: 'AWS::S3::Bucket' },
    ArtefactsPolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Artefacts' },
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: { AWS: '*' }, Resource: `${BUCKET}/*`, ...statement }] },
      },
    },
  });

  test('a denial wins, also one of a bucket policy', async () => {
    const others = bucketThatDenies({ Action: 's3:PutObject' });
    const message = [`role Runner: ExplicitlyDenied: s3:PutObject on ${OBJECT}`];
    expect(await complaint(judge([PUT], others).expectAllowed('Runner', [call('s3:PutObject', OBJECT)]))).toEqual(message);
    expect(await complaint(judge([PUT, { ...PUT, Effect: 'Deny' }]).expectAllowed('Runner', [call('s3:PutObject', OBJECT)]))).toEqual(message);
  });

  test('a bucket policy that asks for TLS is met', async () => {
    const others = bucketThatDenies({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    await judge([PUT], others).expectAllowed('Runner', [call('s3:PutObject', OBJECT)]);
  });

  test('keys: the default key policy leaves it to IAM, one of the template has its say', async () => {
    const keyPolicy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:role/Someone' }, Action: 'kms:*', Resource: '*' }] };
    await judge([allow('kms:Decrypt', KEY)]).expectAllowed('Runner', [call('kms:Decrypt', KEY)]);
    const strict = judge([allow('kms:Decrypt', KEY)], { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: keyPolicy } } });
    expect(await complaint(strict.expectAllowed('Runner', [call('kms:Decrypt', KEY)]))).toEqual([`role Runner: ImplicitlyDenied: kms:Decrypt on ${KEY}`]);
  });

  test('resources of other accounts: their owners are taken to allow it, our side has to as well', async () => {
    const image = 'arn:aws:ecr:us-east-1:763104351884:repository/huggingface-pytorch-inference-neuronx';
    await judge([allow('ecr:BatchGetImage')]).expectAllowed('Runner', [call('ecr:BatchGetImage', image)]);
    expect(await complaint(judge([allow('s3:GetObject')]).expectAllowed('Runner', [call('ecr:BatchGetImage', image)]))).toHaveLength(1);
  });

  test('a call or a policy that IAM does not know', async () => {
    expect(await complaint(judge([allow('s3:GetObject')]).expectAllowed('Runner', [call('s3:FetchObject', OBJECT)]))).toEqual([
      `role Runner: invalid ({"message":"invalid.action"}): s3:FetchObject on ${OBJECT}`,
    ]);
    expect(await complaint(judge([{ ...PUT, Effect: 'Alow' as 'Allow' }]).expectAllowed('Runner', [call('s3:PutObject', OBJECT)]))).toEqual([
      expect.stringContaining('Effect must be present and exactly'),
    ]);
  });

  test("another role's calls are a mistake", async () => {
    expect(await complaint(judge([PUT]).expectAllowed('Runner', [call('s3:PutObject', OBJECT, {}, 'Other')]))).toEqual([
      'calls: got a call of Other (s3:PutObject) among those of Runner; filter them by principal',
    ]);
  });
});

describe('expectDenied', () => {
  test('what must not be possible is not', async () => {
    const here = judge([allow('s3:PutObject', `${BUCKET}/models/*`)]);
    await here.expectDenied('Runner', [call('s3:PutObject', `${BUCKET}/other`), call('s3:DeleteObject', OBJECT)]);
    expect(await complaint(here.expectDenied('Runner', [call('s3:PutObject', OBJECT)]))).toEqual([`role Runner: Allowed: s3:PutObject on ${OBJECT}`]);
  });
});

describe('expectNeeded', () => {
  const CALLS = [call('s3:GetObject', OBJECT), call('sagemaker:DescribeProcessingJob', JOB)];
  const needed = async (statements: readonly Statement[], exceptions: readonly Exception[] = [], calls = CALLS) =>
    judge(statements).expectNeeded('Runner', calls, exceptions);

  test('nothing is too much', async () => {
    await needed([allow('s3:GetObject', OBJECT), allow('sagemaker:DescribeProcessingJob', JOB)]);
    await needed([allow(['s3:GetObject', 'sagemaker:DescribeProcessingJob'], [OBJECT, JOB])]);
  });

  test('a superfluous statement', async () => {
    expect(await complaint(needed([allow('s3:GetObject'), allow('sagemaker:DescribeProcessingJob'), allow(['s3:PutObject', 's3:DeleteObject'], OBJECT)]))).toEqual([
      `role Runner: no call needs statement #3 of RunnerPolicy (s3:PutObject, s3:DeleteObject on ${OBJECT})`,
    ]);
  });

  test('a superfluous action and a superfluous resource', async () => {
    expect(await complaint(needed([allow(['s3:GetObject', 's3:DeleteObject'], [OBJECT, `${BUCKET}/other`], { Sid: 'Objects' }), allow('sagemaker:DescribeProcessingJob')]))).toEqual([
      `role Runner: no call needs statement Objects of RunnerPolicy (s3:GetObject, s3:DeleteObject on ${OBJECT}, ${BUCKET}/other) Action s3:DeleteObject`,
      `role Runner: no call needs statement Objects of RunnerPolicy (s3:GetObject, s3:DeleteObject on ${OBJECT}, ${BUCKET}/other) Resource ${BUCKET}/other`,
    ]);
  });

  test('two that allow the same: either can go', async () => {
    expect(await complaint(needed([allow('s3:GetObject'), allow('s3:Get*'), allow('sagemaker:DescribeProcessingJob')]))).toEqual([
      'role Runner: no call needs statement #1 of RunnerPolicy (s3:GetObject on *)',
      'role Runner: no call needs statement #2 of RunnerPolicy (s3:Get* on *)',
    ]);
  });

  test('denials are not looked at', async () => {
    await needed([allow(['s3:GetObject', 'sagemaker:DescribeProcessingJob']), { ...allow('s3:DeleteObject'), Effect: 'Deny' }]);
  });

  test('without calls nothing is needed', async () => {
    expect(await complaint(needed([allow('s3:GetObject')], [], []))).toEqual(['role Runner: no call needs statement #1 of RunnerPolicy (s3:GetObject on *)']);
  });

  describe('exceptions', () => {
    const WIDE = [allow(['s3:GetObject', 's3:GetBucket*']), allow('sagemaker:DescribeProcessingJob')];

    test('with a reason they are spared: an action, a resource, a statement by its Sid or by all its actions', async () => {
      await needed(WIDE, [{ what: 's3:GetBucket*', reason: 'grantRead gives it' }]);
      await needed([allow('s3:GetObject', [OBJECT, JOB]), allow('sagemaker:DescribeProcessingJob')], [{ what: JOB, reason: 'a reason' }]);
      await needed([...WIDE.slice(1), allow('s3:GetObject'), allow('kms:Decrypt', '*', { Sid: 'Key' })], [{ what: 'Key', reason: 'the bucket may have a key' }]);
      const both = [{ what: 'logs:CreateLogStream', reason: 'the service' }, { what: 'logs:PutLogEvents', reason: 'the service' }];
      const logs = [...WIDE.slice(1), allow('s3:GetObject'), allow(['logs:CreateLogStream', 'logs:PutLogEvents'])];
      await needed(logs, both);
      expect(await complaint(needed(logs, both.slice(1)))).toEqual([
        'role Runner: no call needs statement #3 of RunnerPolicy (logs:CreateLogStream, logs:PutLogEvents on *)',
        'exception logs:PutLogEvents: it is needed or not there, take it off the list',
      ]);
    });

    test('without a reason, or without need', async () => {
      expect(await complaint(needed(WIDE, [{ what: 's3:GetBucket*', reason: ' ' }, { what: 's3:GetObject', reason: 'who knows' }]))).toEqual([
        'exception s3:GetBucket*: it needs a written reason',
        'exception s3:GetObject: it is needed or not there, take it off the list',
      ]);
    });
  });
});
