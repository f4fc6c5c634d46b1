export type { CompiledArtifact } from './compiled-artifact';
export * from './environment-grammar';
export * from './model-check';
export * from './model-profile';
export * from './model-source';
export * from './model-source-config';
export * from './served-model';
export * from './serving-image';
export * from './serving-settings';
