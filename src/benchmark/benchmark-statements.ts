import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { BoundDataset } from './benchmark-dataset';
import { EVENT_SOURCE } from './contract';
import type { IInferenceEndpoint } from '../endpoint';
import { putEventsStatement } from '../private/aws-task';

/** A folder of a bucket, with a slash at its end. */
export interface ResultsPlace {
  readonly bucket: s3.IBucket;
  readonly prefix: string;
}

/** Reads and writes objects of a folder, and lists it: who may not list is told 403 of what is not there. */
export function resultStatements({ bucket, prefix }: ResultsPlace, actions: readonly ('s3:GetObject' | 's3:PutObject')[]): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: [...actions], resources: [bucket.arnForObjects(`${prefix}*`)] }),
    ...actions.includes('s3:GetObject') ? [new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${prefix}*` } } })] : [],
    ...keyStatements(bucket.encryptionKey, actions.includes('s3:PutObject')),
  ];
}

/** What finds out which version a variant serves. The configuration has a name of CloudFormation's own, in lower case as all ARNs of SageMaker. */
export function versionStatements(scope: Construct, endpoint: IInferenceEndpoint): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpoint'], resources: [endpoint.endpointArn] }),
    new iam.PolicyStatement({
      actions: ['sagemaker:DescribeEndpointConfig'],
      // Another deploy is another configuration, with a name that is not known here.
      resources: [Stack.of(scope).formatArn({ service: 'sagemaker', resource: 'endpoint-config', resourceName: '*' })],
    }),
  ];
}

/** For the function that sends requests. */
export function workerStatements(endpoint: IInferenceEndpoint, { bucket, key }: BoundDataset, results: ResultsPlace): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:InvokeEndpoint'], resources: [endpoint.endpointArn] }),
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(key)] }),
    ...keyStatements(bucket.encryptionKey, false),
    ...resultStatements({ ...results, prefix: `${results.prefix}slices/` }, ['s3:PutObject']),
  ];
}

/** For the function that says what comes next. */
export function directorStatements(scope: Construct, endpoint: IInferenceEndpoint, results: ResultsPlace, machineName: string, eventBusArn: string): iam.PolicyStatement[] {
  const machine = (resource: string, resourceName: string) => Stack.of(scope).formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return [
    ...versionStatements(scope, endpoint),
    ...resultStatements(results, ['s3:GetObject', 's3:PutObject']),
    // Who else sends to a variant. Metrics have no ARN.
    new iam.PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] }),
    // Two runs at once would measure each other.
    new iam.PolicyStatement({ actions: ['states:ListExecutions'], resources: [machine('stateMachine', machineName)] }),
    putEventsStatement(eventBusArn, EVENT_SOURCE),
  ];
}

function keyStatements(key: kms.IKey | undefined, writes: boolean): iam.PolicyStatement[] {
  return key === undefined ? [] : [new iam.PolicyStatement({ actions: writes ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'], resources: [key.keyArn] })];
}
