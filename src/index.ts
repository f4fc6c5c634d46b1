export * from './hardware';
export * from './model';
export * from './compilation';
export * from './endpoint';
export * from './benchmark';
export * from './migration';
export * from './training';
export * from './monitoring';
