/** What SageMaker lets an instance type do; one value per enumeration of its API. */
export enum InstanceUse {
  /** Real-time and asynchronous endpoints (`ProductionVariantInstanceType`). */
  HOSTING = 'hosting',

  /** Training jobs (`TrainingInstanceType`). */
  TRAINING = 'training',

  /** Processing jobs (`ProcessingInstanceType`). */
  PROCESSING = 'processing',

  /** Batch transform jobs (`TransformInstanceType`). */
  TRANSFORM = 'transform',

  /** HyperPod clusters (`ClusterInstanceType`). */
  HYPERPOD = 'hyperpod',
}

/** How an instance type can be bought. */
export enum PurchaseOption {
  /** By the hour, without a reservation. */
  ON_DEMAND = 'onDemand',

  /** Only through EC2 Capacity Blocks or a SageMaker training plan: no public on-demand price exists. */
  CAPACITY_BLOCK_OR_TRAINING_PLAN = 'capacityBlockOrTrainingPlan',
}
