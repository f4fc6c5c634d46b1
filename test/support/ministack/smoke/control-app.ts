import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App, CfnOutput, Stack, aws_cloudwatch as cloudwatch, aws_dynamodb as dynamodb, aws_events as events, aws_iam as iam, aws_lambda as lambda, aws_sagemaker as sagemaker, aws_ssm as ssm,
  aws_stepfunctions as sfn,
} from 'aws-cdk-lib';

/**
 * What a controller of an endpoint is made of, as small as it can be: a machine that runs another one, whose task is a function that reads metrics and alarms; an alarm
 * on counts; a rule from the alarm to a machine without functions; a rule on executions that fail. L1 only: it tests the emulator, not the library.
 */
const app = new App();
const stack = new Stack(app, 'Control');
const role = (id: string, service: string) => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal(service) }).roleArn;

const model = new sagemaker.CfnModel(stack, 'Model', { executionRoleArn: role('ModelRole', 'sagemaker.amazonaws.com'), primaryContainer: { image: '763104351884.dkr.ecr.us-east-1.amazonaws.com/gpu:1' } });
const variant = (variantName: string, instanceType: string, initialVariantWeight: number) => ({ variantName, instanceType, initialVariantWeight, modelName: model.attrModelName, initialInstanceCount: 1 });
const config = new sagemaker.CfnEndpointConfig(stack, 'Config', { productionVariants: [variant('gpu', 'ml.g5.xlarge', 1), variant('inf2', 'ml.inf2.xlarge', 1)] });
const endpoint = new sagemaker.CfnEndpoint(stack, 'Endpoint', { endpointConfigName: config.attrEndpointConfigName });
const endpointName = endpoint.attrEndpointName;

const table = new dynamodb.CfnTable(stack, 'Locks', {
  billingMode: 'PAY_PER_REQUEST',
  keySchema: [{ attributeName: 'endpoint', keyType: 'HASH' }, { attributeName: 'record', keyType: 'RANGE' }],
  attributeDefinitions: [{ attributeName: 'endpoint', attributeType: 'S' }, { attributeName: 'record', attributeType: 'S' }],
  timeToLiveSpecification: { attributeName: 'expires', enabled: true },
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
});
const killSwitch = new ssm.CfnParameter(stack, 'Switch', { type: 'String', value: 'none' });

const func = new lambda.CfnFunction(stack, 'Look', {
  runtime: 'nodejs22.x',
  handler: 'index.handler',
  timeout: 30,
  role: role('LookRole', 'lambda.amazonaws.com'),
  code: { zipFile: readFileSync(join(__dirname, 'look.js'), 'utf8') },
});

const metric = (id: string, metricName: string) => ({
  id, returnData: false, metricStat: { period: 60, stat: 'Sum', metric: { namespace: 'AWS/SageMaker', metricName, dimensions: [{ name: 'EndpointName', value: endpointName }, { name: 'VariantName', value: 'inf2' }] } },
});
const alarm = new cloudwatch.CfnAlarm(stack, 'Broken', {
  metrics: [metric('inv', 'Invocations'), metric('err', 'Invocation5XXErrors'), { id: 'bad', expression: 'IF(inv >= 20 AND err/inv > 0.05, 1, 0)' }],
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  evaluationPeriods: 2,
  datapointsToAlarm: 2,
  treatMissingData: 'notBreaching',
});

const statesRole = role('StatesRole', 'states.amazonaws.com');
const machine = (id: string, definition: object) => new sfn.CfnStateMachine(stack, id, { roleArn: statesRole, definitionString: stack.toJsonString(definition) });
const task = (Resource: string, Parameters: object, rest: object) => ({ Type: 'Task', Resource: `arn:aws:states:::${Resource}`, Parameters, ResultPath: null, ...rest });

const step = machine('Step', {
  StartAt: 'Look',
  TimeoutSeconds: 3600,
  States: {
    'Look': task('lambda:invoke', { FunctionName: func.attrArn, Payload: { endpointName, 'alarmName': alarm.ref, 'now.$': '$$.State.EnteredTime', 'more.$': '$' } }, { ResultPath: '$.seen', Next: 'Enough?' }),
    'Enough?': { Type: 'Choice', Choices: [{ Variable: '$.seen.Payload.minutes', NumericGreaterThanEqualsPath: '$.minutes', Next: 'Fail?' }], Default: 'Wait' },
    'Wait': { Type: 'Wait', Seconds: 60, Next: 'Look' },
    'Fail?': { Type: 'Choice', Choices: [{ Variable: '$.fail', BooleanEquals: true, Next: 'Failed' }], Default: 'Done' },
    'Failed': { Type: 'Fail', Error: 'Unproven', Cause: 'as it was told' },
    'Done': { Type: 'Succeed', OutputPath: '$.seen.Payload' },
  },
});
const run = machine('Run', {
  StartAt: 'Step',
  TimeoutSeconds: 36_000,
  States: { Step: task('states:startExecution.sync:2', { 'StateMachineArn': step.ref, 'Name.$': "States.Format('{}-step', $$.Execution.Name)", 'Input.$': '$' }, { ResultPath: '$.step', OutputPath: '$.step', End: true }) },
});

