export * from './definition';
export * from './errors';
export * from './execution';
export * from './integrations';
export * from './machine';
export * from './rules';
export * from './scheduler';
