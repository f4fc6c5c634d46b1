import { App } from 'aws-cdk-lib';
import { BringYourOwnStack } from './stack';

const app = new App();
new BringYourOwnStack(app, 'BringYourOwnExample', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: 'us-east-1' },
  description: 'An own container on an asynchronous ml.inf2.8xlarge endpoint in a VPC',
});
app.synth();
