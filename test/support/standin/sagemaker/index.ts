import { ENDPOINT_CONFIG_OPERATIONS } from './endpoint-configs';
import { ENDPOINT_OPERATIONS } from './endpoints';
import { MODEL_OPERATIONS } from './models';
import { TAG_OPERATIONS } from './tags';
import type { Service } from '../service';
import { SAGEMAKER_SHAPES } from '../shapes';

/** Amazon SageMaker, hosting side. */
export const SAGEMAKER: Service = {
  shapes: SAGEMAKER_SHAPES,
  iamPrefix: 'sagemaker',
  errorMember: 'message',
  operations: { ...MODEL_OPERATIONS, ...ENDPOINT_CONFIG_OPERATIONS, ...ENDPOINT_OPERATIONS, ...TAG_OPERATIONS },
};
