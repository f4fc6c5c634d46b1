// Named, so that the helpers beside these types stay out of the API.
export type { AsyncInferenceOptions } from './async-inference';
export { CaptureMode } from './data-capture';
export type { DataCaptureOptions } from './data-capture';
export * from './deployment-strategy';
export type { IInferenceEndpoint, InferenceEndpointAttributes } from './endpoint-base';
export * from './endpoint-estimate';
export type { IEndpointVariant } from './endpoint-metrics';
export * from './endpoint-props';
export { EndpointVariant } from './endpoint-variant';
export type { EndpointVariantOptions, EndpointVariantProps, FallbackInstance, ShadowVariantProps, VariantHostOptions } from './endpoint-variant';
export * from './inference-endpoint';
export * from './routing-strategy';
export type { VariantScaling } from './variant-scaling';
