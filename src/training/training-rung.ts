import type { Duration, Size } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { TrainingImage } from './training-image';
import type { AcceleratorInstance } from '../hardware';

/** Another instance type of the same family that a job may get instead. */
export interface TrainingAlternative {
  /** The type. */
  readonly instanceType: AcceleratorInstance;

  /**
   * How many of it. Give all alternatives a count, and the rung too, or none of them.
   *
   * @default - the count of the rung
   */
  readonly instanceCount?: number;
}

/** A group of instances of a heterogeneous cluster. */
export interface TrainingInstanceGroup {
  /** Name of the group, 1 to 64 characters; channels can be limited to it. */
  readonly name: string;

  /** Type of its instances. */
  readonly instanceType: AcceleratorInstance;

  /** How many, at least 1. */
  readonly instanceCount: number;
}

/** Fills the Neuron compile cache with a short job of its own before a training on many instances begins. */
export interface TrainingPrecompile {
  /**
   * Hyperparameters of that job, over those of the training: as few steps as show every graph, 10 to 15 in AWS's samples, and no evaluation.
   *
   * @default - those of the training: the script has to know by `RUN_NEURON_PARALLEL_COMPILE` that it is to end soon
   */
  readonly hyperParameters?: { [name: string]: any };

  /**
   * Instances of that job. Graphs that hold the number of processes need as many as the training.
   *
   * @default - as many as the training has
   */
  readonly instanceCount?: number;

  /**
   * Longest run of that job.
   *
   * @default Duration.hours(3)
   */
  readonly maxRuntime?: Duration;
}

/** The instances of a rung. */
export interface TrainingHardware {
  /** Type of the instances. */
  readonly instanceType: AcceleratorInstance;

  /**
   * Number of instances, at least 1.
   *
   * @default 1
   */
  readonly instanceCount?: number;

  /**
   * Types that SageMaker may take when there is none of `instanceType`, in this order, at most 4, each once and of the same kind of accelerator: the job has one image and one
   * launch. The quota is checked for every one of them, and managed spot training is refused with them (InstancePreferences, 2026-09-15).
   *
   * @default - none
   */
  readonly alternatives?: TrainingAlternative[];

  /**
   * Groups of a heterogeneous cluster beside the instances of the rung, which are then the group `main`; at most 4.
   *
   * @default - one kind of instances
   */
  readonly instanceGroups?: TrainingInstanceGroup[];

  /**
   * Size of the volume of each instance. Types with local disks use those, whatever their size.
   *
   * @default - none; types without local disks need one
   */
  readonly volumeSize?: Size;

  /**
   * Key that the volume is encrypted with. Types with local disks refuse one: those are encrypted by their hardware.
   *
   * @default - a key of SageMaker's
   */
  readonly volumeEncryptionKey?: kms.IKey;

  /**
   * ARN of a SageMaker training plan whose capacity is used. Its Availability Zone has to be among the subnets.
   *
   * @default - on demand
   */
  readonly trainingPlanArn?: string;
}

/** One kind of hardware, with all that a job on it needs. A job that finds no capacity or quota goes on to the next rung. */
export interface TrainingRung extends TrainingHardware {
  /** The container: one pinned version. Each kind of accelerator has its own. */
  readonly image: TrainingImage;

  /**
   * Name in events, metrics, and in the folder of its checkpoints; letters, digits and hyphens, at most 40, each once.
   *
   * @default - the instance type without `ml.`, with hyphens: `trn1-32xlarge`
   */
  readonly name?: string;

  /**
   * Processes of the script on each instance.
   *
   * @default - one for each GPU, or each logical NeuronCore: 32 on ml.trn1.32xlarge, 64 on ml.trn2.48xlarge
   */
  readonly processesPerInstance?: number;

  /**
   * Variables for this rung, over those of the job. Values of at most 512 characters.
   *
   * @default - those of the job
   */
  readonly environment?: { [name: string]: string };

  /**
   * Hyperparameters for this rung, over those of the job.
   *
   * @default - those of the job
   */
  readonly hyperParameters?: { [name: string]: any };

  /**
   * A job that fills the Neuron compile cache first; once for each combination of script, image, hyperparameters and number of processes.
   *
   * @default - none: the training compiles when it comes to a graph
   */
  readonly precompile?: TrainingPrecompile;

  /**
   * Interval of the profiler: 100, 200, 500, 1000, 5000 or 60000 ms. It does not know Trainium.
   *
   * @default - no profiler
   */
  readonly profilerInterval?: Duration;

  /**
   * USD of an instance and hour, e.g. `PriceBook.bundled().price(...).usdPerHour`. It goes into the state machine, for the metric of the cost and nothing else.
   *
   * @default - no metric of the cost
   */
  readonly usdPerHour?: number;
}
