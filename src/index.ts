export * from './hardware';
export * from './model';
export * from './compilation';
export * from './endpoint';
export * from './migration';
export * from './training';
