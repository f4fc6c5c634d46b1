import { App } from 'aws-cdk-lib';
import { MeasuredStack } from './stack';

const app = new App();
new MeasuredStack(app, 'Measured', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: 'us-east-1' },
  description: 'An encoder on NVIDIA A10G and Inferentia2, measured, compared and watched before traffic moves',
});
app.synth();
