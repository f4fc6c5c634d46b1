// Named, so that the helpers beside these types stay out of the API.
export { BenchmarkDataset } from './benchmark-dataset';
export * from './benchmark-payload';
export * from './benchmark-props';
export * from './endpoint-benchmark';
export type { RegressionAlarms, RegressionLimits } from './regression-alarms';
export * from './idle-neuron-cores-alarm';
export * from './accuracy-parity';
export * from './parity-metric';
export * from './ai-benchmark';
export * from './ai-benchmark-props';
export * from './ai-workload';
