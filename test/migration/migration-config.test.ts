import { CfnParameter, Duration } from 'aws-cdk-lib';
import { definition, migrate, newStack, variants } from './construct-support';
import { AdvanceWindow, DriftPolicy, FallbackCapacity, InconclusivePolicy, MigrationGate, ShiftPlan, type TrafficMigrationProps } from '../../src/migration';

const configOf = (props: Partial<TrafficMigrationProps> = {}, all = variants()) => migrate(props, all).migration._config;

test('by default', () => {
  expect(configOf()).toEqual({
    migration: 'Stack-Migration-5D73C387',
    endpointName: 'Endpoint',
    from: { name: 'gpu', scaled: true, requestsPerInstance: 900, minInstances: 2, maxInstances: 8 },
    to: { name: 'inf2', scaled: true, requestsPerInstance: 1800, minInstances: 1, maxInstances: 6 },
    totalWeight: 1,
    plan: ShiftPlan.auto()._render(false),
    limits: { latencyIncreaseP95: 0.25, latencyIncreaseP99: 0.25, errorRatio: 2, falseRollback: 0.05, falsePromotion: 0.05 },
    fallback: { windowSeconds: 86_400, floor: 'full' },
    gates: [],
    alarms: [{ name: 'known-at-deploy-time', rollBack: true }],
    policies: { onInconclusive: 'hold', onDrift: 'pause', maxPauseSeconds: 86_400, changeTimeoutSeconds: 2700, dryRun: false },
    warmUp: { seconds: 120 },
  });
});

test('with everything', () => {
  const config = configOf({
    migrationName: 'to-inferentia2',
    plan: ShiftPlan.canary(10, { warmUp: { body: '{}' } }),
    limits: { latencyIncrease: 0, latencyIncreaseP99: 1, errorRatio: 1, errorAllowance: 0.01, falseRollbackRate: 0.01, falsePromotionRate: 0.1 },
    fallbackWindow: Duration.days(14),
    fallbackCapacity: FallbackCapacity.instances(8),
    advanceWindow: AdvanceWindow.weekdays({ opens: '09:00', timeZone: 'UTC' }),
    gates: [MigrationGate.approval()],
    policies: { onInconclusive: InconclusivePolicy.ROLL_BACK, onDrift: DriftPolicy.ABORT, maxPause: Duration.days(7), changeTimeout: Duration.hours(4), dryRun: true },
  });
  expect(config).toMatchObject({
    migration: 'to-inferentia2',
    plan: { steps: [10], maxSeconds: 14 * 86_400 },
    limits: { latencyIncreaseP95: 0, latencyIncreaseP99: 1, errorRatio: 1, errorAllowance: 0.01, falseRollback: 0.01, falsePromotion: 0.1 },
    fallback: { windowSeconds: 14 * 86_400, floor: 8 },
    gates: [{ id: 'approval-full' }],
    advanceWindow: { days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1440, timeZone: 'UTC', freezes: [] },
    policies: { onInconclusive: 'rollback', onDrift: 'abort', maxPauseSeconds: 604_800, changeTimeoutSeconds: 14_400, dryRun: true },
    warmUp: { seconds: 120, requests: { count: 10, body: '{}', contentType: 'application/json' } },
  });
});

describe('zero is a value', () => {
  test('of the fallback window', () => {
    expect(configOf({ fallbackWindow: Duration.seconds(0) }).fallback.windowSeconds).toBe(0);
  });

  test('of the latency increase, for p99 too', () => {
    expect(configOf({ limits: { latencyIncrease: 0 } }).limits).toMatchObject({ latencyIncreaseP95: 0, latencyIncreaseP99: 0 });
    expect(configOf({ limits: { latencyIncreaseP99: 0 } }).limits).toMatchObject({ latencyIncreaseP95: 0.25, latencyIncreaseP99: 0 });
  });
});

test('latency is not judged when nobody wants it', () => {
  expect(configOf({ limits: { judgeLatency: false } }).limits).toEqual({ errorRatio: 2, falseRollback: 0.05, falsePromotion: 0.05 });
  expect(configOf({ limits: { judgeLatency: true } }).limits).toMatchObject({ latencyIncreaseP95: 0.25, latencyIncreaseP99: 0.25 });
});

describe('variants', () => {
  test('that do not scale', () => {
    const { from, to } = configOf({}, variants({ gpu: { scaling: undefined }, inf2: { scaling: undefined } }));
    expect([from, to]).toEqual([{ name: 'gpu', scaled: false }, { name: 'inf2', scaled: false }]);
  });

  test('that scale on something else: what an instance carries is not known', () => {
    const { from } = configOf({}, variants({ gpu: { scaling: { maxInstances: 4, concurrentRequestsPerInstance: 5 } } }));
    expect(from).toEqual({ name: 'gpu', scaled: true, minInstances: 1, maxInstances: 4 });
  });

  test('with other weights: the sum is shared', () => {
    expect(configOf({}, variants({ gpu: { weight: 2.5 } })).totalWeight).toBe(2.5);
  });

  test('with numbers that are known at deploy time: in the definition, and left out of a rehearsal', () => {
    const stack = newStack();
    const most = new CfnParameter(stack, 'Most', { type: 'Number', default: 5 }).valueAsNumber;
    const all = variants({ gpu: { scaling: { maxInstances: most, invocationsPerInstance: 900 } } }, stack);
    expect(migrate({}, all).migration._config.from).toEqual({ name: 'gpu', scaled: true, requestsPerInstance: 900, minInstances: 1 });
    const { config } = (definition(stack, 'Run').States as any).Begin.Parameters;
    expect(config.from.maxInstances).toBe(5);
  });
});

test('a fixed name of the endpoint is in the config of a rehearsal as it is', () => {
  expect(configOf({}, variants({ endpoint: { endpointName: 'Embeddings' } })).endpointName).toMatch(/Embeddings|Endpoint/);
});

test('the way back from Neuron to the GPU that the template names', () => {
  const all = variants();
  expect(configOf({ from: all.inf2, to: all.gpu }, all)).toMatchObject({ from: { name: 'inf2' }, to: { name: 'gpu' }, totalWeight: 1 });
});
