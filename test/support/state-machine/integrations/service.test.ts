import { awsServices } from './service';
import { callsOf } from '../../iam';
import { tableOf } from '../../standin/dynamodb';
import { GPU, INF2, IMAGE, ROLE } from '../../standin/fixture';
import { SAGEMAKER } from '../../standin/sagemaker';
import { StandIn } from '../../standin/stand-in';
import type { Result } from '../execution';
import { TestStateMachine } from '../machine';
import { Scheduler } from '../scheduler';

const scheduler = new Scheduler();
const standIn = new StandIn({ clock: scheduler.clock });
let runs = 0;
let machine: TestStateMachine;

async function run(resource: string, Parameters: object, input: object = {}): Promise<Result> {
  const Resource = `arn:aws:states:::${resource}`;
  machine = new TestStateMachine({ definition: { StartAt: 'Only', States: { Only: { Type: 'Task', Resource, Parameters, End: true } } }, integrations: awsServices(standIn), role: 'Role', scheduler, name: `M${++runs}` });
  return machine.run(input);
}

beforeEach(() => {
  standIn.reset();
  standIn.state().tables.set('locks', tableOf('locks', 'pk', 'sk'));
});

const KEY = { pk: { S: 'web' }, sk: { S: 'LOCK' } };
const FENCE = { TableName: 'locks', Key: KEY, UpdateExpression: 'ADD epoch :one', ExpressionAttributeValues: { ':one': { N: '1' } }, ReturnValues: 'ALL_NEW' };

function endpoint(): void {
  standIn.call(SAGEMAKER, 'CreateModel', { ModelName: 'gpu-model', ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } });
  standIn.call(SAGEMAKER, 'CreateModel', { ModelName: 'inf2-model', ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } });
  standIn.call(SAGEMAKER, 'CreateEndpointConfig', { EndpointConfigName: 'c', ProductionVariants: [GPU, INF2] });
  standIn.call(SAGEMAKER, 'CreateEndpoint', { EndpointName: 'web', EndpointConfigName: 'c' });
  standIn.advance(3600);
}

describe('what a watchdog without functions does', () => {
  test('raises the epoch and reads it', async () => {
    expect((await run('aws-sdk:dynamodb:updateItem', FENCE)).output).toEqual({ Attributes: { ...KEY, epoch: { N: '1' } } });
    expect((await run('aws-sdk:dynamodb:getItem', { TableName: 'locks', Key: KEY, ConsistentRead: true })).output).toEqual({ Item: { ...KEY, epoch: { N: '1' } } });
    expect((await run('aws-sdk:dynamodb:getItem', { TableName: 'locks', Key: { ...KEY, sk: { S: 'none' } } })).output).toEqual({});
    expect(machine.calls).toEqual([{ principal: 'Role', action: 'dynamodb:GetItem', resource: ['arn:aws:dynamodb:us-east-1:123456789012:table/locks'], context: { 'dynamodb:LeadingKeys': ['web'], 'dynamodb:Attributes': ['pk', 'sk'], 'dynamodb:Select': 'ALL_ATTRIBUTES' } }]);
  });

  test('sets the switch', async () => {
    expect((await run('aws-sdk:ssm:putParameter', { Name: '/switch', Value: 'gpu', Type: 'String', Overwrite: true })).output).toEqual({ Version: 1, Tier: 'Standard' });
    expect((await run('aws-sdk:ssm:getParameter', { Name: '/switch' })).output).toMatchObject({ Parameter: { Value: 'gpu', LastModifiedDate: expect.stringMatching(/^2026-01-01T.*Z$/) } });
  });

  test('moves weights, raises the floor, and sees what became of it', async () => {
    endpoint();
    const target = { ServiceNamespace: 'sagemaker', ResourceId: 'endpoint/web/variant/gpu', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' };
    const suspended = { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };
    expect((await run('aws-sdk:applicationautoscaling:registerScalableTarget', { ...target, MinCapacity: 2, MaxCapacity: 4, SuspendedState: suspended })).output).toEqual({ ScalableTargetARN: expect.stringMatching(/:scalable-target\//) });
    expect(machine.calls[0].context).toEqual({ 'application-autoscaling:service-namespace': 'sagemaker', 'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount' });
    expect((await run('aws-sdk:applicationautoscaling:describeScalableTargets', { ServiceNamespace: 'sagemaker', ResourceIds: [target.ResourceId] })).output).toMatchObject({ ScalableTargets: [{ MinCapacity: 2, SuspendedState: suspended }] });
    await run('aws-sdk:sagemaker:updateEndpointWeightsAndCapacities', { EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: 0.5 }, { VariantName: 'inf2', DesiredWeight: 0.5 }] });
    expect((await run('aws-sdk:sagemaker:updateEndpointWeightsAndCapacities', { EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: 1 }] })).error).toBe('SageMaker.SageMakerException');
    standIn.advance(60);
    expect((await run('aws-sdk:sagemaker:describeEndpoint', { EndpointName: 'web' })).output).toMatchObject({ EndpointStatus: 'InService', ProductionVariants: [{ CurrentWeight: 0.5 }, { CurrentWeight: 0.5 }] });
  });

  test('a variant is found by its name with a filter', async () => {
    endpoint();
    const States = {
      Describe: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sagemaker:describeEndpoint', Parameters: { EndpointName: 'web' }, ResultSelector: { 'weight.$': "$.ProductionVariants[?(@.VariantName == 'inf2')].CurrentWeight", 'count.$': "$.ProductionVariants[?(@.VariantName=='gpu')].CurrentInstanceCount" }, End: true },
    };
    const one = new TestStateMachine({ definition: { StartAt: 'Describe', States }, integrations: awsServices(standIn), role: 'Role', scheduler, name: `M${++runs}` });
    // A filter gives a list, also of one.
    expect((await one.run()).output).toEqual({ weight: [0], count: [1] });
  });

  test('tells', async () => {
    expect((await run('sns:publish', { TopicArn: 'arn:aws:sns:us-east-1:123456789012:T', Message: 'fallback' })).output).toEqual({ MessageId: expect.any(String) });
    expect(standIn.state().notifications).toMatchObject([{ message: 'fallback' }]);
    const { output } = await run('events:putEvents', { Entries: [{ Source: 'migrations', DetailType: 'Fallback', Detail: { endpoint: 'web' }, Resources: ['arn:x'] }] });
    expect(output).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(standIn.bus.events.at(-1)).toMatchObject({ detail: { endpoint: 'web' }, resources: ['arn:x', machine.arn, machine.executions[0].arn] });
  });

  test('reads alarms and metrics; times are text', async () => {
    expect((await run('aws-sdk:cloudwatch:describeAlarms', { AlarmNames: ['none'] })).output).toEqual({ MetricAlarms: [], CompositeAlarms: [] });
    const Dimensions = [{ Name: 'EndpointName', Value: 'web' }, { Name: 'VariantName', Value: 'gpu' }];
    endpoint();
    standIn.setTraffic('web', { requestsPerMinute: 600 });
    const StartTime = new Date(standIn.clock.now()).toISOString();
    standIn.advance(300);
    const { output } = await run('aws-sdk:cloudwatch:getMetricData', {
      StartTime, EndTime: new Date(standIn.clock.now()).toISOString(), MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: { Namespace: 'AWS/SageMaker', MetricName: 'Invocations', Dimensions }, Period: 60, Stat: 'Sum' } }], ScanBy: 'TimestampAscending',
    });
    expect((output as any).MetricDataResults[0].Timestamps[0]).toBe(StartTime);
  });

  test('asks for executions: members in upper case', async () => {
    const waiting = new TestStateMachine({ definition: { StartAt: 'W', States: { W: { Type: 'Succeed' } } }, integrations: {}, role: 'R', scheduler, name: 'Waiting' });
    standIn.machines.set(waiting.arn, waiting);
    await waiting.run({ a: 1 }, 'one');
    expect((await run('aws-sdk:sfn:describeExecution', { ExecutionArn: waiting.executions[0].arn })).output).toMatchObject({ Status: 'SUCCEEDED', Input: '{"a":1}', StateMachineArn: waiting.arn, StartDate: expect.stringMatching(/Z$/) });
    expect((await run('aws-sdk:sfn:stopExecution', { ExecutionArn: 'arn:none' })).error).toBe('Sfn.ExecutionDoesNotExistException');
  });

  test('calls a model', async () => {
    endpoint();
    expect((await run('aws-sdk:sagemakerruntime:invokeEndpoint', { EndpointName: 'web', Body: '{}', TargetVariant: 'inf2' })).output).toEqual({ Body: '{}', ContentType: 'application/json', InvokedProductionVariant: 'inf2' });
  });
});

