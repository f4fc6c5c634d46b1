import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { KILL_SWITCH_OFF } from './contract';
import { WATCHDOG_EVENTS, watchdogParts, type WatchdogStatesProps } from './watchdog-parts';
import { inItsRunsOnly, lockKey, recoverStates, unlessTakenOver } from './watchdog-recovery';
import type { AwsTask } from '../private/aws-task';

const LOOK_EVERY = 15;
/** Looks that all found it right, from the first to the last five minutes. */
const STEADY_LOOKS = 5 * 60 / LOOK_EVERY + 1;
/** Weights alone take about a minute: who still waits after two is told why. */
const BLOCKED_LOOKS = 2 * 60 / LOOK_EVERY + 1;
/** Longest wait for instances before clients are sent over all the same. */
const CAPACITY_LOOKS = 10 * 60 / LOOK_EVERY + 1;
/** Two hours. A look has at most 36 events, an execution 25,000 (Step Functions quotas). */
const MOST_LOOKS = 2 * 3600 / LOOK_EVERY;

/** While an endpoint is in one of these every change of it is refused. */
const BUSY = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting'];

/**
 * The states of the watchdog. They call services directly, so that what is wrong with a function, its runtime or its network does not keep
 * traffic where it is. The data of an execution, made by the first state:
 *
 *     input, cause          what started it; in words
 *     weights               what the weights should say, and how far off still counts (SageMaker keeps floats of 32 bits)
 *     floor.instances       what `from` needs to carry everything; 0 when nobody knows
 *     looks, steady, wrong  looks so far; looks in a row that found it right, of how many; in a row that did not, and whether any ever did not
 *     done                  what is done: epoch raised, capacity asked for, kill switch on, people told of it and of the wait
 *     endpoint, there, seen  the last look: all of it, whether the two variants are there, and the two
 *
 * Writes are absolute and made only where a look found something else. A second execution for the same alarm (EventBridge delivers at least once,
 * and gives an execution no name of its own) finds it right and watches. So does the execution for an alarm that came when the controller had begun to roll
 * back: nothing is written then, not even the epoch, and the controller ends its rollback in order.
 */
