import { Aws, Duration, Stack, Validations, type CfnElement, type StackProps } from 'aws-cdk-lib';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import {
  AcceleratorInstance, CompilationShapes, InferenceEndpoint, MigrationGate, ModelSource, NeuronCompilation, NeuronPrecision, ServedModel, ServingImage, ShiftPlan, TrafficMigration,
} from 'cdk-accelerators';
import type { Construct } from 'constructs';

const SOURCE = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', {
  revision: 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a',
  profile: { parametersBillion: 0.109, bytesPerParameter: 4 },
});

/**
 * The model compiled for Inferentia2, in a stack of its own that is deployed first: if it cannot be compiled, nothing
 * else is touched, not even on the very first deploy.
 */
export class EmbeddingsModelStack extends Stack {
  public readonly compiled: NeuronCompilation;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    this.compiled = new NeuronCompilation(this, 'Compile', {
      source: SOURCE,
      task: 'feature-extraction',
      shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }),
      precision: NeuronPrecision.BF16_MATMUL,
      servingImage: ServingImage.HF_INFERENCE_2_8_NEURONX,
    });

    // cdk-nag (AwsSolutions)
    const account = this.account === Aws.ACCOUNT_ID ? '<AWS::AccountId>' : this.account;
    const jobs = `neuron-${this.compiled.key.slice(0, 16)}-*`;
    const machine = this.compiled.stateMachine.node.defaultChild as CfnElement;
    acknowledge(this.compiled, {
      'AwsSolutions-S1': 'The bucket holds compiled models, which can be made again; a second bucket for access logs would hide what the example shows',
      'AwsSolutions-SF1': 'The history of a standard state machine keeps every step for 90 days; a log of them would need rights on all log deliveries of the account',
      'AwsSolutions-SF2': 'Nothing is to be traced in a state machine that waits for one job',
      'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resources; the pull itself is limited to the one repository of the image',
      [`AwsSolutions-IAM5[Resource::<${this.getLogicalId(this.compiled.bucket.node.defaultChild as CfnBucket)}.Arn>/neuron/${this.compiled.key}/*]`]:
        'The compiler names the files; the folder is the one of this compilation',
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sagemaker:us-east-1:${account}:processing-job/${jobs}]`]:
        'Each try is a job of its own; their names begin with the key of this compilation',
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:us-east-1:${account}:log-group:/aws/sagemaker/ProcessingJobs:log-stream:${jobs}]`]:
        'SageMaker names the log streams after the jobs, which begin with the key of this compilation',
      ...Object.fromEntries(['processing', 'training'].map((kind) => [
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sagemaker:us-east-1:${account}:${kind}-job/neuron-*]`,
        'Who deletes a run reaches the jobs of earlier keys; only those with the tag of this compilation can be stopped',
      ])),
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:us-east-1:${account}:execution:<${this.getLogicalId(machine)}.Name>:*]`]:
        'Executions come and go; they are those of the one state machine of this compilation',
    });
  }
}

export interface EmbeddingsStackProps extends StackProps {
  /** The model for Inferentia2. */
  readonly compiled: NeuronCompilation;
}

/**
 * A BERT-class encoder on one endpoint with two variants: NVIDIA A10G takes the
 * traffic, Inferentia2 runs beside it at weight 0 until a run of the migration shifts
 * traffic to it.
 */
export class EmbeddingsStack extends Stack {
  public readonly endpoint: InferenceEndpoint;
  public readonly migration: TrafficMigration;

  constructor(scope: Construct, id: string, props: EmbeddingsStackProps) {
    super(scope, id, props);

    this.endpoint = new InferenceEndpoint(this, 'Embeddings');
    const gpu = this.endpoint.addVariant('gpu', {
      model: ServedModel.onGpu(SOURCE, {
        image: ServingImage.HF_INFERENCE_2_6_GPU,
        settings: { task: 'feature-extraction' },
      }),
      instanceType: AcceleratorInstance.G5_XLARGE,
      weight: 1,
      scaling: { minInstances: 2, maxInstances: 8, invocationsPerInstance: 900 },
    });
    const inferentia2 = this.endpoint.addVariant('inferentia2', {
      // Image, task, shapes and cores come with the compiled model.
      model: ServedModel.onNeuron(props.compiled),
      instanceType: AcceleratorInstance.INF2_XLARGE,
      weight: 0,
      scaling: { minInstances: 1, maxInstances: 6, invocationsPerInstance: 1800 },
    });

    // A deploy moves nothing: `aws stepfunctions start-execution` (output Start) does.
    this.migration = new TrafficMigration(this, 'Migration', {
      migrationName: 'embeddings-to-inferentia2',
      from: gpu,
      to: inferentia2,
      plan: ShiftPlan.steps([5, 10, 25, 50, 80], { dwell: Duration.minutes(10), bake: Duration.minutes(30) }),
      limits: { latencyIncrease: 0.25, errorRatio: 2 },
      fallbackWindow: Duration.days(1),
      gates: [MigrationGate.unmeasuredVersion('this example is deployed to be looked at: nobody is served')],
    });

    // cdk-nag (AwsSolutions): the wildcards that the execution roles keep, and why.
    acknowledge(this.endpoint, {
      'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resources; the pull itself is limited to the one repository of the image',
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:us-east-1:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/*]':
        'SageMaker names the log group after the endpoint, whose generated name is known only after the role; the prefix holds endpoint logs alone',
    });
    const account = this.account === Aws.ACCOUNT_ID ? '<AWS::AccountId>' : this.account;
    const { stateMachine, stepMachine } = this.migration;
    const arn = (service: string, resource: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${service}:us-east-1:${account}:${resource}]`;
    acknowledge(this.migration, {
      'AwsSolutions-SF1': 'The history of a standard state machine keeps every step for 90 days, and the table has every verdict; a log would need rights on all log deliveries of the account',
      'AwsSolutions-SF2': 'A run waits for days; what it did is in the audit records and in the log of its function',
      'AwsSolutions-IAM5[Resource::*]': 'cloudwatch:GetMetricData and application-autoscaling:DescribeScalableTargets know no resources',
      [arn('cloudwatch', 'alarm:*')]: 'cloudwatch:DescribeAlarms lists; the names are in the request',
      [arn('application-autoscaling', 'scalable-target/*')]: 'Application Auto Scaling names scalable targets by a digest; conditions limit the right to variants of SageMaker',
      [arn('states', `execution:${(stateMachine.node.defaultChild as CfnStateMachine).stateMachineName}:*`)]: 'Executions come and go; they are the runs of this migration',
      [arn('states', `execution:<${this.getLogicalId(stepMachine.node.defaultChild as CfnElement)}.Name>:*`)]: 'Executions come and go; they are the steps of this migration',
    });
  }
}

/** As `Validations.acknowledge()` does, which refuses an id with more than one "::", and every finding on an ARN has that. */
function acknowledge(scope: Construct, reasons: Record<string, string>): void {
  scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, reasons);
}
