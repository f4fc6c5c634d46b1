export { ModelApproval, type ModelRegistration } from './model-registration';
export type { TrainingRunParameters } from './run-parameters';
export * from './training-code';
export { TrainingDeployRun, type TrainingDeployRunOptions, type TrainingDeployRunProps } from './training-deploy-run';
export * from './training-estimate';
export { TrainingImage, TrainiumStack, type EcrTrainingImageOptions } from './training-image';
export {
  TrainingDataDistribution, TrainingInput, TrainingInputMode,
  type AugmentedManifestTrainingInputOptions, type FileSystemTrainingInputOptions, type ManifestTrainingInputOptions, type PipeTrainingInputOptions, type S3TrainingInputOptions,
} from './training-input';
export * from './training-job';
export * from './training-job-props';
export * from './training-launcher';
export * from './training-metrics';
export * from './training-pipeline';
export * from './training-rung';
export { TrainingSchedule, type TrainingScheduleOptions, type TrainingScheduleProps } from './training-schedule';
export { TrainingTask } from './training-task';
export { TrainingTrigger, type TrainingTriggerOptions, type TrainingTriggerProps } from './training-trigger';
