import { POLICY_OPERATIONS } from './policies';
import { SCHEDULE_OPERATIONS } from './schedules';
import { TARGET_TAG_OPERATIONS } from './tags';
import { TARGET_OPERATIONS } from './targets';
import type { Service } from '../service';
import { AUTOSCALING_SHAPES } from '../shapes';

/** Application Auto Scaling, for SageMaker variants. It registers and remembers; a test says when it scales (`Control`). */
export const AUTOSCALING: Service = {
  shapes: AUTOSCALING_SHAPES,
  iamPrefix: 'application-autoscaling',
  className: 'ApplicationAutoScaling',
  errorMember: 'Message',
  operations: { ...TARGET_OPERATIONS, ...POLICY_OPERATIONS, ...SCHEDULE_OPERATIONS, ...TARGET_TAG_OPERATIONS },
};
