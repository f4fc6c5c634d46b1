import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ACCOUNT, allowed, bucketOf, filled, idOf, newStack, ofType, templateOf, trained } from './support';
import { TrainingInput, TrainingSchedule, type TrainingJobProps, type TrainingScheduleOptions } from '../../src';
import { parseRunInput } from '../../src/training/core/run-input';

const SEND = 'sqs:SendMessage';
const RATE = scheduler.ScheduleExpression.rate(Duration.days(7));

const TEXTS = (stack: Stack): Partial<TrainingJobProps> => ({ inputs: { train: TrainingInput.s3(bucketOf(stack, 'data'), 'train/') } });

function scheduled(options: Partial<TrainingScheduleOptions> | ((stack: Stack) => Partial<TrainingScheduleOptions>) = {}, props: Parameters<typeof trained>[0] = {}): { stack: Stack; schedule: TrainingSchedule } {
  const { stack, training } = trained(props);
  return { stack, schedule: training.addSchedule('Weekly', { schedule: RATE, ...typeof options === 'function' ? options(stack) : options }) };
}

/** The schedule names runs by itself too: two of them at one time are two runs. */
const RUN_ID = /^[0-9a-f]{8}\/<aws\.scheduler\.scheduled-time>$/;
const notStarted = (stack: Stack) => idOf(stack, 'AWS::SQS::Queue', 'NotStarted');
const scheduleOf = (stack: Stack) => filled(stack, ofType(stack, 'AWS::Scheduler::Schedule')[0][1].Properties);

test('by default', () => {
  const { stack, schedule } = scheduled();
  const machine = filled(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') });
  expect(scheduleOf(stack)).toEqual({
    Description: 'Starts Stack/Train',
    ScheduleExpression: 'rate(7 days)',
    ScheduleExpressionTimezone: 'Etc/UTC',
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: machine,
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${idOf(stack, 'AWS::IAM::Role', 'Weekly')}`,
      Input: `{"runId":"${schedule.node.addr.slice(-8)}/<aws.scheduler.scheduled-time>"}`,
      DeadLetterConfig: { Arn: filled(stack, { 'Fn::GetAtt': [notStarted(stack), 'Arn'] }) },
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 30 },
    },
  });
});

test('its role starts one state machine and sends to one queue, for this account', () => {
  const { stack } = scheduled();
  expect(allowed(stack, 'Weekly')).toEqual([
    { Effect: 'Allow', Action: 'states:StartExecution', Resource: filled(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') }) },
    { Effect: 'Allow', Action: SEND, Resource: filled(stack, { 'Fn::GetAtt': [notStarted(stack), 'Arn'] }) },
  ]);
  expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::IAM::Role', 'Weekly')].Properties!.AssumeRolePolicyDocument.Statement)).toEqual([
    { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'scheduler.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } },
  ]);
});

test('its queue is encrypted, keeps 14 days, and takes TLS alone', () => {
  const { stack, schedule } = scheduled();
  const queues = ofType(stack, 'AWS::SQS::Queue').filter(([id]) => id.includes('Weekly'));
  expect(queues.map(([, { Properties }]) => Properties)).toEqual([{ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true }]);
  expect(JSON.stringify(ofType(stack, 'AWS::SQS::QueuePolicy').filter(([id]) => id.includes('Weekly')))).toContain('"aws:SecureTransport":"false"');
  expect(stack.resolve(schedule.deadLetterQueue.queueArn)).toEqual({ 'Fn::GetAtt': [notStarted(stack), 'Arn'] });
});

test('a queue of the user', () => {
  const { stack } = scheduled((scope) => ({ deadLetterQueue: sqs.Queue.fromQueueArn(scope, 'Mine', `arn:aws:sqs:us-east-1:${ACCOUNT}:mine`) }));
  expect(ofType(stack, 'AWS::SQS::Queue').filter(([id]) => id.includes('Weekly'))).toEqual([]);
  expect(scheduleOf(stack).Target.DeadLetterConfig).toEqual({ Arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:mine` });
  expect(allowed(stack, 'Weekly').at(-1)).toEqual({ Effect: 'Allow', Action: SEND, Resource: `arn:aws:sqs:us-east-1:${ACCOUNT}:mine` });
});

test('a queue of the user with a key: the right to use the key too', () => {
  const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;
  const { stack } = scheduled((scope) => ({ deadLetterQueue: new sqs.Queue(scope, 'Mine', { encryptionMasterKey: kms.Key.fromKeyArn(scope, 'Key', KEY) }) }));
  expect(allowed(stack, 'Weekly').slice(1)).toEqual([
    { Effect: 'Allow', Action: SEND, Resource: filled(stack, { 'Fn::GetAtt': [idOf(stack, 'AWS::SQS::Queue', 'Mine'), 'Arn'] }) },
    { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: KEY },
  ]);
});

test('with a time zone, a window and parameters, off', () => {
  const { stack } = scheduled({
    schedule: scheduler.ScheduleExpression.cron({ weekDay: 'SUN', hour: '3', minute: '0', timeZone: TimeZone.EUROPE_BERLIN }),
    flexibleWindow: Duration.hours(24),
    enabled: false,
    parameters: { hyperParameters: { epochs: 3, lr: 1e-5 }, environment: { A: 'x' }, inputs: { train: 's3://data/train/2026/' } },
  }, TEXTS);
  expect(scheduleOf(stack)).toMatchObject({ ScheduleExpression: 'cron(0 3 ? * SUN *)', ScheduleExpressionTimezone: 'Europe/Berlin', State: 'DISABLED', FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1440 } });
  const input = JSON.parse(scheduleOf(stack).Target.Input);
  expect(input).toEqual({ hyperParameters: { epochs: 3, lr: 1e-5 }, environment: { A: 'x' }, inputs: { train: 's3://data/train/2026/' }, runId: expect.stringMatching(RUN_ID) });
  // What is started with it takes it.
  expect(parseRunInput({ inputs: { train: 's3://data/train/' } }, { ...input, runId: input.runId.replace(/<.*>/, '2026-11-22T03:00:00Z') })).toHaveProperty('input');
});

test('a window of a minute', () => {
  expect(scheduleOf(scheduled({ flexibleWindow: Duration.minutes(1) }).stack).FlexibleTimeWindow).toEqual({ Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1 });
});

test('parameters that are known at deploy time', () => {
  const { stack } = scheduled((scope) => ({ parameters: { inputs: { train: `s3://${new kms.Key(scope, 'Key').keyId}/x/` } } }), TEXTS);
  expect(JSON.parse(scheduleOf(stack).Target.Input).inputs.train).toMatch(/^s3:\/\/Key[0-9A-F]+\/x\/$/);
});

test('several schedules of one training, and one of a state machine from elsewhere', () => {
  const { stack, training } = trained();
  for (const id of ['One', 'Two']) training.addSchedule(id, { schedule: RATE });
  const other = newStack();
  new TrainingSchedule(other, 'Weekly', { schedule: RATE, stateMachine: sfn.StateMachine.fromStateMachineArn(other, 'Machine', `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:mine`) });
  const runIds = ofType(stack, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => JSON.parse(filled(stack, Properties.Target.Input)).runId);
  expect(runIds).toEqual([expect.stringMatching(RUN_ID), expect.stringMatching(RUN_ID)]);
  expect(runIds[0]).not.toBe(runIds[1]);
  expect([ofType(stack, 'AWS::Scheduler::Schedule').length, ofType(other, 'AWS::Scheduler::Schedule').length]).toEqual([2, 1]);
  expect(scheduleOf(other).Target.Arn).toBe(`arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:mine`);
});
