import { App } from 'aws-cdk-lib';
import { TrainGpuStack } from './stack';

const app = new App();
new TrainGpuStack(app, 'TrainGpu', { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: 'us-east-1' }, description: 'A classifier trained on a GPU, on spot instances with checkpoints' });
app.synth();
