import type {
  DeleteScheduledActionRequest, DescribeScheduledActionsRequest, PutScheduledActionRequest,
} from '@aws-sdk/client-application-auto-scaling';
import { describeTarget, targetConditionKeys, targetKey, type TargetName } from './dimensions';
import { registered, targetArns } from './targets';
import { invalid, ServiceError } from '../errors';
import { page } from '../paging';
import { timestamp, type CallContext, type Operation } from '../service';

const actionKey = (input: TargetName & { ScheduledActionName?: string }): string => `${targetKey(input)}|${input.ScheduledActionName}`;

const AT = /^at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)$/;
const RATE = /^rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)$/;
const CRON_FIELD = '[0-9A-Za-z*?,/LW#-]+';
const CRON = new RegExp(`^cron\\(${Array(6).fill(CRON_FIELD).join(' +')}\\)$`);

function checkSchedule(schedule: string): void {
  if (![AT, RATE, CRON].some((form) => form.test(schedule))) throw invalid(`Schedule expression '${schedule}' is invalid: use at(), rate() or cron() with six fields`);
  const fields = /^cron\((.*)\)$/.exec(schedule)?.[1].trim().split(/ +/);
  // Day of month and day of week cannot both say something.
  if (fields && (fields[2] === '?') === (fields[4] === '?')) throw invalid(`Schedule expression '${schedule}' is invalid: exactly one of day-of-month and day-of-week must be '?'`);
}

function put(context: CallContext, input: PutScheduledActionRequest): object {
  const target = registered(context, input, 'registered');
  const before = context.state.scheduledActions.get(actionKey(input));
  const merged = { ...before?.input, ...input };
  if (merged.Schedule === undefined) throw invalid('Schedule must be specified for a new scheduled action');
  if (merged.ScalableTargetAction === undefined) throw invalid('ScalableTargetAction must be specified for a new scheduled action');
  checkSchedule(merged.Schedule);
  const { MinCapacity: least, MaxCapacity: most } = merged.ScalableTargetAction;
  if (least === undefined && most === undefined) throw invalid('ScalableTargetAction must specify MinCapacity, MaxCapacity or both');
  if (least !== undefined && most !== undefined && least > most) {
    throw invalid(`Maximum capacity ${most} must be greater than or equal to minimum capacity ${least}`);
  }
  if (merged.StartTime !== undefined && merged.EndTime !== undefined && Number(merged.StartTime) >= Number(merged.EndTime)) {
    throw invalid('EndTime must be after StartTime');
  }
  const arn = before?.arn ?? `arn:aws:autoscaling:${context.region}:${context.account}:scheduledAction:${target.arn.split('/').pop()}`
    + `:resource/sagemaker/${input.ResourceId}:scheduledActionName/${input.ScheduledActionName}`;
  context.state.scheduledActions.set(actionKey(input), { arn, created: before?.created ?? context.clock.now(), input: merged });
  return {};
}

function remove(context: CallContext, input: DeleteScheduledActionRequest): object {
  if (!context.state.scheduledActions.delete(actionKey(input))) {
    throw new ServiceError('ObjectNotFoundException', `No scheduled action found for ${describeTarget(input)}, scheduled action name: ${input.ScheduledActionName}`);
  }
  return {};
}

function describe(context: CallContext, input: DescribeScheduledActionsRequest): object {
  const found = [...context.state.scheduledActions.values()].filter((action) =>
    action.input.ServiceNamespace === input.ServiceNamespace
    && (input.ScheduledActionNames === undefined || input.ScheduledActionNames.includes(action.input.ScheduledActionName!))
    && (input.ResourceId === undefined || action.input.ResourceId === input.ResourceId)
    && (input.ScalableDimension === undefined || action.input.ScalableDimension === input.ScalableDimension));
  const { items, next } = page(found, input, 50);
  return {
    ScheduledActions: items.map((action) => ({ ...action.input, ScheduledActionARN: action.arn, CreationTime: timestamp(action.created) })),
    NextToken: next,
  };
}

export const SCHEDULE_OPERATIONS: Record<string, Operation> = {
  PutScheduledAction: { run: put, resources: targetArns, conditionKeys: targetConditionKeys },
  DeleteScheduledAction: { run: remove, resources: targetArns, conditionKeys: targetConditionKeys },
  DescribeScheduledActions: { run: describe, resources: () => ['*'] },
};
