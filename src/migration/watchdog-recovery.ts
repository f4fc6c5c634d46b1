import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { RECORD, TABLE } from './contract';
import { WATCHDOG_EVENTS, type WatchdogParts } from './watchdog-parts';

/** One minute of it: the controller is gone, and who starts the migration again should not meet the watchdog. */
const STEADY_LOOKS = 5;

/** Attributes of the lock that recovery reads. All weights or none: with some of them only, everything goes back. */
const SAFE_WEIGHTS = { from: 'safeWeightFrom', to: 'safeWeightTo', leastFrom: 'safeWeightFromLeast', mostTo: 'safeWeightToMost' } as const;

/** Under this name by the SDK integration; the other is that of the older integration, in case a name is all that differs. */
const CONDITION_FAILED = ['DynamoDb.ConditionalCheckFailedException', 'DynamoDB.ConditionalCheckFailedException'];

export interface AlarmProps {
  readonly endpointName: string;
  readonly tableName: string;
  /** The variant that takes the requests back. */
  readonly from: string;
  /** The migration in whose runs alone an alarm counts; any time when left out. */
  readonly migration?: string;
}

export interface RecoverProps {
  /** Looks at the endpoint, and sees to it that the weights are what `$.weights` says. */
  readonly look: sfn.State;
  readonly endpointName: string;
  readonly tableName: string;
}

export function lockKey(endpointName: string): object {
  return { [TABLE.partitionKey]: { S: endpointName }, [TABLE.sortKey]: { S: RECORD.lock } };
}

/**
 * An alarm is for the watchdog of a migration while one of its runs holds the endpoint. Before and after a run weights are what people made them, and
 * during another migration its controller and its watchdog look after them. A lock that cannot be read keeps nothing from going back.
 */
export function inItsRunsOnly({ scope, task, brief }: WatchdogParts, props: AlarmProps, next: sfn.State): sfn.State {
  const { and, or, isPresent, isNotPresent, stringEquals } = sfn.Condition;
  const item = '$.lock.Item';
  const floor = new sfn.Choice(scope, 'A floor in the lock?')
    // Of a migration the other way it would be the number of the newcomer.
    .when(and(isPresent(`${item}.floor.N`), isPresent(`${item}.floorVariant.S`), stringEquals(`${item}.floorVariant.S`, props.from)), new sfn.Pass(scope, 'Floor of the migration', {
      parameters: { 'instances.$': `States.StringToJson(${item}.floor.N)` }, resultPath: '$.floor',
    }).next(next))
    .otherwise(next);
  const read = brief(task('Read whose run it is', 'aws-sdk:dynamodb:getItem', readLock(props, 'owner', 'migration', 'floor', 'floorVariant'), '$.lock'), next);
  if (props.migration === undefined) return read.next(floor).startState;
  return read.next(new sfn.Choice(scope, 'Is a run under way?')
    .when(or(
      // By hand: whoever starts it means it.
      isNotPresent('$.input.mode'),
      and(isPresent(`${item}.owner.S`), isPresent(`${item}.migration.S`), stringEquals(`${item}.migration.S`, props.migration)),
    ), floor)
    .otherwise(new sfn.Succeed(scope, 'No run of this migration'))).startState;
}

/** Some attributes of the lock. Never all: it has the whole state of a run, and what somebody else may have put there; a task's answer has 256 KiB at most. */
function readLock({ endpointName, tableName }: Pick<RecoverProps, 'endpointName' | 'tableName'>, ...attributes: string[]): object {
  return {
    TableName: tableName,
    Key: lockKey(endpointName),
    ConsistentRead: true,
    ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
  };
}

/**
 * Before a recovery writes to an endpoint that kept it waiting: whoever has started the migration again in the meantime is not to meet it. A lock that cannot
 * be read is not waited for.
 */
export function unlessTakenOver({ scope, task, brief }: WatchdogParts, props: Omit<RecoverProps, 'look'>, next: sfn.State): sfn.State {
  const owner = '$.again.Item.owner.S';
  const read = brief(task('Read the lock again', 'aws-sdk:dynamodb:getItem', readLock(props, 'owner'), '$.again'), next);
  return read.next(new sfn.Choice(scope, 'Did somebody take over?')
    .when(sfn.Condition.and(sfn.Condition.isPresent(owner), sfn.Condition.stringEqualsJsonPath(owner, '$.input.execution')), next)
    .otherwise(new sfn.Succeed(scope, 'Somebody took over'))).startState;
}

