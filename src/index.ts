export * from './hardware';
export * from './model';
export * from './endpoint';
