import { App } from 'aws-cdk-lib';
import { EmbeddingsModelStack, EmbeddingsStack } from './stack';

const app = new App();
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: 'us-east-1' };
const { compiled } = new EmbeddingsModelStack(app, 'EmbeddingsModel', { env, description: 'BAAI/bge-base-en-v1.5 compiled for Inferentia2' });
new EmbeddingsStack(app, 'EmbeddingsExample', { env, description: 'BAAI/bge-base-en-v1.5 on ml.g5.xlarge and ml.inf2.xlarge', compiled });
app.synth();
