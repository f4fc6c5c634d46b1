import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App, CfnOutput, Stack, aws_cloudwatch as cloudwatch, aws_ec2 as ec2, aws_events as events, aws_iam as iam, aws_lambda as lambda, aws_sagemaker as sagemaker, aws_scheduler as scheduler,
  aws_sqs as sqs, aws_ssm as ssm, aws_stepfunctions as sfn,
} from 'aws-cdk-lib';

/**
 * What training on a schedule is made of, as small as it can be: a schedule that starts a machine, whose function starts a job, waits for it and registers its model; a group of the
 * model registry; a security group that talks to itself; a queue, a parameter, an alarm, a rule. L1 only: it tests the emulator, not the library.
 */
const app = new App();
const stack = new Stack(app, 'Training');
const role = (id: string, service: string) => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal(service) }).roleArn;

const group = new sagemaker.CfnModelPackageGroup(stack, 'Group', { modelPackageGroupName: 'Smoke-Group', modelPackageGroupDescription: 'what the job makes', tags: [{ key: 'of', value: 'smoke' }] });
const queue = new sqs.CfnQueue(stack, 'Dead', { messageRetentionPeriod: 1_209_600 });
const parameter = new ssm.CfnParameter(stack, 'Latest', { type: 'String', value: 'none' });

const vpc = new ec2.CfnVPC(stack, 'Vpc', { cidrBlock: '10.0.0.0/16' });
const subnet = new ec2.CfnSubnet(stack, 'Subnet', { vpcId: vpc.ref, cidrBlock: '10.0.0.0/24' });
const nodes = new ec2.CfnSecurityGroup(stack, 'Nodes', { groupDescription: 'nodes of a job', vpcId: vpc.ref });
new ec2.CfnSecurityGroupIngress(stack, 'In', { groupId: nodes.attrGroupId, ipProtocol: '-1', sourceSecurityGroupId: nodes.attrGroupId });
new ec2.CfnSecurityGroupEgress(stack, 'Out', { groupId: nodes.attrGroupId, ipProtocol: '-1', destinationSecurityGroupId: nodes.attrGroupId });

const func = new lambda.CfnFunction(stack, 'Act', {
  runtime: 'nodejs22.x',
  handler: 'index.handler',
  timeout: 30,
  role: role('ActRole', 'lambda.amazonaws.com'),
  code: { zipFile: readFileSync(join(__dirname, 'train.js'), 'utf8') },
});

const act = (action: string, rest: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: {
    FunctionName: func.attrArn,
    Payload: {
      action,
      'group': group.modelPackageGroupName,
      'role': role(`${action}Role`, 'sagemaker.amazonaws.com'),
      'subnet': subnet.ref,
      'securityGroup': nodes.attrGroupId,
      'machine.$': '$$.StateMachine.Id',
      'machineName.$': '$$.StateMachine.Name',
      'name.$': '$$.Execution.Name',
      'redrives.$': '$$.Execution.RedriveCount',
      'input.$': '$',
    },
  },
  ResultPath: `$.${action}`,
  ...rest,
});
const machine = new sfn.CfnStateMachine(stack, 'Machine', {
  roleArn: role('StatesRole', 'states.amazonaws.com'),
  definitionString: stack.toJsonString({
    StartAt: 'Start',
    TimeoutSeconds: 3600,
    States: {
      'Start': act('start', { Next: 'Wait' }),
      'Wait': { Type: 'Wait', Seconds: 1, Next: 'Look' },
      'Look': act('look', { Next: 'Over?' }),
      'Over?': { Type: 'Choice', Choices: [{ Variable: '$.look.Payload.status', StringEquals: 'Completed', Next: 'Register' }, { Variable: '$.look.Payload.status', StringEquals: 'InProgress', Next: 'Wait' }], Default: 'Failed' },
      'Failed': { Type: 'Fail', Error: 'JobFailed' },
      'Register': act('register', { Next: 'Note' }),
      'Note': { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:ssm:putParameter', Parameters: { 'Name': parameter.ref, 'Value.$': '$.register.Payload.arn', 'Type': 'String', 'Overwrite': true }, ResultPath: null, End: true },
    },
  }),
});

const schedules = new scheduler.CfnScheduleGroup(stack, 'Schedules', { name: 'smoke' });
new scheduler.CfnSchedule(stack, 'Now', {
  groupName: schedules.ref,
  flexibleTimeWindow: { mode: 'OFF' },
  // Long over: it is due at once, and once.
  scheduleExpression: 'at(2020-01-01T00:00:00)',
  target: {
    arn: machine.ref,
    roleArn: role('SchedulerRole', 'scheduler.amazonaws.com'),
    input: '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}',
    deadLetterConfig: { arn: queue.attrArn },
  },
});

const alarm = new cloudwatch.CfnAlarm(stack, 'Failures', {
  namespace: 'AWS/States',
  metricName: 'ExecutionsFailed',
  statistic: 'Sum',
  period: 300,
  threshold: 1,
  evaluationPeriods: 1,
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
  treatMissingData: 'notBreaching',
  dimensions: [{ name: 'StateMachineArn', value: machine.ref }],
});
const told = new sfn.CfnStateMachine(stack, 'Told', { roleArn: role('ToldRole', 'states.amazonaws.com'), definitionString: JSON.stringify({ StartAt: 'Keep', States: { Keep: { Type: 'Pass', End: true } } }) });
new events.CfnRule(stack, 'OnEnd', {
  eventPattern: { 'source': ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'], 'detail': { stateMachineArn: [machine.ref], status: ['SUCCEEDED', 'FAILED'] } },
  targets: [{ id: 'Machine', arn: told.ref, roleArn: role('EventsRole', 'events.amazonaws.com') }],
});

const outputs = { Group: group.ref, GroupArn: group.attrModelPackageGroupArn, Machine: machine.ref, Told: told.ref, Latest: parameter.ref, Alarm: alarm.ref, Queue: queue.attrArn, Nodes: nodes.attrGroupId };
for (const [id, value] of Object.entries(outputs)) new CfnOutput(stack, `Out${id}`, { value });
