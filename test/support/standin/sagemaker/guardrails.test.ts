import { CreateEndpointCommand, UpdateEndpointCommand, type BlueGreenUpdatePolicy, type DeploymentConfig, type TrafficRoutingConfig } from '@aws-sdk/client-sagemaker';
import { bakingSeconds } from './guardrails';
import { Fixture, GPU, INF2, refusal } from '../fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.start();
  await fixture.endpoint();
  await fixture.config('config-2');
});
afterEach(async () => fixture.stop());

const update = async (DeploymentConfig?: DeploymentConfig, EndpointConfigName = 'config-2', rest: object = {}): Promise<unknown> =>
  fixture.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'web', EndpointConfigName, DeploymentConfig, ...rest }));
const percent = (Value: number): { Type: 'CAPACITY_PERCENT'; Value: number } => ({ Type: 'CAPACITY_PERCENT', Value });
const blueGreen = (routing: Partial<TrafficRoutingConfig>, policy: Partial<BlueGreenUpdatePolicy> = {}): DeploymentConfig => ({
  BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 300, ...routing }, ...policy },
});
const CANARY = blueGreen({ Type: 'CANARY', CanarySize: percent(20) }, { TerminationWaitInSeconds: 60 });
const WATCHED: DeploymentConfig = { ...CANARY, AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'errors' }] } };

describe('a deployment configuration is refused', () => {
  const rolling = { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 60 };
  test.each<[string, DeploymentConfig, string]>([
    ['with both policies', { ...CANARY, RollingUpdatePolicy: rolling }, 'Cannot specify both BlueGreenUpdatePolicy and RollingUpdatePolicy.'],
    ['with alarms alone', { AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'a' }] } }, 'AutoRollbackConfiguration requires a BlueGreenUpdatePolicy or a RollingUpdatePolicy.'],
    ['rolling, with two variants', { RollingUpdatePolicy: rolling }, 'RollingUpdatePolicy is not supported for endpoints with multiple production variants.'],
    ['canary without a size', blueGreen({ Type: 'CANARY' }), 'CanarySize is required when the traffic routing type is CANARY.'],
    ['linear without a step', blueGreen({ Type: 'LINEAR' }), 'LinearStepSize is required when the traffic routing type is LINEAR.'],
    ['all at once with a canary', blueGreen({ CanarySize: percent(10) }), 'CanarySize cannot be specified when the traffic routing type is ALL_AT_ONCE.'],
    ['canary with a step', blueGreen({ Type: 'CANARY', CanarySize: percent(10), LinearStepSize: percent(10) }), 'LinearStepSize cannot be specified when the traffic routing type is CANARY.'],
    ['a canary over half', blueGreen({ Type: 'CANARY', CanarySize: percent(51) }), 'CanarySize must be between 1 and 50 percent of the capacity, got 51.'],
    ['a step under a tenth', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(9) }), 'LinearStepSize must be between 10 and 50 percent of the capacity, got 9.'],
    ['a step over half', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(51) }), 'LinearStepSize must be between 10 and 50 percent of the capacity, got 51.'],
    ['a time limit within its waits', blueGreen({}, { TerminationWaitInSeconds: 300, MaximumExecutionTimeoutInSeconds: 600 }),
      'MaximumExecutionTimeoutInSeconds must be larger than the waits of the deployment, got 600 for waits of 600.'],
  ])('%s', async (_what, config, message) => {
    expect(await refusal(update(config))).toBe(`ValidationException: ${message}`);
    expect(await fixture.status()).toBe('InService');
  });

  test('with eleven alarms', async () => {
    const Alarms = Array.from({ length: 11 }, (_, index) => ({ AlarmName: `a${index}` }));
    expect(await refusal(update({ ...CANARY, AutoRollbackConfiguration: { Alarms } }))).toContain(
      "at 'deploymentConfig.autoRollbackConfiguration.alarms' failed to satisfy constraint: Member must have length less than or equal to 10");
  });

  test('at creation as well', async () => {
    expect(await refusal(fixture.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'x', EndpointConfigName: 'config-2', DeploymentConfig: { RollingUpdatePolicy: rolling } }))))
      .toContain('RollingUpdatePolicy is not supported');
  });

  test('rolling with a batch that is too small, on one variant', async () => {
    await fixture.config('one', [GPU]);
    expect(await refusal(update({ RollingUpdatePolicy: { MaximumBatchSize: percent(4), WaitIntervalInSeconds: 60 } }, 'one'))).toContain(
      'MaximumBatchSize must be between 5 and 50 percent of the capacity, got 4.');
  });
});