/** Raises the epoch, sets the switch, moves the weights, looks until it is so, tells. */
const key = { endpoint: { S: endpointName }, record: { S: 'LOCK' } };
const watchdog = machine('Watchdog', {
  StartAt: 'Fence',
  TimeoutSeconds: 3600,
  States: {
    'Fence': task('aws-sdk:dynamodb:updateItem', { TableName: table.ref, Key: key, UpdateExpression: 'ADD epoch :one', ExpressionAttributeValues: { ':one': { N: '1' } } }, { Next: 'Once' }),
    'Once': task('aws-sdk:dynamodb:updateItem', { TableName: table.ref, Key: key, UpdateExpression: 'SET epoch = :one', ConditionExpression: 'attribute_not_exists(epoch)', ExpressionAttributeValues: { ':one': { N: '1' } } }, {
      Catch: [{ ErrorEquals: ['DynamoDb.ConditionalCheckFailedException'], ResultPath: null, Next: 'Switch' }], Next: 'Never',
    }),
    'Never': { Type: 'Fail' },
    'Switch': task('aws-sdk:ssm:putParameter', { Name: killSwitch.ref, Value: 'gpu', Type: 'String', Overwrite: true }, { Next: 'Shift' }),
    'Shift': task('aws-sdk:sagemaker:updateEndpointWeightsAndCapacities', { EndpointName: endpointName, DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: 2 }, { VariantName: 'inf2', DesiredWeight: 0 }] }, {
      Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 15, MaxAttempts: 10, BackoffRate: 1 }], Next: 'Wait',
    }),
    'Wait': { Type: 'Wait', Seconds: 20, Next: 'Look at endpoint' },
    'Look at endpoint': task('aws-sdk:sagemaker:describeEndpoint', { EndpointName: endpointName }, {
      ResultSelector: { 'status.$': '$.EndpointStatus', 'weights.$': "$.ProductionVariants[?(@.VariantName == 'inf2')].CurrentWeight" }, ResultPath: '$.endpoint', Next: 'So?',
    }),
    'So?': { Type: 'Choice', Choices: [{ And: [{ Variable: '$.endpoint.status', StringEquals: 'InService' }, { Variable: '$.endpoint.weights[0]', NumericEquals: 0 }], Next: 'Tell' }], Default: 'Wait' },
    'Tell': task('events:putEvents', { Entries: [{ Source: 'control', DetailType: 'Fallback', Detail: { 'endpoint': endpointName, 'by.$': '$.alarm' } }] }, { Next: 'Alarms' }),
    'Alarms': task('aws-sdk:cloudwatch:describeAlarms', { AlarmNames: [alarm.ref] }, { ResultSelector: { 'state.$': '$.MetricAlarms[0].StateValue' }, ResultPath: '$.alarms', End: true }),
  },
});
const recover = machine('Recover', { StartAt: 'Keep', States: { Keep: { Type: 'Pass', End: true } } });
const told = machine('Told', { StartAt: 'Keep', States: { Keep: { Type: 'Pass', End: true } } });

const eventsRole = role('EventsRole', 'events.amazonaws.com');
const rule = (id: string, eventPattern: object, target: sfn.CfnStateMachine, inputTransformer?: object) =>
  new events.CfnRule(stack, id, { eventPattern, targets: [{ id: 'Machine', arn: target.ref, roleArn: eventsRole, inputTransformer: inputTransformer as never }] });
rule('OnAlarm', { 'source': ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'], 'resources': [alarm.attrArn], 'detail': { state: { value: ['ALARM'] } } }, watchdog,
  { inputPathsMap: { name: '$.detail.alarmName' }, inputTemplate: '{"alarm":<name>}' });
rule('OnFailure', { 'source': ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'], 'detail': { stateMachineArn: [run.ref], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } }, recover);
rule('OnFallback', { 'source': ['control'], 'detail-type': ['Fallback'] }, told);

const outputs = { EndpointName: endpointName, Table: table.ref, Switch: killSwitch.ref, Alarm: alarm.ref, Run: run.ref, Step: step.ref, Watchdog: watchdog.ref, Recover: recover.ref, Told: told.ref };
for (const [id, value] of Object.entries(outputs)) new CfnOutput(stack, `Out${id}`, { value });
