import { CfnOutput, Stack } from 'aws-cdk-lib';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** A command to paste into a shell: starts an execution, with an empty input. */
export function startOutput(scope: Construct, id: string, description: string, { stateMachineArn }: sfn.IStateMachine): void {
  new CfnOutput(scope, id, { description, value: `aws stepfunctions start-execution --region ${Stack.of(scope).region} --state-machine-arn ${stateMachineArn}` });
}

/** Name of the kill switch, for the configuration of clients. */
export function killSwitchOutput(scope: Construct, { parameterName }: ssm.IStringParameter): void {
  new CfnOutput(scope, 'KillSwitch', { description: 'Parameter that clients ask', value: parameterName });
}
