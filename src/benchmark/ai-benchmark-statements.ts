import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { aiFolder, aiJobsFolder } from './ai-contract';
import { resultStatements, versionStatements, type ResultsPlace } from './benchmark-statements';
import { EVENT_SOURCE } from './contract';
import type { IInferenceEndpoint } from '../endpoint';
import { putEventsStatement } from '../private/aws-task';

const SAGEMAKER = 'sagemaker.amazonaws.com';
const passRole = (roleArn: string): iam.PolicyStatement => new iam.PolicyStatement({ actions: ['iam:PassRole'], resources: [roleArn], conditions: { StringEquals: { 'iam:PassedToService': SAGEMAKER } } });

/** What the jobs of a benchmark use. */
export interface AiJobRights {
  readonly endpoints: readonly IInferenceEndpoint[];
  readonly results: ResultsPlace;
  readonly secrets: readonly ISecret[];
}

/**
 * The role that SageMaker takes on for the jobs: AIPerf runs as a training job of the account, which the service makes with this role (developer guide, inference optimization security, "Execution roles").
 */
export function aiJobRole(scope: Construct, { endpoints, results, secrets }: AiJobRights): iam.Role {
  const stack = Stack.of(scope);
  const sagemaker = (resource: string) => stack.formatArn({ service: 'sagemaker', resource, resourceName: '*' });
  const { bucket } = results;
  const folder = aiJobsFolder(results.prefix);
  const role = new iam.Role(scope, 'JobRole', {
    description: 'Runs the AI benchmark jobs of SageMaker',
    // Of the training job that takes it on nobody knows the ARN before: the account is the limit (developer guide, cross-service confused deputy prevention).
    assumedBy: new iam.ServicePrincipal(SAGEMAKER, { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
    inlinePolicies: {
      Job: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpoint', 'sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'], resources: endpoints.map(({ endpointArn }) => endpointArn) }),
          // Another deploy is another configuration, with a name that is not known here.
          new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpointConfig'], resources: [sagemaker('endpoint-config')] }),
          // The service gives the training job its name.
          new iam.PolicyStatement({ actions: ['sagemaker:AddTags', 'sagemaker:CreateTrainingJob', 'sagemaker:DescribeTrainingJob', 'sagemaker:StopTrainingJob'], resources: [sagemaker('training-job')] }),
          new iam.PolicyStatement({ actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], resources: [bucket.arnForObjects(`${folder}*`)] }),
          new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': [folder.slice(0, -1), `${folder}*`] } } }),
          ...bucket.encryptionKey === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [bucket.encryptionKey.keyArn] })],
          new iam.PolicyStatement({
            actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
            // Which group the service takes it does not say; all of SageMaker's begin so.
            resources: [stack.formatArn({ service: 'logs', resource: 'log-group', resourceName: '/aws/sagemaker/*', arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
          }),
          new iam.PolicyStatement({
            actions: ['cloudwatch:PutMetricData'],
            // The action knows no resources; the condition is the only limit there is.
            resources: ['*'],
            conditions: { StringLike: { 'cloudwatch:namespace': ['/aws/sagemaker/*', 'aws/sagemaker/*'] } },
          }),
          // The image of AIPerf is the service's, of a registry that it does not name; a training job fetches images with its role (developer guide, SageMaker AI execution roles, CreateTrainingJob).
          new iam.PolicyStatement({ actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetAuthorizationToken', 'ecr:GetDownloadUrlForLayer'], resources: ['*'] }),
          ...secrets.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secrets.map(({ secretFullArn, secretArn }) => secretFullArn ?? `${secretArn}-??????`) })],
          ...secrets.flatMap(({ encryptionKey }) => encryptionKey === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [encryptionKey.keyArn] })]),
        ],
      }),
    },
  });
  // A policy of its own: a role cannot name itself inside.
  role.addToPolicy(passRole(role.roleArn));
  return role;
}

/** What the function that runs the jobs uses. */
export interface AiRunRights {
  readonly endpoints: readonly IInferenceEndpoint[];
  readonly results: ResultsPlace;
  readonly jobPrefix: string;
  readonly workloadPrefix: string;
  readonly jobRoleArn: string;
  readonly machineName: string;
  readonly eventBusArn: string;
}

export function aiRunStatements(scope: Construct, { endpoints, results, jobPrefix, workloadPrefix, jobRoleArn, machineName, eventBusArn }: AiRunRights): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const sagemaker = (resource: string, resourceName: string) => stack.formatArn({ service: 'sagemaker', resource, resourceName });
  const states = (resource: string, resourceName: string) => stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:CreateAIWorkloadConfig'], resources: [sagemaker('ai-workload-config', `${workloadPrefix}*`)] }),
    new iam.PolicyStatement({ actions: ['sagemaker:CreateAIBenchmarkJob', 'sagemaker:DescribeAIBenchmarkJob', 'sagemaker:StopAIBenchmarkJob'], resources: [sagemaker('ai-benchmark-job', `${jobPrefix}-*`)] }),
    passRole(jobRoleArn),
    ...merged(endpoints.map((endpoint) => versionStatements(scope, endpoint))),
    ...resultStatements({ ...results, prefix: aiFolder(results.prefix) }, ['s3:GetObject', 's3:PutObject']),
    // Two runs at once would measure each other.
    new iam.PolicyStatement({ actions: ['states:ListExecutions'], resources: [states('stateMachine', machineName)] }),
    // Whether a run that ended early was begun again.
    new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: [states('execution', `${machineName}:*`)] }),
    putEventsStatement(eventBusArn, EVENT_SOURCE),
  ];
}

/** Those of the first endpoint whole, of the others what is their own: the configurations are any. */
function merged([first, ...others]: iam.PolicyStatement[][]): iam.PolicyStatement[] {
  return [...first, ...others.map(([own]) => own)];
}
