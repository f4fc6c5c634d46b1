import { App } from 'aws-cdk-lib';
import { EmbeddingsStack } from './stack';

const app = new App();
new EmbeddingsStack(app, 'EmbeddingsExample', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: 'us-east-1' },
  description: 'BAAI/bge-base-en-v1.5 on ml.g5.xlarge and ml.inf2.xlarge',
  compiledModelUri: app.node.tryGetContext('compiledModelUri') ?? 's3://amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz',
});
app.synth();