describe('names of errors', () => {
  const refused = { ...FENCE, ConditionExpression: 'attribute_exists(pk)' };

  test.each<[string, object, string, RegExp]>([
    ['aws-sdk:dynamodb:updateItem', refused, 'DynamoDb.ConditionalCheckFailedException', /^The conditional request failed \(Service: DynamoDb, Status Code: 400, Request ID: [0-9a-f-]{36}\)$/],
    ['dynamodb:updateItem', refused, 'DynamoDB.ConditionalCheckFailedException', /^The conditional request failed /],
    ['aws-sdk:dynamodb:updateItem', { ...FENCE, UpdateExpression: 'ADD' }, 'DynamoDb.DynamoDbException', /^Invalid UpdateExpression: /],
    ['aws-sdk:ssm:getParameter', { Name: 'none' }, 'Ssm.ParameterNotFoundException', / /],
    ['aws-sdk:sagemakerruntime:invokeEndpoint', { EndpointName: 'none', Body: '' }, 'SageMakerRuntime.ValidationErrorException', /^Endpoint none of account/],
    ['events:putEvents', { Entries: [{ Source: 'aws.x', DetailType: 'd', Detail: {} }] }, 'EventBridge.FailedEntry', /^{"FailedEntryCount":1,"Entries":\[{"ErrorCode":"NotAuthorizedForSourceException"/],
    ['aws-sdk:applicationautoscaling:deregisterScalableTarget', { ServiceNamespace: 'sagemaker', ResourceId: 'endpoint/x/variant/y', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' }, 'ApplicationAutoScaling.ObjectNotFoundException', /^No scalable target found/],
  ])('%s %j: %s', async (resource, parameters, error, cause) => {
    const result = await run(resource, parameters);
    expect([result.status, result.error]).toEqual(['FAILED', error]);
    expect(result.cause).toMatch(cause);
  });

  test('a call that failed was made', async () => {
    await run('aws-sdk:ssm:getParameter', { Name: 'none' });
    expect(machine.calls).toEqual(callsOf('Role', standIn.control.calls));
    expect(machine.calls).toMatchObject([{ action: 'ssm:GetParameter' }]);
  });

  test('an operation that is not there is a mistake', async () => {
    await expect(run('aws-sdk:ssm:deleteParameter', {})).rejects.toThrow('ssm: the stand-in has no operation DeleteParameter');
  });
});