/**
 * What to do about a controller that failed, timed out or was stopped. Its input names the execution; the lock says whether that one still held the
 * endpoint (one that ended in order gave it back), and whether its step was proven. An unproven one goes back to the last proven weights; of a proven one
 * nothing is moved, and people are told.
 */
export function recoverStates({ scope, pass, task, tell }: WatchdogParts, props: RecoverProps): sfn.State {
  const { look, tableName } = props;
  const key = lockKey(props.endpointName);
  const { and, or, not, isPresent, isNotPresent } = sfn.Condition;
  const nothing = new sfn.Succeed(scope, 'Nothing to recover');

  // A few minutes of trying: there is nothing else to be done.
  const read = task('Read the lock', 'aws-sdk:dynamodb:getItem', readLock(props, 'owner', 'fallback', 'unproven', ...Object.values(SAFE_WEIGHTS)), '$.lock');
  read.addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(2), backoffRate: 2, maxAttempts: 8, maxDelay: Duration.seconds(30) });
  read.addCatch(tell('Say that the lock is unreadable', WATCHDOG_EVENTS.blocked, 'the controller is gone and its lock cannot be read, nothing was moved',
    new sfn.Fail(scope, 'Lock is unreadable', { error: 'Watchdog.LockUnreadable', causePath: '$.error.Cause' })), { resultPath: '$.error' });

  // The weights of the last proven step, then what the fallback does too.
  const weight = (attribute: string): string => `$.lock.Item.${attribute}.N`;
  const weights = new sfn.Pass(scope, 'Last proven weights', {
    parameters: Object.fromEntries(Object.entries(SAFE_WEIGHTS).map(([name, attribute]) => [`${name}.$`, `States.StringToJson(${weight(attribute)})`])),
    resultPath: '$.weights',
  });
  const begin = pass('Recover', '$.steady', { number: 0, needed: STEADY_LOOKS })
    // No kill switch: part of the requests may go to the newcomer. Not told: its end is.
    .next(pass('As a recovery', '$.done', { epoch: true, capacity: false, switch: true, told: true, blocked: false }))
    .next(new sfn.Choice(scope, 'Are there proven weights?').when(and(...Object.values(SAFE_WEIGHTS).map((attribute) => isPresent(weight(attribute)))), weights).otherwise(look));
  weights.next(look);

  const proven = new sfn.Choice(scope, 'Was the step proven?')
    .when(and(isPresent('$.lock.Item.unproven.BOOL'), sfn.Condition.booleanEquals('$.lock.Item.unproven.BOOL', true)), begin)
    .otherwise(tell('Say that it is frozen', WATCHDOG_EVENTS.recovered, 'the controller is gone and its step was proven, nothing was moved and nobody watches the migration', new sfn.Succeed(scope, 'Frozen')));
  const take = task('Take the lock from it', 'aws-sdk:dynamodb:updateItem', {
    TableName: tableName,
    Key: key,
    UpdateExpression: 'ADD #epoch :one',
    ConditionExpression: '#owner = :execution',
    ExpressionAttributeNames: { '#epoch': 'epoch', '#owner': 'owner' },
    ExpressionAttributeValues: { ':one': { N: '1' }, ':execution': { 'S.$': '$.input.execution' } },
  });
  take.addRetry({ errors: CONDITION_FAILED, maxAttempts: 0 });
  take.addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(2), backoffRate: 2, maxAttempts: 5 });
  take.addCatch(nothing, { errors: CONDITION_FAILED, resultPath: '$.error' });
  // The lock says that the execution is the owner, and the execution is over: an epoch that could not be raised keeps nobody from going back.
  take.addCatch(proven, { resultPath: '$.error' });
  take.next(proven);

  read.next(new sfn.Choice(scope, 'Is it still its own?')
    .when(or(
      isNotPresent('$.lock.Item.owner.S'),
      not(sfn.Condition.stringEqualsJsonPath('$.lock.Item.owner.S', '$.input.execution')),
      and(isPresent('$.lock.Item.fallback.BOOL'), sfn.Condition.booleanEquals('$.lock.Item.fallback.BOOL', true)),
    ), nothing)
    .otherwise(take));
  return read;
}
