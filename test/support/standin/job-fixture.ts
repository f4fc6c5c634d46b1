import {
  CreateProcessingJobCommand, CreateTrainingJobCommand, DescribeProcessingJobCommand, DescribeTrainingJobCommand,
  type CreateProcessingJobCommandInput, type CreateTrainingJobCommandInput, type DescribeProcessingJobCommandOutput, type DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { RoleCall } from './control';
import { Fixture, IMAGE } from './fixture';

export const JOB_ROLE = 'arn:aws:iam::123456789012:role/job';
export const ARTIFACT = 's3://artifacts/neuron/abc';
/** What an uneventful job takes in virtual time: starting, downloading, the container, uploading. */
export const WHOLE_JOB = 120 + 60 + 600 + 30;

export const ARGUMENTS = ['--key', 'abc', '--sdk', '2.26.0', '--kind', 'text-encoder', '--shape', 'batch_size=1', '--shape', 'sequence_length=128', '--target', 'inf2', '--hub-id', 'bert', '--layout', 'archive'];

export function processing(name: string, rest: Partial<CreateProcessingJobCommandInput> = {}): CreateProcessingJobCommandInput {
  return {
    ProcessingJobName: name,
    RoleArn: JOB_ROLE,
    AppSpecification: { ImageUri: IMAGE, ContainerEntrypoint: ['python3', '/opt/ml/processing/input/code/c.zip'], ContainerArguments: ARGUMENTS },
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.4xlarge', InstanceCount: 1, VolumeSizeInGB: 100 } },
    ProcessingInputs: [{ InputName: 'code', S3Input: { S3Uri: 's3://assets/c.zip', LocalPath: '/opt/ml/processing/input/code', S3DataType: 'S3Prefix', S3InputMode: 'File' } }],
    ProcessingOutputConfig: { Outputs: [{ OutputName: 'model', S3Output: { S3Uri: ARTIFACT, LocalPath: '/opt/ml/processing/output', S3UploadMode: 'EndOfJob' } }] },
    StoppingCondition: { MaxRuntimeInSeconds: 7200 },
    ...rest,
  };
}

export function training(name: string, rest: Partial<CreateTrainingJobCommandInput> = {}): CreateTrainingJobCommandInput {
  return {
    TrainingJobName: name,
    RoleArn: JOB_ROLE,
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File', ContainerEntrypoint: ['python3', '/opt/ml/input/data/code/c.zip'], ContainerArguments: ARGUMENTS },
    ResourceConfig: { InstanceType: 'ml.trn1.2xlarge', InstanceCount: 1, VolumeSizeInGB: 100 },
    InputDataConfig: [{ ChannelName: 'code', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://assets/c.zip' } } }],
    OutputDataConfig: { S3OutputPath: 's3://artifacts/jobs/' },
    CheckpointConfig: { S3Uri: ARTIFACT, LocalPath: '/opt/ml/checkpoints' },
    StoppingCondition: { MaxRuntimeInSeconds: 7200 },
    ...rest,
  };
}

/** A stand-in in virtual time with something to read for its jobs. */
export class JobFixture {
  static async start(): Promise<JobFixture> {
    const fixture = await Fixture.start();
    fixture.standIn.objects.put('assets', 'c.zip', 'code');
    return new JobFixture(fixture);
  }

  private constructor(private readonly fixture: Fixture) {}

  get standIn(): Fixture['standIn'] {
    return this.fixture.standIn;
  }

  get sagemaker(): Fixture['sagemaker'] {
    return this.fixture.sagemaker;
  }

  get url(): string {
    return this.fixture.server.url;
  }

  async stop(): Promise<void> {
    await this.fixture.stop();
  }

  async process(name: string, rest: Partial<CreateProcessingJobCommandInput> = {}): Promise<string> {
    return (await this.sagemaker.send(new CreateProcessingJobCommand(processing(name, rest)))).ProcessingJobArn!;
  }

  async train(name: string, rest: Partial<CreateTrainingJobCommandInput> = {}): Promise<string> {
    return (await this.sagemaker.send(new CreateTrainingJobCommand(training(name, rest)))).TrainingJobArn!;
  }

  async processed(name: string): Promise<DescribeProcessingJobCommandOutput> {
    return this.sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
  }

  async trained(name: string): Promise<DescribeTrainingJobCommandOutput> {
    return this.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  }

  /** Keys of the bucket that jobs write to. */
  artifacts(): string[] {
    return this.standIn.objects.list('artifacts', '');
  }

  /** All lines of a job's log. */
  log(kind: 'Processing' | 'Training', name: string): string[] {
    const group = `/aws/sagemaker/${kind}Jobs`;
    return this.standIn.logs.streams(group, `${name}/`).flatMap((stream) => this.standIn.logs.events(group, stream)).map((event) => event.message);
  }

  /** What was done in the job role's name, as `action resource`, of the services whose prefix is given. */
  roleCalls(...prefixes: string[]): string[] {
    return this.calls(prefixes).map(({ action, resource, context }) => [action, resource, ...context ? [JSON.stringify(context)] : []].join(' '));
  }

  private calls(prefixes: string[]): RoleCall[] {
    return this.standIn.control.roleCalls.filter(({ action }) => prefixes.length === 0 || prefixes.some((prefix) => action.startsWith(`${prefix}:`)));
  }
}
