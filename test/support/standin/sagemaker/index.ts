import { ENDPOINT_CONFIG_OPERATIONS } from './endpoint-configs';
import { ENDPOINT_OPERATIONS } from './endpoints';
import { MODEL_PACKAGE_OPERATIONS } from './model-packages';
import { MODEL_OPERATIONS } from './models';
import { PROCESSING_OPERATIONS } from './processing-jobs';
import { TAG_OPERATIONS } from './tags';
import { TRAINING_OPERATIONS } from './training-jobs';
import type { Service } from '../service';
import { SAGEMAKER_SHAPES } from '../shapes';

/** Amazon SageMaker, hosting side, its processing and training jobs, and its model registry. */
export const SAGEMAKER: Service = {
  shapes: SAGEMAKER_SHAPES,
  iamPrefix: 'sagemaker',
  className: 'SageMaker',
  errorMember: 'message',
  operations: {
    ...MODEL_OPERATIONS,
    ...ENDPOINT_CONFIG_OPERATIONS,
    ...ENDPOINT_OPERATIONS,
    ...PROCESSING_OPERATIONS,
    ...TRAINING_OPERATIONS,
    ...MODEL_PACKAGE_OPERATIONS,
    ...TAG_OPERATIONS,
  },
};
