import { App, CfnOutput, Stack, aws_applicationautoscaling as scaling, aws_iam as iam, aws_sagemaker as sagemaker, aws_stepfunctions as sfn } from 'aws-cdk-lib';

/**
 * The smallest stack that shows the emulator at work: a GPU and an Inferentia2 variant, the second without traffic, both scaled,
 * a state machine that shifts weights, and one that runs a job. L1 only: it tests the emulator, not the library. `-c revision=N` changes models and
 * configuration; `-c broken=true` gives a configuration that SageMaker refuses,
 * `-c configName=X` names it.
 */
const app = new App();
const revision = String(app.node.tryGetContext('revision') ?? '1');
const broken = app.node.tryGetContext('broken') === 'true';
const stack = new Stack(app, 'Smoke', { tags: { project: 'smoke' } });

const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
const models = ['Gpu', 'Inf2'].map((id) => new sagemaker.CfnModel(stack, id, {
  executionRoleArn: role.roleArn,
  primaryContainer: { image: `763104351884.dkr.ecr.us-east-1.amazonaws.com/${id.toLowerCase()}:1`, environment: { REVISION: revision } },
}));

const config = new sagemaker.CfnEndpointConfig(stack, 'Config', {
  endpointConfigName: app.node.tryGetContext('configName') as string | undefined,
  productionVariants: [
    { variantName: 'gpu', modelName: models[0].attrModelName, instanceType: 'ml.g5.xlarge', initialInstanceCount: 1, initialVariantWeight: 1 },
    {
      variantName: 'inf2',
      modelName: models[1].attrModelName,
      instanceType: 'ml.inf2.xlarge',
      initialInstanceCount: 1,
      initialVariantWeight: 0,
      inferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-2',
      volumeSizeInGb: 64,
    },
    ...broken ? [{ variantName: 'gpu', modelName: models[0].attrModelName, instanceType: 'ml.g5.xlarge', initialInstanceCount: 1, initialVariantWeight: 1 }] : [],
  ],
});

const endpoint = new sagemaker.CfnEndpoint(stack, 'Endpoint', {
  endpointConfigName: config.attrEndpointConfigName,
  retainAllVariantProperties: true,
  deploymentConfig: {
    blueGreenUpdatePolicy: {
      trafficRoutingConfiguration: { type: 'CANARY', canarySize: { type: 'CAPACITY_PERCENT', value: 20 }, waitIntervalInSeconds: 300 },
      terminationWaitInSeconds: 60,
      maximumExecutionTimeoutInSeconds: 3600,
    },
    autoRollbackConfiguration: { alarms: [{ alarmName: 'smoke-errors' }] },
  },
});

for (const variant of ['gpu', 'inf2']) {
  const target = new scaling.CfnScalableTarget(stack, `Target-${variant}`, {
    serviceNamespace: 'sagemaker',
    resourceId: `endpoint/${endpoint.attrEndpointName}/variant/${variant}`,
    scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    minCapacity: 1,
    maxCapacity: 4,
    scheduledActions: [{ scheduledActionName: 'morning', schedule: 'cron(0 6 ? * MON-FRI *)', scalableTargetAction: { minCapacity: 2 } }],
  });
  new scaling.CfnScalingPolicy(stack, `Policy-${variant}`, {
    policyName: `track-${variant}`,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: 900,
      predefinedMetricSpecification: { predefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
    },
  });
}

const machineRole = new iam.Role(stack, 'MachineRole', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com') });
const machine = new sfn.CfnStateMachine(stack, 'Shift', {
  roleArn: machineRole.roleArn,
  definitionString: stack.toJsonString({
    StartAt: 'Shift',
    States: {
      Shift: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:sagemaker:updateEndpointWeightsAndCapacities',
        Parameters: { 'EndpointName': endpoint.attrEndpointName, 'DesiredWeightsAndCapacities.$': '$.weights' },
        ResultPath: '$.shifted',
        Next: 'Look',
      },
      Look: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:sagemaker:describeEndpoint',
        Parameters: { EndpointName: endpoint.attrEndpointName },
        End: true,
      },
    },
  }),
});

const compile = new sfn.CfnStateMachine(stack, 'Compile', {
  roleArn: machineRole.roleArn,
  definitionString: stack.toJsonString({
    StartAt: 'Create',
    // Scaled with the waits: see SFN_WAIT_SCALE in the README.
    TimeoutSeconds: 3600,
    States: {
      'Create': {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:sagemaker:createProcessingJob',
        InputPath: '$.request',
        ResultPath: null,
        Catch: [{ ErrorEquals: ['SageMaker.ResourceInUseException'], ResultPath: '$.taken', Next: 'Pause' }],
        Next: 'Pause',
      },
      'Pause': { Type: 'Wait', Seconds: 1, Next: 'Look at job' },
      'Look at job': {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:sagemaker:describeProcessingJob',
        Parameters: { 'ProcessingJobName.$': '$.request.ProcessingJobName' },
        ResultPath: '$.job',
        Next: 'Done?',
      },
      'Done?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.job.ProcessingJobStatus', StringEquals: 'Completed', Next: 'List' },
          { Variable: '$.job.ProcessingJobStatus', StringEquals: 'Failed', Next: 'Failed' },
        ],
        Default: 'Pause',
      },
      'Failed': { Type: 'Fail', Error: 'JobFailed', CausePath: '$.job.FailureReason' },
      'List': {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:s3:listObjectsV2',
        Parameters: { 'Bucket.$': '$.bucket', 'Prefix': 'out/' },
        ResultPath: '$.found',
        Next: 'Mark',
      },
      'Mark': {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:s3:putObject',
        Parameters: { 'Bucket.$': '$.bucket', 'Key': 'complete.json', 'Body': { 'objects.$': '$.found.KeyCount', 'of.$': "States.Hash($.request.ProcessingJobName, 'MD5')" } },
        ResultPath: null,
        End: true,
      },
    },
  }),
});

for (const [id, value] of Object.entries({
  EndpointRef: endpoint.ref,
  EndpointName: endpoint.attrEndpointName,
  ConfigRef: config.ref,
  ConfigName: config.attrEndpointConfigName,
  ModelRef: models[0].ref,
  MachineArn: machine.ref,
  CompileArn: compile.ref,
})) new CfnOutput(stack, id, { value });
