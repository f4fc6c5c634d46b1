export * from './call';
export * from './judge';
export * from './policies';
export * from './resolve';
