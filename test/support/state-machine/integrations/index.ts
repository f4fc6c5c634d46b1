export * from './lambda';
export * from './s3';
export * from './sagemaker';
