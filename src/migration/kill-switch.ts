import * as iam from 'aws-cdk-lib/aws-iam';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { KILL_SWITCH_OFF } from './contract';
import type { IInferenceEndpoint } from '../endpoint';

const ID = 'KillSwitch';

/**
 * A parameter that clients and routers read: `off`, or the variant to send everything to (`TargetVariant` goes before the weights). It works while
 * the endpoint takes no weights. One for each endpoint, whoever writes it: clients ask one.
 *
 * The template says `off`, and a deploy leaves alone what it is at: CloudFormation compares a template with the one before, not with the
 * parameter. Only a change of this resource's own properties would write it again, so they are constants.
 */
export function killSwitchOf(endpoint: IInferenceEndpoint): ssm.StringParameter {
  return endpoint.node.tryFindChild(ID) as ssm.StringParameter | undefined ?? new ssm.StringParameter(endpoint as unknown as Construct, ID, {
    stringValue: KILL_SWITCH_OFF,
    description: 'Kill switch of a SageMaker endpoint: off, or the name of the variant that gets every request',
    // `off`, or what SageMaker takes as the name of a variant.
    allowedPattern: '^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$',
  });
}

/** Reading it, and nothing else; `StringParameter.grantRead` opens its history too. */
export function grantReadKillSwitch(parameter: ssm.IStringParameter, grantee: iam.IGrantable): iam.Grant {
  return iam.Grant.addToPrincipal({ grantee, actions: ['ssm:GetParameter'], resourceArns: [parameter.parameterArn] });
}
