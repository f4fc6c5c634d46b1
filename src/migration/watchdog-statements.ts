import { Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { publishStatements, putEventsStatement, registerTargetStatement, tableKeyStatement } from './shared-statements';

export interface WatchdogStatementsProps {
  readonly endpointArn: string;
  /** As the lock has it. */
  readonly endpointName: string;
  /** Whether one of the variants is scaled. */
  readonly scaled: boolean;
  readonly killSwitchArn: string;
  readonly table?: dynamodb.ITable;
  readonly bus?: events.IEventBus;
  readonly topic?: sns.ITopic;
}

/** What the state machine of a watchdog may do. */
export function watchdogStatements(scope: Construct, props: WatchdogStatementsProps): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const { table } = props;
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'], resources: [props.endpointArn] }),
    ...props.scaled ? [registerTargetStatement(stack)] : [],
    new iam.PolicyStatement({ actions: ['ssm:PutParameter'], resources: [props.killSwitchArn] }),
    ...table === undefined ? [] : [new iam.PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [props.endpointName] } },
    })],
    ...table?.encryptionKey === undefined ? [] : [tableKeyStatement(stack, table.encryptionKey.keyArn)],
    putEventsStatement(stack, props.bus),
    ...publishStatements(stack, props.topic),
  ];
}
