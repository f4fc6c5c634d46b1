export * from './lambda';
export * from './s3';
export * from './service';
export * from './states';
