import { Duration, Lazy, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { DeploymentStrategy, FleetPortion } from '../../src';

const render = (strategy: DeploymentStrategy, alarms: string[] = []) => strategy._render(alarms);

describe('what is rendered', () => {
  test('all at once: waits 10 minutes, keeps no old fleet, has two hours beyond the waits', () => {
    expect(render(DeploymentStrategy.allAtOnce())).toEqual({
      blueGreenUpdatePolicy: {
        trafficRoutingConfiguration: { type: 'ALL_AT_ONCE', waitIntervalInSeconds: 600, canarySize: undefined, linearStepSize: undefined },
        terminationWaitInSeconds: 0,
        maximumExecutionTimeoutInSeconds: 600 + 7200,
      },
      autoRollbackConfiguration: undefined,
    });
  });

  test('canary: the size of the first step in percent', () => {
    const policy = render(DeploymentStrategy.canary({ canarySize: FleetPortion.percent(25), waitInterval: Duration.minutes(5), terminationWait: Duration.minutes(1) }));
    expect(policy.blueGreenUpdatePolicy).toMatchObject({
      trafficRoutingConfiguration: { type: 'CANARY', canarySize: { type: 'CAPACITY_PERCENT', value: 25 }, waitIntervalInSeconds: 300 },
      terminationWaitInSeconds: 60,
      maximumExecutionTimeoutInSeconds: 2 * 300 + 60 + 7200,
    });
  });

  test('a wait of zero stays zero', () => {
    expect(render(DeploymentStrategy.canary({ waitInterval: Duration.seconds(0) })).blueGreenUpdatePolicy)
      .toMatchObject({ trafficRoutingConfiguration: { waitIntervalInSeconds: 0 } });
  });

  test('linear: 25 % steps by default, so four waits', () => {
    expect(render(DeploymentStrategy.linear({ waitInterval: Duration.minutes(60) })).blueGreenUpdatePolicy).toMatchObject({
      trafficRoutingConfiguration: { type: 'LINEAR', linearStepSize: { type: 'CAPACITY_PERCENT', value: 25 } },
      maximumExecutionTimeoutInSeconds: 4 * 3600 + 7200,
    });
  });

  test('linear in small steps: the time limit stops at the eight hours SageMaker allows', () => {
    expect(render(DeploymentStrategy.linear({ stepSize: FleetPortion.percent(15), waitInterval: Duration.minutes(60) })).blueGreenUpdatePolicy)
      .toMatchObject({ maximumExecutionTimeoutInSeconds: 28800 });
  });

  test('rolling: batches and the rollback batch', () => {
    expect(render(DeploymentStrategy.rolling({ maximumBatchSize: FleetPortion.instances(2), rollbackMaximumBatchSize: FleetPortion.percent(100) }))).toEqual({
      rollingUpdatePolicy: {
        maximumBatchSize: { type: 'INSTANCE_COUNT', value: 2 },
        rollbackMaximumBatchSize: { type: 'CAPACITY_PERCENT', value: 100 },
        waitIntervalInSeconds: 600,
        // How many batches there are depends on the size of the fleet: the longest time limit.
        maximumExecutionTimeoutInSeconds: 28800,
      },
      autoRollbackConfiguration: undefined,
    });
  });

  test('a number that is known at deploy time only is passed on, with the longest time limit', () => {
    const number = Token.asNumber({ Ref: 'Size' });
    expect(render(DeploymentStrategy.linear({ stepSize: FleetPortion.percent(number) })).blueGreenUpdatePolicy).toMatchObject({
      trafficRoutingConfiguration: { linearStepSize: { type: 'CAPACITY_PERCENT', value: number } },
      maximumExecutionTimeoutInSeconds: 28800,
    });
    expect(render(DeploymentStrategy.rolling({ maximumBatchSize: FleetPortion.instances(number) })).rollingUpdatePolicy).toMatchObject({
      maximumBatchSize: { type: 'INSTANCE_COUNT', value: number },
      maximumExecutionTimeoutInSeconds: 28800,
    });
  });

  test('steps in instances: a time limit of one\'s own is not judged by waits nobody can count yet', () => {
    expect(render(DeploymentStrategy.rolling({ maximumBatchSize: FleetPortion.instances(2), maximumExecutionTimeout: Duration.hours(1) })).rollingUpdatePolicy)
      .toMatchObject({ maximumExecutionTimeoutInSeconds: 3600 });
  });

  test.each([1, 4, 100])('a rollback batch of %d %%', (percent) => {
    expect(render(DeploymentStrategy.rolling({ rollbackMaximumBatchSize: FleetPortion.percent(percent) })).rollingUpdatePolicy)
      .toMatchObject({ rollbackMaximumBatchSize: { type: 'CAPACITY_PERCENT', value: percent } });
  });

  test('rollback alarms by name', () => {
    expect(render(DeploymentStrategy.allAtOnce(), ['a', 'b']).autoRollbackConfiguration).toEqual({ alarms: [{ alarmName: 'a' }, { alarmName: 'b' }] });
  });

  test('waits that are known at deploy time only are passed on, with the longest time limit', () => {
    const wait = Duration.seconds(Token.asNumber(Lazy.number({ produce: () => 5 })));
    const policy = render(DeploymentStrategy.allAtOnce({ waitInterval: wait })).blueGreenUpdatePolicy as unknown as { [key: string]: unknown };
    expect(Token.isUnresolved((policy.trafficRoutingConfiguration as { waitIntervalInSeconds: number }).waitIntervalInSeconds)).toBe(true);
    expect(policy.maximumExecutionTimeoutInSeconds).toBe(28800);
  });

  test('the time limit always exceeds the waits and stays inside the limits of the API', () => {
    fc.assert(fc.property(fc.integer({ min: 10, max: 50 }), fc.integer({ min: 0, max: 3600 }), fc.integer({ min: 0, max: 3600 }), (step, wait, termination) => {
      let strategy;
      try {
        strategy = DeploymentStrategy.linear({ stepSize: FleetPortion.percent(step), waitInterval: Duration.seconds(wait), terminationWait: Duration.seconds(termination) });
      } catch (error) {
        // Only waits that cannot fit into eight hours are refused.
        expect((error as Error).message).toContain('`maximumExecutionTimeout`');
        expect(Math.ceil(100 / step) * wait + termination).toBeGreaterThanOrEqual(28800);
        return;
      }
      const { maximumExecutionTimeoutInSeconds: limit } = render(strategy).blueGreenUpdatePolicy as { maximumExecutionTimeoutInSeconds: number };
      expect(limit).toBeGreaterThan(Math.ceil(100 / step) * wait + termination);
      expect(limit).toBeGreaterThanOrEqual(600);
      expect(limit).toBeLessThanOrEqual(28800);
    }), { numRuns: 200 });
  });
});

describe('fails', () => {
  const cases: [string, () => unknown, string][] = [
    ['a percentage of 0', () => FleetPortion.percent(0), 'FleetPortion.percent: `percent`: got 0; allowed: a whole number from 1 to 100; fix: give a whole number from 1 to 100'],
    ['a percentage of 101', () => FleetPortion.percent(101), 'FleetPortion.percent: `percent`: got 101; allowed: a whole number from 1 to 100; fix: give a whole number from 1 to 100'],
    ['half a percent', () => FleetPortion.percent(0.5), 'FleetPortion.percent: `percent`: got 0.5; allowed: a whole number from 1 to 100; fix: give a whole number from 1 to 100'],
    ['no instance', () => FleetPortion.instances(0), 'FleetPortion.instances: `count`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['NaN instances', () => FleetPortion.instances(NaN), 'FleetPortion.instances: `count`: got NaN; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['a canary of more than half', () => DeploymentStrategy.canary({ canarySize: FleetPortion.percent(51) }), 'DeploymentStrategy.canary: `canarySize`: got 51; allowed: a whole number from 1 to 50 percent; fix: give a whole number from 1 to 50 percent'],
    ['linear steps below 10 %', () => DeploymentStrategy.linear({ stepSize: FleetPortion.percent(9) }), 'DeploymentStrategy.linear: `stepSize`: got 9; allowed: a whole number from 10 to 50 percent; fix: give a whole number from 10 to 50 percent'],
    ['rolling batches below 5 %', () => DeploymentStrategy.rolling({ maximumBatchSize: FleetPortion.percent(4) }), 'DeploymentStrategy.rolling: `maximumBatchSize`: got 4; allowed: a whole number from 5 to 50 percent; fix: give a whole number from 5 to 50 percent'],
    ['a wait of more than an hour', () => DeploymentStrategy.allAtOnce({ waitInterval: Duration.hours(2) }), 'DeploymentStrategy.allAtOnce: `waitInterval`: got 7200; allowed: a whole number from 0 to 3600 seconds; fix: give a whole number from 0 to 3600 seconds'],
    ['a time limit below ten minutes', () => DeploymentStrategy.allAtOnce({ waitInterval: Duration.seconds(0), maximumExecutionTimeout: Duration.minutes(9) }), 'DeploymentStrategy.allAtOnce: `maximumExecutionTimeout`: got 540; allowed: a whole number from 600 to 28800 seconds; fix: give a whole number from 600 to 28800 seconds'],
    ['a time limit the waits alone use up', () => DeploymentStrategy.canary({ waitInterval: Duration.minutes(30), maximumExecutionTimeout: Duration.hours(1) }), 'DeploymentStrategy.canary: `maximumExecutionTimeout`: got 3600 seconds, while the waits alone take 3600 seconds; allowed: more than 3600 seconds, at most 28800; fix: raise `maximumExecutionTimeout`, or shorten `waitInterval` or `terminationWait`'],
  ];
  test.each(cases)('on %s', (_, make, message) => {
    expect(make).toThrow(new Error(message));
  });

  test('with all problems of one call together', () => {
    expect(() => DeploymentStrategy.canary({ canarySize: FleetPortion.percent(60), waitInterval: Duration.hours(2) })).toThrow(new Error([
      'DeploymentStrategy.canary: 2 problems',
      '  - `waitInterval`: got 7200; allowed: a whole number from 0 to 3600 seconds; fix: give a whole number from 0 to 3600 seconds',
      '  - `canarySize`: got 60; allowed: a whole number from 1 to 50 percent; fix: give a whole number from 1 to 50 percent',
    ].join('\n')));
  });
});

describe('a portion in instances against the size of a variant', () => {
  test('half of the fleet is fine, more is not', () => {
    const strategy = DeploymentStrategy.canary({ canarySize: FleetPortion.instances(1) });
    expect(strategy._problemsFor('gpu', 2)).toEqual([]);
    expect(strategy._problemsFor('gpu', 1)).toEqual([{
      prop: 'deployment.canarySize',
      got: '1 instance of the 1 of variant \'gpu\' (100 %)',
      allowed: 'at most 50 % of the instances of every variant',
      fix: 'raise the variant\'s `initialInstanceCount`, or give the size in percent with `FleetPortion.percent`',
    }]);
  });

  test('a linear step of one in eleven is too small', () => {
    const strategy = DeploymentStrategy.linear({ stepSize: FleetPortion.instances(1) });
    expect(strategy._problemsFor('gpu', 10)).toEqual([]);
    expect(strategy._problemsFor('gpu', 11)).toHaveLength(1);
  });

  test('a number that is known at deploy time only is not judged', () => {
    expect(DeploymentStrategy.canary({ canarySize: FleetPortion.instances(Token.asNumber({ Ref: 'Size' })) })._problemsFor('gpu', 1)).toEqual([]);
  });

  test('percentages are never judged against a count', () => {
    expect(DeploymentStrategy.canary().isRolling).toBe(false);
    expect(DeploymentStrategy.canary()._problemsFor('gpu', 1)).toEqual([]);
  });
});
