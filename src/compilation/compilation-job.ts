import { Size, Token } from 'aws-cdk-lib';
import { AcceleratorInstance, InstanceUse, type ProcessingInstance } from '../hardware';
import { checkNumber, checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** What any compile job can be told. */
export interface CompilationJobOptions {
  /**
   * Size of the volume that holds the source, the compiler's work and the artefact, 1 to 16,384 GiB. Types with local disks
   * take those instead.
   *
   * @default Size.gibibytes(100)
   */
  readonly volumeSize?: Size;

  /**
   * How often to try again when there is no capacity or the quota is in use, 5 minutes apart; 0 to 90.
   *
   * @default 12
   */
  readonly capacityRetries?: number;
}

/** Options of a compile job on a host without accelerators. */
export interface CpuCompilationJobOptions extends CompilationJobOptions {
  /**
   * The host. It needs memory for weights, graph and program at the same time.
   *
   * @default - the smallest of ml.m5 and ml.r5 with at least 8 vCPUs that has the memory estimated from the model's `profile`
   */
  readonly instanceType?: ProcessingInstance;
}

/** Options of a compile job on a Trainium host. */
export interface TrainiumCompilationJobOptions extends CompilationJobOptions {
  /**
   * The host.
   *
   * @default - ml.trn1.2xlarge when its 32 GiB of memory and 2 NeuronCores suffice, else ml.trn1.32xlarge; ml.trn2.48xlarge for Trainium2
   */
  readonly instanceType?: AcceleratorInstance;
}

/**
 * The SageMaker job that compiles. Neuron programs can be made on a host without Neuron devices (cross-compilation), so a processing
 * job on CPUs is the usual one and the cheapest; a training job is the only kind of job that has Trainium hosts, and none has Inferentia2.
 */
export class CompilationJob {
  /** A processing job on CPUs. */
  public static onCpu(options: CpuCompilationJobOptions = {}): CompilationJob {
    const { instanceType } = options;
    const problems: Problem[] = checkJob(options);
    if (instanceType !== undefined) {
      const notOne = checkObject('instanceType', instanceType, 'memoryGiB', 'a processing instance type', 'use a static of ProcessingInstance such as ProcessingInstance.M5_4XLARGE, or ProcessingInstance.custom');
      // A type with accelerators has facts of other names; what Neuron has of them cannot run a processing job at all.
      if (notOne.length > 0 && instanceType instanceof AcceleratorInstance) {
        problems.push({ prop: 'instanceType', got: String(instanceType), allowed: 'a processing instance type without accelerators', fix: (instanceType as AcceleratorInstance).isNeuron ? 'use CompilationJob.onTrainium: SageMaker runs no processing jobs on Neuron devices' : 'use a static of ProcessingInstance: the compiler has no use for a GPU' });
      } else {problems.push(...notOne);}
    }
    throwProblems('CompilationJob.onCpu', problems);
    return new CompilationJob(InstanceUse.PROCESSING, options, instanceType);
  }

  /** A training job on a Trainium host, for what needs its memory or its devices. */
  public static onTrainium(options: TrainiumCompilationJobOptions = {}): CompilationJob {
    const { instanceType } = options;
    const problems: Problem[] = checkJob(options);
    if (instanceType !== undefined) {
      const notOne = checkObject('instanceType', instanceType, 'supports', 'an instance type with Trainium', 'use AcceleratorInstance.TRN1_2XLARGE, TRN1_32XLARGE or TRN2_48XLARGE');
      problems.push(...notOne);
      if (notOne.length === 0 && (!instanceType.isNeuron || !instanceType.supports(InstanceUse.TRAINING))) {
        const inferentia = instanceType.family.startsWith('inf');
        problems.push({
          prop: 'instanceType',
          got: instanceType.name,
          allowed: 'ml.trn1.2xlarge, ml.trn1.32xlarge, ml.trn1n.32xlarge, ml.trn2.48xlarge',
          fix: inferentia
            ? 'SageMaker runs no training jobs on Inferentia: use AcceleratorInstance.TRN1_2XLARGE, whose programs run on Inferentia2 too, or CompilationJob.onCpu'
            : 'use AcceleratorInstance.TRN1_2XLARGE, or CompilationJob.onCpu',
        });
      }
    }
    throwProblems('CompilationJob.onTrainium', problems);
    return new CompilationJob(InstanceUse.TRAINING, options, undefined, instanceType);
  }

  /** What the job is in SageMaker: a processing or a training job. */
  public readonly kind: InstanceUse;
  /** The host of a processing job, when it was chosen. */
  public readonly processingInstance?: ProcessingInstance;
  /** The host of a training job, when it was chosen. */
  public readonly trainingInstance?: AcceleratorInstance;
  /** Size of the volume. */
  public readonly volumeSize: Size;
  /** How often to try again when there is no capacity. */
  public readonly capacityRetries: number;

  private constructor(kind: InstanceUse, options: CompilationJobOptions, processingInstance?: ProcessingInstance, trainingInstance?: AcceleratorInstance) {
    this.kind = kind;
    this.processingInstance = processingInstance;
    this.trainingInstance = trainingInstance;
    this.volumeSize = options.volumeSize ?? Size.gibibytes(100);
    this.capacityRetries = options.capacityRetries ?? 12;
  }
}

function checkJob({ volumeSize, capacityRetries }: CompilationJobOptions): Problem[] {
  const problems = checkNumber('capacityRetries', capacityRetries, { min: 0, max: 90, integer: true });
  if (Token.isUnresolved(capacityRetries)) problems.push({ prop: 'capacityRetries', got: 'a token (a value known only at deploy time)', allowed: 'a whole number from 0 to 90', fix: 'give a plain number' });
  const notSize = volumeSize === undefined ? [] : checkObject('volumeSize', volumeSize, 'toGibibytes', 'a size', 'give e.g. Size.gibibytes(100)');
  problems.push(...notSize);
  if (volumeSize !== undefined && notSize.length === 0 && !volumeSize.isUnresolved()) {
    // ProcessingVolumeSizeInGB: 1 to 16,384.
    problems.push(...checkNumber('volumeSize', volumeSize.toGibibytes({ rounding: 2 }), { min: 1, max: 16_384, integer: true, unit: 'GiB' }));
  }
  return problems;
}
