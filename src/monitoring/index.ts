// Named, so that the helpers beside these types stay out of the API.
export type { DashboardOptions } from './base-dashboard';
export { BenchmarkWidgets } from './benchmark-widgets';
export * from './compilation-metrics';
export * from './compilation-widgets';
export * from './endpoint-dashboard';
export * from './endpoint-metrics';
export { EndpointWidgets, type EndpointWidgetOptions } from './endpoint-widgets';
export * from './fleet-dashboard';
export * from './fleet-widgets';
export type { MetricsOptions } from './metric-options';
export * from './migration-dashboard';
export * from './migration-metrics';
export { MigrationWidgets } from './migration-widgets';
export * from './neuron-utilization';
export * from './training-dashboard';
export * from './training-metrics';
export * from './training-widgets';
export * from './variant-metrics';