describe('a guarded update', () => {
  const stage = async (): Promise<string | undefined> => (await fixture.describe()).PendingDeploymentSummary?.ProductionVariants?.[0].VariantStatus?.[0].Status;

  test('provisions, bakes, waits for the old fleet, and is remembered', async () => {
    await update(CANARY);
    expect(await stage()).toBe('Creating');
    fixture.standIn.advance(420);
    expect(await stage()).toBe('Baking');
    fixture.standIn.advance(600 + 59);
    expect(await fixture.status()).toBe('Updating');
    fixture.standIn.advance(1);
    expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'config-2', LastDeploymentConfig: CANARY });
  });

  test('goes back when its alarm rings while it bakes', async () => {
    await update(WATCHED);
    fixture.standIn.advance(430);
    fixture.standIn.setAlarm('other', true);
    expect(await fixture.status()).toBe('Updating');
    fixture.standIn.setAlarm('errors', true);
    expect(await fixture.status()).toBe('RollingBack');
    fixture.standIn.advance(120);
    expect(await fixture.describe()).toMatchObject({
      EndpointStatus: 'InService', EndpointConfigName: 'config-1', FailureReason: 'The deployment was rolled back because the alarm errors went into ALARM.',
    });
    fixture.standIn.advance(3600);
    expect((await fixture.describe()).EndpointConfigName).toBe('config-1');
  });

  test('goes back at the end of baking when the alarm rang all along, and not when it is quiet again', async () => {
    fixture.standIn.setAlarm('errors', true);
    await update(WATCHED);
    fixture.standIn.advance(420 + 600);
    expect(await fixture.status()).toBe('RollingBack');
    fixture.standIn.advance(120);
    fixture.standIn.setAlarm('errors', false);
    await update(WATCHED);
    fixture.standIn.advance(420 + 660);
    expect((await fixture.describe()).EndpointConfigName).toBe('config-2');
  });

  test('reuses the last configuration when told to', async () => {
    await update(CANARY);
    fixture.standIn.advance(2000);
    await update(undefined, 'config-1', { RetainDeploymentConfig: true });
    fixture.standIn.advance(420);
    expect(await stage()).toBe('Baking');
    fixture.standIn.advance(2000);
    await update();
    fixture.standIn.advance(420);
    expect(await fixture.status()).toBe('InService');
  });

  test('loses its guard when variants come or go: AWS says nothing, the stand-in keeps a hazard', async () => {
    await fixture.config('renamed', [GPU, { ...INF2, VariantName: 'neuron' }]);
    await update(WATCHED, 'renamed');
    fixture.standIn.advance(420);
    expect(await fixture.status()).toBe('InService');
    expect(fixture.standIn.control.hazards).toEqual([{ kind: 'guardrail-dropped', text: 'endpoint web: its variants change, so it is updated all at once' }]);
  });

  test('rolls over one variant batch by batch', async () => {
    await fixture.config('one', [GPU]);
    await update(undefined, 'one');
    fixture.standIn.advance(420);
    await fixture.config('one-2', [GPU]);
    await update({ RollingUpdatePolicy: { MaximumBatchSize: percent(25), WaitIntervalInSeconds: 60 } }, 'one-2');
    fixture.standIn.advance(420 + 239);
    expect(await fixture.status()).toBe('Updating');
    fixture.standIn.advance(1);
    expect(await fixture.status()).toBe('InService');
  });
});

test.each<[string, DeploymentConfig | undefined, number]>([
  ['none', undefined, 0],
  ['all at once', blueGreen({}), 300],
  ['canary', CANARY, 600],
  ['linear in thirds', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(33) }), 1200],
  ['linear by instances', blueGreen({ Type: 'LINEAR', LinearStepSize: { Type: 'INSTANCE_COUNT', Value: 1 } }), 3000],
  ['rolling', { RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 100 } }, 200],
])('baking time: %s', (_what, config, seconds) => {
  expect(bakingSeconds(config)).toBe(seconds);
});
