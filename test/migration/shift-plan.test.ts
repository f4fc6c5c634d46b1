import { Duration } from 'aws-cdk-lib';
import { ShiftPlan, UnprovablePlan } from '../../src/migration';

const config = (plan: ShiftPlan, windowed = false) => plan._render(windowed);

describe('the steps of', () => {
  test.each<[string, ShiftPlan, number[]]>([
    ['steps', ShiftPlan.steps([5, 10, 25, 50, 80]), [5, 10, 25, 50, 80]],
    ['steps, the smallest', ShiftPlan.steps([0.1]), [0.1]],
    ['linear', ShiftPlan.linear({ stepPercentage: 20 }), [20, 40, 60, 80]],
    ['linear, up to less', ShiftPlan.linear({ stepPercentage: 10, maxPercentage: 30 }), [10, 20, 30]],
    ['linear, not divided', ShiftPlan.linear({ stepPercentage: 30 }), [30, 60, 80]],
    ['linear, a single one', ShiftPlan.linear({ stepPercentage: 80 }), [80]],
    ['linear, in parts', ShiftPlan.linear({ stepPercentage: 1.6, maxPercentage: 5.6 }), [1.6, 3.2, 4.8, 5.6]],
    ['linear, by a third', ShiftPlan.linear({ stepPercentage: 26.666666666 }), [26.666667, 53.333333, 80]],
    ['canary', ShiftPlan.canary(10), [10]],
    ['auto', ShiftPlan.auto(), [5, 10, 25, 50, 80]],
    ['auto, from less', ShiftPlan.auto({ firstPercentage: 1 }), [1, 5, 10, 25, 50, 80]],
    ['auto, from more', ShiftPlan.auto({ firstPercentage: 25 }), [25, 50, 80]],
    ['auto, from between', ShiftPlan.auto({ firstPercentage: 30 }), [30, 50, 80]],
    ['auto, from the last', ShiftPlan.auto({ firstPercentage: 80 }), [80]],
  ])('%s', (_, plan, steps) => {
    expect(plan.percentages).toEqual(steps);
    expect(config(plan).steps).toEqual(steps);
    expect(`${plan}`).toBe(`${[...steps, 100].join(', ')} %`);
  });

  test('a list that the user changes later stays as it was', () => {
    const mine = [5, 50];
    const plan = ShiftPlan.steps(mine);
    mine.push(100);
    expect(plan.percentages).toEqual([5, 50]);
  });
});

describe('the config of a plan', () => {
  test('by default', () => {
    expect(config(ShiftPlan.auto())).toEqual({
      steps: [5, 10, 25, 50, 80],
      dwellSeconds: 600,
      bakeSeconds: 1800,
      maxStepSeconds: 14_400,
      maxSeconds: 172_800,
      minRequestsPerStep: 20,
      periodSeconds: 60,
      publicationDelaySeconds: 60,
      unprovable: 'refuse',
    });
    expect(ShiftPlan.auto()._warmUp).toEqual({ seconds: 120 });
  });

  test('with everything', () => {
    const plan = ShiftPlan.steps([50], {
      dwell: Duration.minutes(1),
      bake: Duration.minutes(90),
      maxStepDuration: Duration.hours(6),
      maxDuration: Duration.days(14),
      minRequests: 1000,
      onUnprovable: UnprovablePlan.WARN,
      warmUp: { duration: Duration.seconds(0), body: '{"inputs":"x"}', requestCount: 100, contentType: 'text/csv' },
    });
    expect(config(plan)).toEqual({
      steps: [50],
      dwellSeconds: 60,
      bakeSeconds: 5400,
      maxStepSeconds: 21_600,
      maxSeconds: 1_209_600,
      minRequestsPerStep: 1000,
      periodSeconds: 60,
      publicationDelaySeconds: 60,
      unprovable: 'warn',
    });
    expect(plan._warmUp).toEqual({ seconds: 0, requests: { count: 100, body: '{"inputs":"x"}', contentType: 'text/csv' } });
  });

  test('a body alone: ten requests of JSON', () => {
    expect(ShiftPlan.auto({ warmUp: { body: '{}' } })._warmUp).toEqual({ seconds: 120, requests: { count: 10, body: '{}', contentType: 'application/json' } });
  });

  test('linear and auto pass their options on', () => {
    const options = { dwell: Duration.minutes(2), bake: Duration.minutes(3) };
    for (const plan of [ShiftPlan.linear({ stepPercentage: 40, ...options }), ShiftPlan.auto(options), ShiftPlan.canary(5, options)]) {
      expect([plan.dwell.toSeconds(), plan.bake.toSeconds()]).toEqual([120, 180]);
    }
  });

  test('nights and weekends take their part when there is a window, and what was said stays', () => {
    expect(config(ShiftPlan.auto(), true).maxSeconds).toBe(14 * 86_400);
    expect(config(ShiftPlan.auto({ maxDuration: Duration.days(3) }), true).maxSeconds).toBe(3 * 86_400);
  });

  test('a long plan has long limits by itself', () => {
    const plan = ShiftPlan.steps([10, 50], { dwell: Duration.days(1), bake: Duration.days(2) });
    expect(plan.leastDuration.toSeconds()).toBe(86_400 + 172_800 + 2 * 120);
    expect(config(plan)).toMatchObject({ maxStepSeconds: 2 * (172_800 + 120), maxSeconds: 2 * plan.leastDuration.toSeconds() });
  });

  test('but none longer than 14 days', () => {
    expect(config(ShiftPlan.steps([10, 50], { dwell: Duration.days(5), bake: Duration.days(6) })).maxSeconds).toBe(14 * 86_400);
  });

  test('the least time counts dwells but the last one, the bake, and every warm-up', () => {
    expect(ShiftPlan.auto().leastDuration.toSeconds()).toBe(4 * 600 + 1800 + 5 * 120);
    expect(ShiftPlan.canary(5).leastDuration.toSeconds()).toBe(1800 + 120);
  });
});

describe('the edges of times', () => {
  const least = ShiftPlan.auto().leastDuration;

  test('a second more than the plan is enough', () => {
    expect(config(ShiftPlan.auto({ maxDuration: Duration.seconds(least.toSeconds() + 1) })).maxSeconds).toBe(least.toSeconds() + 1);
    expect(() => ShiftPlan.auto({ maxDuration: least })).toThrow('`maxDuration`: got 1 hour 20 minutes; allowed: more than 1 hour 20 minutes');
  });

  test('a second more than the longest step is enough', () => {
    expect(config(ShiftPlan.auto({ maxStepDuration: Duration.seconds(1921) })).maxStepSeconds).toBe(1921);
    expect(() => ShiftPlan.auto({ maxStepDuration: Duration.minutes(32) })).toThrow('`maxStepDuration`: got 32 minutes; allowed: more than 32 minutes');
  });

  test('a dwell longer than the bake counts, but not of a single step', () => {
    const long = { dwell: Duration.hours(3), bake: Duration.minutes(5), maxStepDuration: Duration.hours(1) };
    expect(() => ShiftPlan.steps([10, 50], long)).toThrow('`maxStepDuration`: got 1 hour; allowed: more than 3 hours 2 minutes');
    expect(config(ShiftPlan.canary(10, long)).maxStepSeconds).toBe(3600);
  });
});
