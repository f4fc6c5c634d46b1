import { join } from 'node:path';
import { Duration, Stack, TimeZone, type StackProps } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  AcceleratorInstance, CompilationShapes, ModelApproval, ServingImage, TrainingCode, TrainingImage, TrainingInput, TrainingJob, TrainingPipeline,
} from 'cdk-accelerators';
import type { Construct } from 'constructs';
import { acknowledge } from './nag';

/** A 7B model fine-tuned every week: on Trainium, on A100 where there is none; registered, compiled for Inferentia2, and then ready to be migrated to. */
export class FinetuneWeeklyStack extends Stack {
  public readonly training: TrainingJob;
  public readonly pipeline: TrainingPipeline;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const data = new s3.Bucket(this, 'Data', { enforceSSL: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL });
    this.training = new TrainingJob(this, 'Finetune', {
      code: TrainingCode.fromDirectory(join(__dirname, 'script'), { entryPoint: 'train.py' }),
      hyperParameters: { 'epochs': 1, 'learning-rate': 1e-5, 'sequence-length': 2048 },
      metricDefinitions: [{ name: 'loss', regex: "'loss': ([0-9.]+)" }, { name: 'tokens_per_second', regex: 'tokens_per_second=([0-9.]+)' }],
      inputs: { model: TrainingInput.s3(data, 'base-model/'), train: TrainingInput.fastFile(data, 'texts/') },
      checkpoints: {},
      maxRuntime: Duration.hours(20),
      maxPending: Duration.hours(2),
      rungs: [
        {
          instanceType: AcceleratorInstance.TRN1_32XLARGE,
          image: TrainingImage.HF_PYTORCH_2_8_NEURONX,
          hyperParameters: { 'tensor-parallel-size': 8 },
          // The graphs first, in a job of its own: once for this script, image and shapes.
          precompile: { hyperParameters: { 'max-steps': 12 }, maxRuntime: Duration.hours(3) },
        },
        { instanceType: AcceleratorInstance.P4D_24XLARGE, image: TrainingImage.HF_PYTORCH_2_9_GPU },
      ],
      registration: { groupName: 'weekly-7b', image: ServingImage.HF_VLLM_0_17_0_GPU, approval: ModelApproval.PENDING },
    });
    this.pipeline = new TrainingPipeline(this, 'Weekly', {
      training: this.training,
      compilation: {
        shapes: CompilationShapes.decoder({ batchSize: 4, sequenceLength: 4096 }),
        tensorParallelDegree: 8,
        servingImage: ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX,
        profile: { parametersBillion: 6.74, bytesPerParameter: 2, attentionHeads: 32, keyValueHeads: 32 },
      },
    });
    this.pipeline.addSchedule('Sundays', { schedule: ScheduleExpression.cron({ weekDay: 'SUN', hour: '3', minute: '0', timeZone: TimeZone.EUROPE_BERLIN }), flexibleWindow: Duration.minutes(30) });
    acknowledge(this, { training: this.training, pipeline: this.pipeline, data });
  }
}
