import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ACCOUNT, allowed, bucketOf, filled, idOf, newStack, ofType, templateOf, trained } from './support';
import { TrainingInput, TrainingTrigger, type TrainingTriggerOptions } from '../../src';

const NEW_DATA: events.EventPattern = { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: ['data'] } } };

function triggered(options: Partial<TrainingTriggerOptions> | ((stack: Stack) => Partial<TrainingTriggerOptions>) = {}, props: Parameters<typeof trained>[0] = {}): { stack: Stack; trigger: TrainingTrigger } {
  const { stack, training } = trained(props);
  return { stack, trigger: training.addTrigger('Data', { eventPattern: NEW_DATA, ...typeof options === 'function' ? options(stack) : options }) };
}

const queueArn = (stack: Stack) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${idOf(stack, 'AWS::SQS::Queue', 'NotStarted')}`;
const ruleOf = (stack: Stack) => filled(stack, ofType(stack, 'AWS::Events::Rule').filter(([id]) => id.includes('Data'))[0][1].Properties);

test('by default: the id of the event names the run', () => {
  const { stack, trigger } = triggered();
  expect(ruleOf(stack)).toEqual({
    Description: 'Starts a training',
    EventPattern: { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: ['data'] } } },
    State: 'ENABLED',
    Targets: [{
      Id: 'Target0',
      Arn: filled(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') }),
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${idOf(stack, 'AWS::IAM::Role', 'Data')}`,
      InputTransformer: { InputPathsMap: { id: '$.id' }, InputTemplate: `{"runId":"${trigger.node.addr.slice(-8)}/<id>"}` },
      DeadLetterConfig: { Arn: queueArn(stack) },
    }],
  });
  expect(stack.resolve(trigger.rule.ruleArn)).toEqual({ 'Fn::GetAtt': [expect.stringContaining('Data'), 'Arn'] });
});

test('its role starts one state machine, for this account', () => {
  const { stack } = triggered();
  expect(allowed(stack, 'Data')).toEqual([{ Effect: 'Allow', Action: 'states:StartExecution', Resource: filled(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') }) }]);
  expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::IAM::Role', 'Data')].Properties!.AssumeRolePolicyDocument.Statement)).toEqual([
    { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } },
  ]);
});

test('with parameters, some of them of the event', () => {
  const { stack, trigger } = triggered({ parameters: { hyperParameters: { epochs: 3, key: events.EventField.fromPath('$.detail.object.key') }, inputs: { train: `s3://data/${events.EventField.fromPath('$.detail.folder')}/` } } }, (scope) => ({ inputs: { train: TrainingInput.s3(bucketOf(scope, 'data'), '') } }));
  const { InputPathsMap, InputTemplate } = ruleOf(stack).Targets[0].InputTransformer;
  expect(InputPathsMap).toEqual({ 'id': '$.id', 'detail-object-key': '$.detail.object.key', 'detail-folder': '$.detail.folder' });
  expect(InputTemplate).toBe('{"hyperParameters":{"epochs":3,"key":<detail-object-key>},"inputs":{"train":"s3://data/<detail-folder>/"},"runId":"' + trigger.node.addr.slice(-8) + '/<id>"}');
});

test('its queue is encrypted, keeps 14 days, and takes TLS, and events of its rule', () => {
  const { stack, trigger } = triggered();
  const id = idOf(stack, 'AWS::SQS::Queue', 'NotStarted');
  expect(templateOf(stack).Resources[id].Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
  expect(stack.resolve(trigger.deadLetterQueue.queueArn)).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
  const policies = ofType(stack, 'AWS::SQS::QueuePolicy').filter(([one]) => one.includes('Data'));
  const rule = `arn:aws:events:us-east-1:${ACCOUNT}:rule/${idOf(stack, 'AWS::Events::Rule', 'Data')}`;
  expect(filled<any[]>(stack, policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)).map(({ Sid: _, ...one }) => one)).toEqual([
    { Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny', Principal: { AWS: '*' }, Resource: queueArn(stack) },
    { Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': rule } }, Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Resource: queueArn(stack) },
  ]);
});

test('two triggers of one event make two runs', () => {
  const { stack, training } = trained();
  for (const id of ['One', 'Two']) training.addTrigger(id, { eventPattern: NEW_DATA });
  const templates = ofType(stack, 'AWS::Events::Rule').flatMap(([, { Properties }]) => Properties.Targets[0].InputTransformer?.InputTemplate ?? []);
  expect(templates).toEqual([expect.stringMatching(/^\{"runId":"[0-9a-f]{8}\/<id>"\}$/), expect.stringMatching(/^\{"runId":"[0-9a-f]{8}\/<id>"\}$/)]);
  expect(templates[0]).not.toBe(templates[1]);
});

test('on a bus of the user', () => {
  expect(ruleOf(triggered((stack) => ({ eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'mine') })).stack).EventBusName).toBe('mine');
  expect(ruleOf(triggered().stack).EventBusName).toBeUndefined();
});

test('of a state machine from elsewhere', () => {
  const stack = newStack();
  const stateMachine = sfn.StateMachine.fromStateMachineArn(stack, 'Machine', `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:mine`);
  new TrainingTrigger(stack, 'Data', { stateMachine, eventPattern: NEW_DATA });
  expect(ruleOf(stack).Targets[0].Arn).toBe(`arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:mine`);
});