export function watchdogStates(parent: Construct, props: WatchdogStatesProps): sfn.State {
  const scope = new Construct(parent, 'States');
  const { table } = props;
  const parts = watchdogParts(scope, props);
  const { pass, task, brief, tell, scaling, setSwitch } = parts;
  const { and, or, not, isPresent, isNotPresent } = sfn.Condition;
  const is = (flag: string): sfn.Condition => sfn.Condition.booleanEquals(`$.${flag}`, true);
  const recovering = and(isPresent('$.input.mode'), sfn.Condition.stringEquals('$.input.mode', 'recover'));
  const update = (id: string, variants: object[]): AwsTask => task(id, 'aws-sdk:sagemaker:updateEndpointWeightsAndCapacities', {
    EndpointName: props.endpointName, DesiredWeightsAndCapacities: variants,
  });

  // The wait, first: everything leads there. On its way people are told, so that telling them never delays the traffic.
  const look = task('Look at the endpoint', 'aws-sdk:sagemaker:describeEndpoint', { EndpointName: props.endpointName }, '$.endpoint');
  const wait = new sfn.Wait(scope, 'Wait', { time: sfn.WaitTime.duration(Duration.seconds(LOOK_EVERY)) });
  wait.next(look);
  const pause = new sfn.Choice(scope, 'Anything to say?');
  const countLook = new sfn.Pass(scope, 'Count the look', { parameters: { 'number.$': 'States.MathAdd($.looks.number, 1)' }, resultPath: '$.looks' });
  countLook.next(wait);
  const givenUp = new sfn.Fail(scope, 'Given up', { error: 'Watchdog.FallbackBlocked', causePath: 'States.Format(\'the endpoint did not take the weights: it is {}\', $.endpoint.EndpointStatus)' });
  const lateSwitch = brief(setSwitch('Send clients over', props.from), countLook);
  lateSwitch.next(pass('Clients were sent over', '$.done.switch', true)).next(countLook);
  const atLeast = (what: string, number: number): sfn.Condition => sfn.Condition.numberGreaterThanEquals(`$.${what}`, number);
  pause
    .when(and(is('wrong.ever'), not(is('done.told'))), tell('Say that it falls back', WATCHDOG_EVENTS.triggered, `all requests go to ${props.from}`,
      pass('It was said', '$.done.told', true).next(pause).startState))
    .when(atLeast('looks.number', MOST_LOOKS), tell('Say that it gives up', WATCHDOG_EVENTS.blocked,
      'the endpoint did not take the weights in 2 hours, the watchdog gives up and the kill switch stays as it is', givenUp))
    .when(and(atLeast('wrong.number', BLOCKED_LOOKS), not(is('done.blocked'))), tell('Say that it waits', WATCHDOG_EVENTS.blocked,
      'the endpoint does not take the weights yet, the watchdog keeps trying every 15 seconds', pass('The wait was told', '$.done.blocked', true).next(pause).startState))
    // Instances did not come, or the endpoint cannot be seen: clients that follow the kill switch need not wait for either.
    .when(and(atLeast('wrong.number', CAPACITY_LOOKS), not(is('done.switch')), is('there.from')), lateSwitch)
    .otherwise(countLook);

  // Not right: the controller first, then instances, then those who ask the kill switch, then the weights.
  const busy = or(...BUSY.map((status) => sfn.Condition.stringEquals('$.endpoint.EndpointStatus', status)));
  const move = update('Set the weights', [
    { 'VariantName': props.from, 'DesiredWeight.$': '$.weights.from' },
    { 'VariantName': props.to, 'DesiredWeight.$': '$.weights.to' },
  ]);
  // In another update, or throttled: the next look tries again.
  move.addCatch(pause, { resultPath: '$.error' });
  move.next(pause);
  const free = new sfn.Choice(scope, 'Does it take changes?').when(busy, pause).otherwise(move);
  const on = brief(setSwitch('Kill switch on', props.from), free);
  on.next(pass('It is on', '$.done.switch', true)).next(free);
  const raise = update('Ask for instances', [{ 'VariantName': props.from, 'DesiredInstanceCount.$': '$.floor.instances' }]);
  raise.addCatch(pause, { resultPath: '$.error' });
  raise.next(pass('Instances were asked for', '$.done.capacity', true)).next(pause);
  // The least number too: a variant without traffic would be scaled in again before the weights change.
  const capacity = props.scaled.from ? brief(scaling('Raise the least number', props.from, { 'MinCapacity.$': '$.floor.instances' }), raise).next(raise).startState : raise;
  const count = '$.seen.from[0].CurrentInstanceCount';
  const short = not(or(isNotPresent(count), sfn.Condition.numberGreaterThanEqualsJsonPath(count, '$.floor.instances')));
  const whatNow = new sfn.Choice(scope, 'What is to be done?')
    .when(or(isNotPresent('$.endpoint.ProductionVariants'), not(is('there.from')), not(is('there.to'))), pause)
    .when(and(short, busy), pause)
    // Asked for once: when they did not come, some instances that answer are better than others that do not.
    .when(and(short, not(is('done.capacity'))), capacity)
    .when(not(is('done.switch')), on)
    .otherwise(free);
  const wrong = new sfn.Pass(scope, 'It is not right', { parameters: { 'number.$': 'States.MathAdd($.wrong.number, 1)', 'ever': true }, resultPath: '$.wrong' });
  wrong.next(pass('Not steady', '$.steady.number', 0)).next(table === undefined ? whatNow : stopController(table.name, whatNow));

  // Right: five minutes of it.
  const countSteady = new sfn.Pass(scope, 'It is right', {
    parameters: { 'number.$': 'States.MathAdd($.steady.number, 1)', 'needed.$': '$.steady.needed' }, resultPath: '$.steady',
  });
  const longEnough = new sfn.Choice(scope, 'Long enough?').when(sfn.Condition.numberGreaterThanEqualsJsonPath('$.steady.number', '$.steady.needed'), finish());
  if (props.scaled.from) {
    longEnough.when(and(is('wrong.ever'), sfn.Condition.numberEquals('$.steady.number', 1)), brief(scaling('Let it scale', props.from, {}), pause).next(pause));
  }
  countSteady.next(pass('Not wrong', '$.wrong.number', 0)).next(longEnough.otherwise(pause));

  const variant = (name: string): string => `$.endpoint.ProductionVariants[?(@.VariantName == '${name}')]`;
  const within = (which: 'Current' | 'Desired'): sfn.Condition => {
    const [from, to] = ['from', 'to'].map((who) => `$.seen.${who}[0].${which}Weight`);
    return and(
      or(isNotPresent(to), sfn.Condition.numberLessThanEqualsJsonPath(to, '$.weights.mostTo')),
      or(isNotPresent(from), sfn.Condition.numberGreaterThanEqualsJsonPath(from, '$.weights.leastFrom')),
    );
  };
  look.addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(1), maxAttempts: 2 });
  look.addCatch(pass('It cannot be seen', '$.endpoint', { EndpointStatus: 'Unknown' }).next(wrong).startState, { resultPath: '$.error' });
  const there = (name: string): string => `States.ArrayContains($.endpoint.ProductionVariants[*].VariantName, '${name}')`;
  look.next(new sfn.Choice(scope, 'Are there variants?')
    // What a filter that finds nothing gives is documented nowhere: it is used only when it finds something.
    .when(isPresent('$.endpoint.ProductionVariants[0]'), new sfn.Pass(scope, 'Which variants?', {
      parameters: { 'from.$': there(props.from), 'to.$': there(props.to) }, resultPath: '$.there',
    }).next(new sfn.Choice(scope, 'Both?')
      .when(and(is('there.from'), is('there.to')), new sfn.Pass(scope, 'Pick the variants', {
        parameters: { 'from.$': variant(props.from), 'to.$': variant(props.to) }, resultPath: '$.seen',
      }).next(new sfn.Choice(scope, 'Is it right?')
        // Weights on their way to something else are not right.
        .when(and(isPresent('$.seen.to[0].CurrentWeight'), within('Current'), within('Desired')), countSteady)
        // Those that somebody else set right already, the controller as a rule, have two minutes to come true.
        .when(and(busy, isPresent('$.seen.to[0].DesiredWeight'), within('Desired'), not(is('wrong.ever')), not(atLeast('looks.number', BLOCKED_LOOKS))), pause)
        .otherwise(wrong)))
      .otherwise(wrong)))
    .otherwise(wrong));

  const begin = new sfn.Pass(scope, 'Begin', {
    parameters: {
      'input.$': '$',
      'weights': { from: props.totalWeight, to: 0, leastFrom: props.totalWeight / 1000, mostTo: 0 },
      'floor': { instances: props.floor ?? 0 },
      // Until a look says otherwise.
      'there': { from: true, to: true },
      'looks': { number: 0 },
      'steady': { number: 0, needed: STEADY_LOOKS },
      'wrong': { number: 0, ever: false },
      'done': { epoch: false, capacity: false, switch: false, told: false, blocked: false },
      'endpoint': { EndpointStatus: 'Unknown' },
    },
  });
  const act = table === undefined ? look : new sfn.Choice(scope, 'What for?')
    .when(recovering, recoverStates(parts, { look, endpointName: props.endpointName, tableName: table.name }))
    .otherwise(inItsRunsOnly(parts, { migration: table.migration, from: props.from, endpointName: props.endpointName, tableName: table.name }, look));
  begin.next(new sfn.Choice(scope, 'Who started it?')
    .when(isPresent('$.input.cause'), new sfn.Pass(scope, 'A rule', { inputPath: '$.input.cause', resultPath: '$.cause' }).next(act))
    // With the console's example input, or none.
    .otherwise(pass('A person', '$.cause', 'started by hand').next(act)));
  return begin;

  /** Raises the epoch: whoever writes with the old one stops. Tried at each look until it is done; what is wrong with the table delays nothing else. */
  function stopController(tableName: string, next: sfn.State): sfn.State {
    const stop = brief(task('Stop the controller', 'aws-sdk:dynamodb:updateItem', {
      TableName: tableName,
      Key: lockKey(props.endpointName),
      UpdateExpression: 'SET #fallback = :true ADD #epoch :one',
      ExpressionAttributeNames: { '#fallback': 'fallback', '#epoch': 'epoch' },
      ExpressionAttributeValues: { ':true': { BOOL: true }, ':one': { N: '1' } },
    }), next);
    stop.next(pass('It is stopped', '$.done.epoch', true)).next(next);
    return new sfn.Choice(scope, 'Is the controller stopped?')
      .when(recovering, unlessTakenOver(parts, { endpointName: props.endpointName, tableName }, next))
      .when(is('done.epoch'), next)
      .otherwise(stop);
  }

  /** Five minutes it was right. */
  function finish(): sfn.State {
    const done = tell('Say that it is done', WATCHDOG_EVENTS.done, `all requests have gone to ${props.from} for five minutes, the kill switch is off`, new sfn.Succeed(scope, 'Done'));
    const letScale = (id: string, which: 'from' | 'to', next: sfn.State): sfn.State => props.scaled[which] ? brief(scaling(id, props[which]), next).next(next).startState : next;
    // The weights say the same as the switch now; one that stays on would quietly keep clients from every later migration.
    const off = setSwitch('Kill switch off', KILL_SWITCH_OFF);
    off.addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(5), backoffRate: 2, maxAttempts: 6 });
    off.addCatch(tell('Say that the kill switch is on', WATCHDOG_EVENTS.blocked, `all requests have gone to ${props.from} for five minutes, but the kill switch could not be turned off`,
      new sfn.Fail(scope, 'Kill switch is on', { error: 'Watchdog.KillSwitchOn', cause: 'the kill switch could not be turned off' })), { resultPath: '$.error' });
    off.next(table === undefined ? done : letScale('Let the other scale', 'to', done));
    const what = new sfn.Choice(scope, 'What was it?');
    if (table !== undefined) {
      const recovered = tell('Say that it recovered', WATCHDOG_EVENTS.recovered, 'the controller is gone and its step was unproven, the weights are the last proven ones', new sfn.Succeed(scope, 'Recovered'));
      const newcomer = letScale('Let the newcomer scale', 'to', recovered);
      const both = letScale('Let the old one scale', 'from', newcomer);
      what
        // Everything is at `from`: what the controller had turned on for a rollback is over.
        .when(and(recovering, sfn.Condition.numberEquals('$.weights.to', 0)), brief(setSwitch('Kill switch off again', KILL_SWITCH_OFF), both).next(both))
        .when(recovering, newcomer);
    }
    return what
      .when(not(is('wrong.ever')), new sfn.Succeed(scope, 'Nothing was to be done'))
      .when(is('done.switch'), off)
      .otherwise(done);
  }
}
