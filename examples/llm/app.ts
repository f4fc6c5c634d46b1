import { App } from 'aws-cdk-lib';
import { LlmStack } from './stack';

const app = new App();
new LlmStack(app, 'LlmExample', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: 'us-east-1' },
  description: 'Llama-3.1-8B-Instruct on ml.g6e.2xlarge and ml.inf2.48xlarge',
});
app.synth();
