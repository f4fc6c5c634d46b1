import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './contract';
import { jobArn, readLogs } from '../compilation/compile-statements';
import { putEventsStatement } from '../private/aws-task';

/** A folder of a bucket, with a slash at its end. */
export interface Folder {
  readonly bucket: s3.IBucket;
  readonly prefix: string;
}

/** `s3://` address of a folder. */
export function addressOf({ bucket, prefix }: Folder): string {
  return `s3://${bucket.bucketName}/${prefix}`;
}

/** What is written and never read again: the model. */
export function writeStatements({ bucket, prefix }: Folder): iam.PolicyStatement[] {
  return [new iam.PolicyStatement({ actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: [bucket.arnForObjects(`${prefix}*`)] })];
}

/** What is fetched when a job starts, and follows it while it runs: checkpoints, compiled graphs. */
export function syncStatements({ bucket, prefix }: Folder): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], resources: [bucket.arnForObjects(`${prefix}*`)] }),
    // With the slash at the end of its address or without.
    new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': [prefix.slice(0, -1), `${prefix}*`] } } }),
  ];
}

/** The keys of what is written; the volume's is used by a grant that the role makes (developer guide, SageMaker AI execution roles, CreateTrainingJob). */
export function keyStatements(data: readonly kms.IKey[], volumes: readonly kms.IKey[]): iam.PolicyStatement[] {
  return [
    ...data.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], resources: data.map(({ keyArn }) => keyArn) })],
    ...volumes.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['kms:CreateGrant', 'kms:DescribeKey'], resources: volumes.map(({ keyArn }) => keyArn) })],
  ];
}

/** The shell of a remote debugger: Systems Manager knows no resources for these (developer guide, train-remote-debugging). */
export function remoteDebugStatements(): iam.PolicyStatement[] {
  return [new iam.PolicyStatement({ actions: ['ssmmessages:CreateControlChannel', 'ssmmessages:CreateDataChannel', 'ssmmessages:OpenControlChannel', 'ssmmessages:OpenDataChannel'], resources: ['*'] })];
}

/** What the function that runs a training needs. */
export interface TickRights {
  readonly jobPrefix: string;
  readonly jobRoleArn: string;
  /** ARN of the state machine; undefined in a state machine of the user's, which is not known here. */
  readonly machineName?: string;
  /** Whether it looks for other executions. */
  readonly lists: boolean;
  readonly eventBusArn: string;
  /** Of the rungs that have one. */
  readonly trainingPlans: readonly string[];
  /** Where the markers of filled compile caches are. */
  readonly markers?: Folder;
}

export function tickStatements(scope: Construct, rights: TickRights): iam.PolicyStatement[] {
  const { markers, machineName } = rights;
  const stack = Stack.of(scope);
  const jobs = jobArn(scope, 'training', inArn(rights.jobPrefix));
  return [
    // The tags of a job are a right of their own.
    new iam.PolicyStatement({ actions: ['sagemaker:AddTags', 'sagemaker:CreateTrainingJob', 'sagemaker:DescribeTrainingJob', 'sagemaker:StopTrainingJob'], resources: [jobs] }),
    // Which reserved capacities a plan has is known to the plan (developer guide, training-plan-iam-permissions).
    ...rights.trainingPlans.length === 0 ? [] : [new iam.PolicyStatement({
      actions: ['sagemaker:CreateTrainingJob'],
      resources: [...new Set(rights.trainingPlans), stack.formatArn({ service: 'sagemaker', resource: 'reserved-capacity', resourceName: '*' })],
    })],
    new iam.PolicyStatement({ actions: ['iam:PassRole'], resources: [rights.jobRoleArn], conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } }),
    new iam.PolicyStatement({
      actions: ['states:DescribeExecution'],
      // Which state machine of the user's the states are in is not known here: then it is any of the account, and what is asked for is whether an execution goes on.
      resources: [stack.formatArn({ service: 'states', resource: 'execution', resourceName: `${machineName ?? '*'}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
    }),
    ...rights.lists && machineName !== undefined ? [new iam.PolicyStatement({
      actions: ['states:ListExecutions'],
      resources: [stack.formatArn({ service: 'states', resource: 'stateMachine', resourceName: machineName, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
    })] : [],
    ...readLogs(scope, 'training', rights.jobPrefix),
    putEventsStatement(rights.eventBusArn, EVENT_SOURCE),
    ...markers === undefined ? [] : markerStatements(markers),
  ];
}

/** To put an object where there is none yet. */
export function markerStatements({ bucket, prefix }: Folder): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [bucket.arnForObjects(`${prefix}*`)] }),
    // Who may not list is told of what is not there that it is forbidden.
    new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${prefix}*` } } }),
  ];
}

/** What the function needs that stops what a run left. */
export function stopStatements(scope: Construct, jobPrefix: string, machineName: string, eventBusArn: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['states:DescribeExecution'],
      resources: [Stack.of(scope).formatArn({ service: 'states', resource: 'execution', resourceName: `${machineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
    }),
    // Listing knows no resources; names and owner are compared afterwards.
    new iam.PolicyStatement({ actions: ['sagemaker:ListTrainingJobs'], resources: ['*'] }),
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeTrainingJob', 'sagemaker:StopTrainingJob'], resources: [jobArn(scope, 'training', inArn(jobPrefix))] }),
    putEventsStatement(eventBusArn, EVENT_SOURCE),
  ];
}

/** SageMaker writes the names in its ARNs in lower case, and IAM compares ARNs by case. */
export function inArn(name: string): string {
  return Token.isUnresolved(name) ? name : name.toLowerCase();
}
