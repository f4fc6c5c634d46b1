import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AcceleratorInstance, TrainingCode, TrainingDashboard, TrainingImage, TrainingInput, TrainingJob } from 'cdk-accelerators';
import type { Construct } from 'constructs';
import { acknowledge } from './nag';

/** A classifier trained on one GPU of a spot instance; where there is none to be had, on another type. */
export class TrainGpuStack extends Stack {
  public readonly training: TrainingJob;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const data = new s3.Bucket(this, 'Data', { enforceSSL: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL });
    this.training = new TrainingJob(this, 'Train', {
      code: TrainingCode.fromDirectory(join(__dirname, 'script'), { entryPoint: 'train.py' }),
      hyperParameters: { 'epochs': 20, 'learning-rate': 1e-3, 'batch-size': 256 },
      metricDefinitions: [{ name: 'loss', regex: 'loss=([0-9.]+)' }],
      inputs: { train: TrainingInput.s3(data, 'train/') },
      checkpoints: {},
      spot: true,
      maxRuntime: Duration.hours(4),
      maxWait: Duration.hours(8),
      rungs: [
        { instanceType: AcceleratorInstance.G6_XLARGE, image: TrainingImage.PYTORCH_2_12_GPU },
        { instanceType: AcceleratorInstance.G5_XLARGE, image: TrainingImage.PYTORCH_2_12_GPU },
      ],
    });
    new TrainingDashboard(this, 'Dashboard', { trainings: [this.training] });
    acknowledge(this.training, this, data);
  }
}
