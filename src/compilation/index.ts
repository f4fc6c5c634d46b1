export * from './compilation-estimate';
export * from './compilation-job';
export * from './compilation-shapes';
export type {
  CompilationArtifactOptions, CompilationModelOptions, CompilationNetworkOptions, CompilationTaskOptions, NeuronCompilationOptions, NeuronCompilationSpec, NeuronCompilerOptions,
} from './compilation-spec';
export * from './neuron-compilation';
export * from './neuron-compilation-task';
export * from './neuron-precision';
export * from './neuron-target';
export * from './trained-model-compilation-task';
