import { App } from 'aws-cdk-lib';
import { FinetuneWeeklyStack } from './stack';

const app = new App();
new FinetuneWeeklyStack(app, 'FinetuneWeekly', { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: 'us-east-1' }, description: 'A 7B model fine-tuned every week, on Trainium first, registered and compiled' });
app.synth();
