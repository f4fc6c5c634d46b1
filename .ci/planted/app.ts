/** A stack with mistakes in it. A check that does not find them proves nothing about the examples. */
import { App, Stack, Validations } from 'aws-cdk-lib';
import * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';

const app = new App();
const stack = new Stack(app, 'Planted', { env: { region: 'us-east-1' } });

const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
// cdk-nag: wildcard action and resource
role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));

const model = new sagemaker.CfnModel(stack, 'Model', {
  executionRoleArn: role.roleArn,
  primaryContainer: { image: '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:latest' },
});
// unknown property
model.addPropertyOverride('PrimaryContainer.Imagee', 'misspelt');

const config = new sagemaker.CfnEndpointConfig(stack, 'Config', {
  productionVariants: [{
    variantName: 'under_score', // pattern
    modelName: model.attrModelName,
    instanceType: 'ml.inf9.xlarge', // enumeration
    initialInstanceCount: 0, // minimum
    initialVariantWeight: -1, // minimum
    inferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-99', // enumeration
    routingConfig: { routingStrategy: 'FASTEST' }, // enumeration
  }],
});
const endpoint = new sagemaker.CfnEndpoint(stack, 'Endpoint', { endpointConfigName: config.attrEndpointConfigName });

const target = new applicationautoscaling.CfnScalableTarget(stack, 'Target', {
  minCapacity: 1,
  maxCapacity: 2,
  resourceId: `endpoint/${endpoint.attrEndpointName}/variant/under_score`,
  scalableDimension: 'sagemaker:variant:DesiredInstances', // enumeration
  serviceNamespace: 'sagemaker',
});
// required
target.addPropertyDeletionOverride('MaxCapacity');

// cdk-nag: an acknowledgement without a reason, and one without a finding
Validations.of(role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason: 'because' });
Validations.of(role).acknowledge({ id: 'AwsSolutions-S1', reason: 'There is no bucket in this stack, so nothing can be found.' });

app.synth();
