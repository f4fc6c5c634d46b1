import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ModelSourceConfig } from '../model';
import { JOB_TAG, LOG_GROUPS, MARKER, type JobKind } from './contract';

/** What the role of a state machine may do for a compilation, by the task that needs it. */
export interface CompileStatements {
  readonly list: iam.PolicyStatement;
  readonly create: iam.PolicyStatement[];
  readonly describe: iam.PolicyStatement;
  readonly mark: iam.PolicyStatement[];
  readonly record: iam.PolicyStatement;
}

export interface StatementsProps {
  readonly kind: JobKind;
  readonly jobPrefix: string;
  readonly bucket: s3.IBucket;
  readonly folder: string;
  readonly encryptionKey?: kms.IKey;
}

/** The ARN of every job of a key: their names begin alike. */
export function jobArn(scope: Construct, kind: JobKind, jobPrefix: string): string {
  return Stack.of(scope).formatArn({ service: 'sagemaker', resource: `${kind}-job`, resourceName: `${jobPrefix}-*` });
}

/**
 * For the function that stops what was started. A run is deleted after the update that made another one, with the policies of that other one, or after the
 * rollback to the one before: it has to reach the jobs of every key, of either kind. It may look at what begins like a compile job, and stop what has
 * the tag of this compilation.
 */
export function stopStatements(scope: Construct, compilation: string): iam.PolicyStatement[] {
  const kinds = ['processing', 'training'] as const;
  const jobs = kinds.map((kind) => jobArn(scope, kind, 'neuron'));
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeProcessingJob', 'sagemaker:DescribeTrainingJob'], resources: jobs }),
    new iam.PolicyStatement({
      actions: ['sagemaker:StopProcessingJob', 'sagemaker:StopTrainingJob'],
      resources: jobs,
      conditions: { StringEquals: { [`aws:ResourceTag/${JOB_TAG}`]: compilation } },
    }),
  ];
}

/** For the function that stops what an execution of a user's state machine left: jobs of one kind, of the keys of one task, with its tag. */
export function stopLeftStatements(scope: Construct, kind: JobKind, jobPrefix: string, compilation: string): iam.PolicyStatement[] {
  const operation = kind === 'processing' ? 'ProcessingJob' : 'TrainingJob';
  const resources = [jobArn(scope, kind, jobPrefix)];
  return [
    // Lists know no resources (Service Authorization Reference, Amazon SageMaker); name and owner are compared afterwards.
    new iam.PolicyStatement({ actions: [`sagemaker:List${operation}s`], resources: ['*'] }),
    new iam.PolicyStatement({ actions: [`sagemaker:Describe${operation}`], resources }),
    new iam.PolicyStatement({ actions: [`sagemaker:Stop${operation}`], resources, conditions: { StringEquals: { [`aws:ResourceTag/${JOB_TAG}`]: compilation } } }),
  ];
}

/** For the state machine. */
export function compileStatements(scope: Construct, props: StatementsProps & { readonly jobRoleArn: string; readonly recorderArn: string }): CompileStatements {
  const { kind, bucket, folder, encryptionKey } = props;
  const jobs = jobArn(scope, kind, props.jobPrefix);
  const operation = kind === 'processing' ? 'ProcessingJob' : 'TrainingJob';
  return {
    list: new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': `${folder}*` } },
    }),
    create: [
      // The tags of a job are a right of their own.
      new iam.PolicyStatement({ actions: [`sagemaker:Create${operation}`, 'sagemaker:AddTags'], resources: [jobs] }),
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [props.jobRoleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    ],
    describe: new iam.PolicyStatement({ actions: [`sagemaker:Describe${operation}`], resources: [jobs] }),
    mark: [
      new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`${folder}${MARKER}`)] }),
      ...encryptionKey === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [encryptionKey.keyArn] })],
    ],
    record: new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.recorderArn] }),
  };
}

/**
 * For the role of the job, besides its source and its image: where it writes. The actions are those of the developer guide, "SageMaker AI
 * execution roles", CreateProcessingJob and CreateTrainingJob, without what this job does not do.
 */
export function artifactStatements(props: StatementsProps): iam.PolicyStatement[] {
  const { kind, bucket, folder, encryptionKey } = props;
  const objects = bucket.arnForObjects(`${folder}*`);
  return [
    new iam.PolicyStatement({ actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: [objects] }),
    // A folder of checkpoints is fetched when the job starts, and follows it while it runs.
    ...kind === 'processing' ? [] : [
      new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:DeleteObject'], resources: [objects] }),
      // With the slash at the end of its address or without.
      new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': [folder.slice(0, -1), `${folder}*`] } } }),
    ],
    ...encryptionKey === undefined ? [] : [new iam.PolicyStatement({
      // Of a processing job the volume too is encrypted with it, by a grant that the role makes.
      actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', ...kind === 'processing' ? ['kms:CreateGrant'] : []],
      resources: [encryptionKey.keyArn],
    })],
  ];
}

/** What SageMaker needs to copy one object into a job: it lists what begins with its key, and reads it. */
export function inputStatements(bucket: s3.IBucket, key: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(key)] }),
    new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringEquals: { 's3:prefix': key } } }),
  ];
}

/** The right to write the logs of the jobs of a key. */
export function jobLogs(scope: Construct, kind: JobKind, jobPrefix: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
    resources: [...logGroupArns(scope, kind), logStreamsArn(scope, kind, jobPrefix)],
  });
}

/** For the function that reads why a job failed. */
export function readLogs(scope: Construct, kind: JobKind, jobPrefix: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['logs:DescribeLogStreams'], resources: logGroupArns(scope, kind) }),
    new iam.PolicyStatement({ actions: ['logs:GetLogEvents'], resources: [logStreamsArn(scope, kind, jobPrefix)] }),
  ];
}

function logGroupArn(scope: Construct, kind: JobKind): string {
  return Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group', resourceName: LOG_GROUPS[kind], arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

/** Pages disagree on how a log group is spelled when it is asked about as a whole, and denials name it with an empty stream. */
function logGroupArns(scope: Construct, kind: JobKind): string[] {
  const group = logGroupArn(scope, kind);
  return [group, `${group}:log-stream:`];
}

function logStreamsArn(scope: Construct, kind: JobKind, jobPrefix: string): string {
  return `${logGroupArn(scope, kind)}:log-stream:${jobPrefix}-*`;
}

/**
 * What a job needs of its source besides reading it: SageMaker lists an input by its address, an archive too, and a token is read by the job
 * itself, so that it is in no request and in no description of the job.
 */
export function sourceStatements(scope: Construct, { archiveUrl, hub }: ModelSourceConfig): iam.PolicyStatement[] {
  const statements: iam.PolicyStatement[] = [];
  if (archiveUrl !== undefined) {
    const [bucket, ...key] = archiveUrl.replace('s3://', '').split('/');
    statements.push(new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucket })],
      conditions: { StringEquals: { 's3:prefix': key.join('/') } },
    }));
  }
  const secret = hub?.tokenSecret;
  if (secret !== undefined) {
    // Secrets Manager adds six characters to the name in an ARN; an imported secret is often known without them.
    statements.push(new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretFullArn ?? `${secret.secretArn}-??????`] }));
  }
  return statements;
}
