import {
  CreateEndpointCommand, UpdateEndpointCommand, UpdateEndpointWeightsAndCapacitiesCommand,
  type BlueGreenUpdatePolicy, type DeploymentConfig, type TrafficRoutingConfig,
} from '@aws-sdk/client-sagemaker';
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
const instances = (Value: number): { Type: 'INSTANCE_COUNT'; Value: number } => ({ Type: 'INSTANCE_COUNT', Value });
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
    ['canary without a size', blueGreen({ Type: 'CANARY' }), 'CanarySize is required when the traffic routing type is CANARY.'],
    ['linear without a step', blueGreen({ Type: 'LINEAR' }), 'LinearStepSize is required when the traffic routing type is LINEAR.'],
    ['all at once with a canary', blueGreen({ CanarySize: percent(10) }), 'CanarySize cannot be specified when the traffic routing type is ALL_AT_ONCE.'],
    ['canary with a step', blueGreen({ Type: 'CANARY', CanarySize: percent(10), LinearStepSize: percent(10) }), 'LinearStepSize cannot be specified when the traffic routing type is CANARY.'],
    ['a canary over half', blueGreen({ Type: 'CANARY', CanarySize: percent(51) }), 'CanarySize must be between 1 and 50 percent of the capacity, got 51.'],
    ['a step under a tenth', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(9) }), 'LinearStepSize must be between 10 and 50 percent of the capacity, got 9.'],
    ['a step over half', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(51) }), 'LinearStepSize must be between 10 and 50 percent of the capacity, got 51.'],
    ['a time limit within its waits', blueGreen({}, { TerminationWaitInSeconds: 300, MaximumExecutionTimeoutInSeconds: 600 }),
      'MaximumExecutionTimeoutInSeconds must be larger than the waits of the deployment, got 600 for waits of 600.'],
    ['a time limit that one step keeps and ten do not', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(10) }, { MaximumExecutionTimeoutInSeconds: 3000 }),
      'MaximumExecutionTimeoutInSeconds must be larger than the waits of the deployment, got 3000 for waits of 3000.'],
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
    expect(await refusal(fixture.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'x', EndpointConfigName: 'config-2', DeploymentConfig: { ...CANARY, RollingUpdatePolicy: rolling } }))))
      .toContain('Cannot specify both BlueGreenUpdatePolicy and RollingUpdatePolicy.');
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

  const hazards = (...why: string[]): object[] => why.map((text) => ({ kind: 'guardrail-dropped', text: `endpoint web: ${text}, so it is updated all at once` }));

  test('that rolls over several variants is all at once, alarms or not', async () => {
    fixture.standIn.setAlarm('errors', true);
    await update({ RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 60 }, AutoRollbackConfiguration: WATCHED.AutoRollbackConfiguration });
    fixture.standIn.advance(420);
    expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'config-2' });
    expect((await fixture.describe()).LastDeploymentConfig).toBeUndefined();
    expect(fixture.standIn.control.hazards).toEqual(hazards('a rolling update takes a single variant'));
  });

  test('with a rolling policy is all at once for a serverless variant, while blue/green is kept', async () => {
    const serverless = { VariantName: 'gpu', ModelName: 'gpu-model', ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } } as const;
    await fixture.config('serverless', [serverless]);
    await update(undefined, 'serverless');
    fixture.standIn.advance(420);
    await update({ RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 60 } }, 'serverless');
    fixture.standIn.advance(420);
    expect(await fixture.status()).toBe('InService');
    await update(CANARY, 'serverless');
    fixture.standIn.advance(420);
    expect(await stage()).toBe('Baking');
    expect(fixture.standIn.control.hazards).toEqual(hazards('a rolling update takes no serverless variant'));
  });

  test('loses its guard with Inf1 on either side', async () => {
    await fixture.config('inf1', [GPU, { ...INF2, InstanceType: 'ml.inf1.xlarge' }]);
    for (const config of ['inf1', 'config-2']) {
      await update(WATCHED, config);
      fixture.standIn.advance(420);
      expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: config });
    }
    expect(fixture.standIn.control.hazards).toEqual(hazards('it uses Inf1 instances', 'it uses Inf1 instances'));
  });

  test('keeps its guard without a hazard', async () => {
    await update(WATCHED);
    fixture.standIn.advance(420 + 660);
    expect((await fixture.describe()).LastDeploymentConfig).toEqual(WATCHED);
    expect(fixture.standIn.control.hazards).toEqual([]);
  });

  test('is no hazard when it is refused', async () => {
    await fixture.config('renamed', [GPU, { ...INF2, VariantName: 'neuron' }]);
    fixture.standIn.control.quotas.set('ml.g5.xlarge', 1);
    expect(await refusal(update(WATCHED, 'renamed'))).toContain('ResourceLimitExceeded');
    expect(fixture.standIn.control.hazards).toEqual([]);
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

describe('steps in instances', () => {
  const linear = (size: number): DeploymentConfig => blueGreen({ Type: 'LINEAR', LinearStepSize: instances(size), WaitIntervalInSeconds: 60 });
  const canary = (size: number): DeploymentConfig => blueGreen({ Type: 'CANARY', CanarySize: instances(size), WaitIntervalInSeconds: 60 });
  const rolling = (size: number): DeploymentConfig => ({ RollingUpdatePolicy: { MaximumBatchSize: instances(size), WaitIntervalInSeconds: 60 } });
  beforeEach(async () => {
    await fixture.config('large', [{ ...GPU, InitialInstanceCount: 4 }]);
    await fixture.config('huge', [{ ...GPU, InitialInstanceCount: 21 }]);
    await update(undefined, 'large');
    fixture.standIn.advance(420);
  });

  test.each<[string, DeploymentConfig, string, string]>([
    ['a canary of three in four', canary(3), 'large', 'CanarySize must be between 0 and 50 percent of the capacity, got 3 of the 4'],
    ['a step of three in four', linear(3), 'large', 'LinearStepSize must be between 10 and 50 percent of the capacity, got 3 of the 4'],
    ['a step of two in 21', linear(2), 'huge', 'LinearStepSize must be between 10 and 50 percent of the capacity, got 2 of the 21'],
    ['a batch of three in four', rolling(3), 'large', 'MaximumBatchSize must be between 5 and 50 percent of the capacity, got 3 of the 4'],
    ['a batch of one in 21', rolling(1), 'huge', 'MaximumBatchSize must be between 5 and 50 percent of the capacity, got 1 of the 21'],
  ])('are refused: %s', async (_what, config, name, message) => {
    expect(await refusal(update(config, name))).toBe(`ValidationException: ${message} instances of production variant "gpu".`);
    expect(await fixture.status()).toBe('InService');
  });

  test.each<[string, DeploymentConfig, string, number]>([
    ['half a canary', canary(2), 'large', 120],
    ['a canary of one in many', canary(1), 'huge', 120],
    ['half a step', linear(2), 'large', 120],
    ['a quarter a step', linear(1), 'large', 240],
    ['a step that does not divide', linear(4), 'huge', 360],
    ['half a batch', rolling(2), 'large', 120],
  ])('wait their interval each: %s', async (_what, config, name, seconds) => {
    await update(config, name);
    fixture.standIn.advance(420 + seconds - 1);
    expect(await fixture.status()).toBe('Updating');
    fixture.standIn.advance(1);
    expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: name });
  });

  test('are measured on the fleet that comes: a count that is retained, every variant, a configuration that is remembered', async () => {
    await update(canary(2), 'large');
    fixture.standIn.advance(1000);
    await fixture.sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredInstanceCount: 3 }] }));
    fixture.standIn.advance(60);
    expect(await refusal(update(undefined, 'large', { RetainAllVariantProperties: true, RetainDeploymentConfig: true }))).toContain('CanarySize must be between 0 and 50 percent of the capacity, got 2 of the 3');
    await update(undefined, 'large', { RetainDeploymentConfig: true });
    fixture.standIn.advance(1000);
    await fixture.config('two', [{ ...GPU, InitialInstanceCount: 4 }, INF2]);
    await update(undefined, 'two');
    fixture.standIn.advance(420);
    expect(await refusal(update(canary(1), 'two'))).toContain('got 1 of the 1 instances of production variant "inf2"');
  });

  test('are not measured at creation, nor when the guard is dropped', async () => {
    await fixture.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'x', EndpointConfigName: 'large', DeploymentConfig: canary(4) }));
    await update(canary(4), 'config-2');
    expect(fixture.standIn.control.hazards).toMatchObject([{ kind: 'guardrail-dropped' }]);
  });
});

test.each<[string, DeploymentConfig | undefined, number]>([
  ['none', undefined, 0],
  ['all at once', blueGreen({}), 300],
  ['canary', CANARY, 600],
  ['linear in thirds', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(33) }), 1200],
  ['linear by instances', blueGreen({ Type: 'LINEAR', LinearStepSize: instances(1) }), 1500],
  ['linear by instances that do not divide', blueGreen({ Type: 'LINEAR', LinearStepSize: instances(2) }), 900],
  ['rolling', { RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 100 } }, 200],
])('baking time: %s', (_what, config, seconds) => {
  const fleets = [3, 5].map((desiredCount) => ({ name: `of-${desiredCount}`, config: GPU, currentWeight: 1, desiredWeight: 1, currentCount: 1, desiredCount }));
  expect(bakingSeconds(config, fleets)).toBe(seconds);
});
