import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ACCOUNT, allowed, filled, idOf, newStack, ofType, templateOf, trained } from './support';
import { TrainingTrigger, type TrainingTriggerOptions } from '../../src';

const NEW_DATA: events.EventPattern = { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: ['data'] } } };

function triggered(options: Partial<TrainingTriggerOptions> | ((stack: Stack) => Partial<TrainingTriggerOptions>) = {}): { stack: Stack; trigger: TrainingTrigger } {
  const { stack, training } = trained();
  return { stack, trigger: training.addTrigger('Data', { eventPattern: NEW_DATA, ...typeof options === 'function' ? options(stack) : options }) };
}

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
      InputTransformer: { InputPathsMap: { id: '$.id' }, InputTemplate: '{"runId":<id>}' },
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
  const { stack } = triggered({ parameters: { hyperParameters: { epochs: 3, key: events.EventField.fromPath('$.detail.object.key') }, inputs: { train: `s3://data/${events.EventField.fromPath('$.detail.folder')}/` } } });
  const { InputPathsMap, InputTemplate } = ruleOf(stack).Targets[0].InputTransformer;
  expect(InputPathsMap).toEqual({ 'id': '$.id', 'detail-object-key': '$.detail.object.key', 'detail-folder': '$.detail.folder' });
  expect(InputTemplate).toBe('{"hyperParameters":{"epochs":3,"key":<detail-object-key>},"inputs":{"train":"s3://data/<detail-folder>/"},"runId":<id>}');
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
