import {
  CreateEndpointCommand, CreateModelCommand, DeleteEndpointCommand, DeleteEndpointConfigCommand, ListEndpointsCommand, UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand, type DesiredWeightAndCapacity, type UpdateEndpointCommandInput,
} from '@aws-sdk/client-sagemaker';
import { ACCOUNT_ARN, Fixture, GPU, IMAGE, INF2, refusal, ROLE } from '../fixture';

const ARN = `${ACCOUNT_ARN}:endpoint/web`;
const BUSY = `ValidationException: Cannot update in-progress endpoint "${ARN}".`;

let fixture: Fixture;
beforeEach(async () => { fixture = await Fixture.start(); });
afterEach(async () => fixture.stop());

const create = async (name = 'web', config = 'config-1'): Promise<unknown> =>
  fixture.sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: config }));
const update = async (input: Partial<UpdateEndpointCommandInput> = {}): Promise<unknown> =>
  fixture.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'web', EndpointConfigName: 'config-2', ...input }));
const rescale = async (...wanted: DesiredWeightAndCapacity[]): Promise<unknown> =>
  fixture.sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'web', DesiredWeightsAndCapacities: wanted }));
const remove = async (): Promise<unknown> => fixture.sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'web' }));

async function everyWriteIsRefused(): Promise<void> {
  expect(await refusal(update({ EndpointConfigName: 'config-1' }))).toBe(BUSY);
  expect(await refusal(rescale({ VariantName: 'gpu', DesiredWeight: 2 }))).toBe(BUSY);
  expect(await refusal(remove())).toBe(BUSY);
}

describe('creation', () => {
  beforeEach(async () => {
    await fixture.models('gpu-model', 'inf2-model');
    await fixture.config('config-1');
  });

  test('takes its time, then serves; a weight of 0 is shown', async () => {
    await create();
    let described = await fixture.describe();
    expect(described.EndpointStatus).toBe('Creating');
    expect(described.ProductionVariants).toBeUndefined();
    expect(described.PendingDeploymentSummary).toMatchObject({ EndpointConfigName: 'config-1', ProductionVariants: [{ VariantName: 'gpu', InstanceType: 'ml.g5.xlarge', VariantStatus: [{ Status: 'Creating' }] }, { VariantName: 'inf2' }] });
    fixture.standIn.advance(359);
    expect(await fixture.status()).toBe('Creating');
    fixture.standIn.advance(1);
    described = await fixture.describe();
    expect(described.EndpointStatus).toBe('InService');
    expect(described.PendingDeploymentSummary).toBeUndefined();
    expect(described.ProductionVariants).toEqual([
      expect.objectContaining({ VariantName: 'gpu', CurrentWeight: 1, DesiredWeight: 1, CurrentInstanceCount: 1, DesiredInstanceCount: 1 }),
      expect.objectContaining({ VariantName: 'inf2', CurrentWeight: 0, DesiredWeight: 0, CurrentInstanceCount: 1, DesiredInstanceCount: 1 }),
    ]);
    expect(described.ProductionVariants![0].DeployedImages).toMatchObject([{ SpecifiedImage: IMAGE }]);
    expect(described.LastModifiedTime!.getTime() - described.CreationTime!.getTime()).toBe(360_000);
  });

  test('refuses every write until then', async () => {
    await create();
    await everyWriteIsRefused();
    expect(await refusal(create('WEB'))).toBe(`ValidationException: Cannot create already existing endpoint "${ARN}".`);
  });

  test('refuses a configuration that is not there', async () => {
    expect(await refusal(create('web', 'No'))).toBe(`ValidationException: Could not find endpoint configuration "${ACCOUNT_ARN}:endpoint-config/no".`);
    expect(await refusal(fixture.describe())).toBe(`ValidationException: Could not find endpoint "${ARN}".`);
  });

  test('that fails says why, and leaves an endpoint that can only be deleted', async () => {
    fixture.standIn.control.faults.push({ operation: 'CreateEndpoint', reason: 'no ping' });
    await create();
    fixture.standIn.advance(360);
    const described = await fixture.describe();
    expect([described.EndpointStatus, described.FailureReason, described.ProductionVariants]).toEqual(['Failed', 'no ping', undefined]);
    const text = `ValidationException: Cannot update endpoint "${ARN}" with status "Failed": a failed endpoint can only be deleted.`;
    expect(await refusal(update({ EndpointConfigName: 'config-1' }))).toBe(text);
    expect(await refusal(rescale({ VariantName: 'gpu', DesiredWeight: 1 }))).toBe(text);
    await remove();
    fixture.standIn.advance(60);
    expect(await refusal(fixture.describe())).toContain('Could not find endpoint');
    await create();
    fixture.standIn.advance(360);
    expect(await fixture.status()).toBe('InService');
  });

  test('fails where there is no capacity', async () => {
    fixture.standIn.control.capacity.set('ml.inf2.xlarge', 0);
    await create();
    fixture.standIn.advance(360);
    const described = await fixture.describe();
    expect(described.EndpointStatus).toBe('Failed');
    expect(described.FailureReason).toContain('InsufficientInstanceCapacity error for production variant inf2');
  });

  test('is refused over the account quota', async () => {
    fixture.standIn.control.quotas.set('ml.inf2.xlarge', 0);
    expect(await refusal(create())).toBe("ResourceLimitExceeded: The account-level service limit 'ml.inf2.xlarge for endpoint usage' is 0 Instances, with current utilization of "
      + '0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota. '
      + 'If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.');
  });

  test('with instance pools takes the next pool when the first has too few', async () => {
    fixture.standIn.control.capacity.set('ml.g6.xlarge', 1);
    await fixture.config('pools', [{
      VariantName: 'v',
      ModelName: 'gpu-model',
      InitialInstanceCount: 3,
      InstancePools: [{ InstanceType: 'ml.g5.xlarge', Priority: 2 }, { InstanceType: 'ml.g6.xlarge', Priority: 1 }],
    }]);
    await create('web', 'pools');
    fixture.standIn.advance(360);
    expect((await fixture.describe()).ProductionVariants![0].InstancePools).toEqual([
      { InstanceType: 'ml.g6.xlarge', CurrentInstanceCount: 1 }, { InstanceType: 'ml.g5.xlarge', CurrentInstanceCount: 2 },
    ]);
  });

  test('shows shadow variants and data capture', async () => {
    await fixture.config('shadow', [GPU], {
      ShadowProductionVariants: [INF2],
      DataCaptureConfig: { EnableCapture: true, InitialSamplingPercentage: 10, DestinationS3Uri: 's3://bucket/capture', CaptureOptions: [{ CaptureMode: 'Input' }] },
    });
    await create('web', 'shadow');
    fixture.standIn.advance(360);
    const described = await fixture.describe();
    expect(described.ShadowProductionVariants).toMatchObject([{ VariantName: 'inf2', CurrentInstanceCount: 1 }]);
    expect(described.DataCaptureConfig).toEqual({ EnableCapture: true, CaptureStatus: 'Started', CurrentSamplingPercentage: 10, DestinationS3Uri: 's3://bucket/capture', KmsKeyId: '' });
  });
});

describe('weights and counts', () => {
  beforeEach(async () => fixture.endpoint());

  test('change after a while, while desired and current differ', async () => {
    await rescale({ VariantName: 'gpu', DesiredWeight: 0 }, { VariantName: 'inf2', DesiredWeight: 1, DesiredInstanceCount: 2 });
    let described = await fixture.describe();
    expect(described.EndpointStatus).toBe('Updating');
    expect(described.PendingDeploymentSummary).toBeUndefined();
    expect(described.ProductionVariants).toMatchObject([
      { CurrentWeight: 1, DesiredWeight: 0, VariantStatus: [{ Status: 'Updating' }] }, { CurrentWeight: 0, DesiredWeight: 1, CurrentInstanceCount: 1, DesiredInstanceCount: 2 },
    ]);
    await everyWriteIsRefused();
    fixture.standIn.advance(60);
    described = await fixture.describe();
    expect(described.EndpointStatus).toBe('InService');
    expect(await fixture.live()).toEqual([['gpu', 0, 1], ['inf2', 1, 2]]);
  });

  test.each<[string, DesiredWeightAndCapacity[], string]>([
    ['an unknown variant', [{ VariantName: 'tpu', DesiredWeight: 1 }], `Could not find production variant "tpu" in endpoint "${ARN}".`],
    ['a variant twice', [{ VariantName: 'gpu', DesiredWeight: 1 }, { VariantName: 'gpu', DesiredWeight: 0 }], 'Duplicate variant "gpu" in DesiredWeightsAndCapacities.'],
    ['no instance', [{ VariantName: 'gpu', DesiredInstanceCount: 0 }], 'DesiredInstanceCount of production variant "gpu" must be at least 1: only asynchronous endpoints scale to zero.'],
  ])('are refused for %s, and nothing changes', async (_what, wanted, message) => {
    expect(await refusal(rescale({ VariantName: 'inf2', DesiredWeight: 9 }, ...wanted))).toBe(`ValidationException: ${message}`);
    expect(await fixture.status()).toBe('InService');
    expect((await fixture.describe()).ProductionVariants![1].DesiredWeight).toBe(0);
  });

  test('of two variants may not be two counts: the API takes the capacity of one', async () => {
    expect(await refusal(rescale({ VariantName: 'gpu', DesiredInstanceCount: 2 }, { VariantName: 'inf2', DesiredInstanceCount: 1, DesiredWeight: 9 }))).toBe(
      'ValidationException: DesiredInstanceCount can be specified for one production variant in a request, got it for gpu, inf2.');
    expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', ProductionVariants: [{ DesiredInstanceCount: 1 }, { DesiredWeight: 0 }] });
    await rescale({ VariantName: 'gpu', DesiredInstanceCount: 2 });
    fixture.standIn.advance(60);
    await rescale({ VariantName: 'inf2', DesiredInstanceCount: 3 });
    fixture.standIn.advance(60);
    expect(await fixture.live()).toEqual([['gpu', 1, 2], ['inf2', 0, 3]]);
  });

  test('that cannot be had go back', async () => {
    fixture.standIn.control.capacity.set('ml.g5.xlarge', 1);
    await rescale({ VariantName: 'gpu', DesiredInstanceCount: 3, DesiredWeight: 0.5 });
    fixture.standIn.advance(60);
    expect(await fixture.status()).toBe('RollingBack');
    expect(await refusal(rescale({ VariantName: 'gpu', DesiredWeight: 1 }))).toBe(BUSY);
    fixture.standIn.advance(120);
    const described = await fixture.describe();
    expect(described.EndpointStatus).toBe('InService');
    expect(described.FailureReason).toContain('InsufficientInstanceCapacity');
    expect(await fixture.live()).toEqual([['gpu', 1, 1], ['inf2', 0, 1]]);
  });

  test('are refused over the quota, and counted with what runs', async () => {
    fixture.standIn.control.quotas.set('ml.g5.xlarge', 2);
    expect(await refusal(rescale({ VariantName: 'gpu', DesiredInstanceCount: 3 }))).toContain('ResourceLimitExceeded');
    await rescale({ VariantName: 'gpu', DesiredInstanceCount: 2 });
    fixture.standIn.advance(60);
    expect(await fixture.live()).toEqual([['gpu', 1, 2], ['inf2', 0, 1]]);
  });

  test('may all be 0, which is a hazard', async () => {
    await rescale({ VariantName: 'gpu', DesiredWeight: 0 });
    expect(fixture.standIn.control.hazards).toEqual([{ kind: 'all-weights-zero', text: 'endpoint web: no variant gets traffic' }]);
  });

  test('of an asynchronous endpoint may be no instance', async () => {
    await fixture.config('async', [GPU], { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://bucket/out' } } });
    await create('queue', 'async');
    fixture.standIn.advance(360);
    await fixture.sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'queue', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredInstanceCount: 0 }] }));
    fixture.standIn.advance(60);
    expect(await fixture.live('queue')).toEqual([['gpu', 1, 0]]);
  });
});

describe('an update', () => {
  beforeEach(async () => {
    await fixture.endpoint();
    await fixture.config('config-2', [{ ...GPU, InitialInstanceCount: 2 }, INF2]);
  });

  const shift = async (): Promise<void> => {
    await rescale({ VariantName: 'gpu', DesiredWeight: 0.25 }, { VariantName: 'inf2', DesiredWeight: 0.75, DesiredInstanceCount: 5 });
    fixture.standIn.advance(60);
  };

  test('resets weights and counts to the new configuration', async () => {
    await shift();
    await update();
    const busy = await fixture.describe();
    expect(busy).toMatchObject({ EndpointStatus: 'Updating', EndpointConfigName: 'config-1', PendingDeploymentSummary: { EndpointConfigName: 'config-2' } });
    expect(await fixture.live()).toEqual([['gpu', 0.25, 1], ['inf2', 0.75, 5]]);
    fixture.standIn.advance(420);
    expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'config-2' });
    expect(await fixture.live()).toEqual([['gpu', 1, 2], ['inf2', 0, 1]]);
  });

  test.each<[string, Partial<UpdateEndpointCommandInput>, unknown]>([
    ['all', { RetainAllVariantProperties: true }, [['gpu', 0.25, 1], ['inf2', 0.75, 5]]],
    ['all but weights', { RetainAllVariantProperties: true, ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredWeight' }] }, [['gpu', 1, 1], ['inf2', 0, 5]]],
    ['all but counts', { RetainAllVariantProperties: true, ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredInstanceCount' }] }, [['gpu', 0.25, 2], ['inf2', 0.75, 1]]],
    ['nothing, as the list alone does nothing', { ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredWeight' }] }, [['gpu', 1, 2], ['inf2', 0, 1]]],
  ])('retains %s', async (_what, flags, live) => {
    await shift();
    await update(flags);
    fixture.standIn.advance(420);
    expect(await fixture.live()).toEqual(live);
  });

  test('gives a new variant its initial values while the others keep theirs', async () => {
    await shift();
    await fixture.config('config-3', [GPU, INF2, { ...GPU, VariantName: 'new', InitialVariantWeight: 3 }]);
    await update({ EndpointConfigName: 'config-3', RetainAllVariantProperties: true });
    fixture.standIn.advance(420);
    expect(await fixture.live()).toEqual([['gpu', 0.25, 1], ['inf2', 0.75, 5], ['new', 3, 1]]);
  });

  test('retains data capture unless it is excluded', async () => {
    const capture = (percentage: number): object => ({
      DataCaptureConfig: { EnableCapture: true, InitialSamplingPercentage: percentage, DestinationS3Uri: 's3://bucket/c', CaptureOptions: [{ CaptureMode: 'Input' }] },
    });
    await fixture.config('captured', [GPU, INF2], capture(10));
    await fixture.config('captured-more', [GPU, INF2], capture(50));
    const sampling = async (): Promise<number | undefined> => (await fixture.describe()).DataCaptureConfig?.CurrentSamplingPercentage;
    await update({ EndpointConfigName: 'captured' });
    fixture.standIn.advance(420);
    expect(await sampling()).toBe(10);
    await update({ EndpointConfigName: 'captured-more', RetainAllVariantProperties: true });
    fixture.standIn.advance(420);
    expect(await sampling()).toBe(10);
    await update({ EndpointConfigName: 'captured-more', RetainAllVariantProperties: true, ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DataCaptureConfig' }] });
    fixture.standIn.advance(420);
    expect(await sampling()).toBe(50);
  });

  test('that fails goes back to the old fleet, which never stopped', async () => {
    fixture.standIn.control.faults.push({ operation: 'UpdateEndpoint' });
    await update();
    fixture.standIn.advance(420);
    expect(await fixture.status()).toBe('RollingBack');
    expect(await fixture.live()).toEqual([['gpu', 1, 1], ['inf2', 0, 1]]);
    fixture.standIn.advance(120);
    expect(await fixture.describe()).toMatchObject({
      EndpointStatus: 'InService', EndpointConfigName: 'config-1', FailureReason: 'The primary container did not pass the ping health check.',
    });
    await update();
    fixture.standIn.advance(420);
    const described = await fixture.describe();
    expect([described.EndpointConfigName, described.FailureReason]).toEqual(['config-2', undefined]);
  });

  test('needs room for both fleets', async () => {
    fixture.standIn.control.capacity.set('ml.g5.xlarge', 2);
    await update();
    fixture.standIn.advance(540);
    expect((await fixture.describe()).FailureReason).toContain('InsufficientInstanceCapacity error for production variant gpu');
    fixture.standIn.control.quotas.set('ml.g5.xlarge', 2);
    expect(await refusal(update())).toContain('with current utilization of 1 Instances and a request delta of 2 Instances');
  });

  test('is refused when a configuration is missing: the new one, or the one that runs', async () => {
    expect(await refusal(update({ EndpointConfigName: 'No' }))).toBe(`ValidationException: Could not find endpoint configuration "${ACCOUNT_ARN}:endpoint-config/no".`);
    await fixture.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'config-1' }));
    expect(await refusal(update())).toBe(`ValidationException: Could not find endpoint configuration "${ACCOUNT_ARN}:endpoint-config/config-1".`);
  });

  test('of an endpoint that is not there', async () => {
    expect(await refusal(update({ EndpointName: 'No' }))).toBe(`ValidationException: Could not find endpoint "${ACCOUNT_ARN}:endpoint/no".`);
  });
});

describe('deletion', () => {
  beforeEach(async () => fixture.endpoint());

  test('takes a while and refuses to be repeated', async () => {
    await remove();
    expect(await fixture.status()).toBe('Deleting');
    expect(await refusal(remove())).toBe(BUSY);
    fixture.standIn.advance(60);
    expect(await refusal(fixture.describe())).toBe(`ValidationException: Could not find endpoint "${ARN}".`);
    expect(await refusal(remove())).toBe(`ValidationException: Could not find endpoint "${ARN}".`);
  });

  test('that fails leaves the endpoint', async () => {
    fixture.standIn.control.faults.push({ operation: 'DeleteEndpoint', reason: 'not now' });
    await remove();
    fixture.standIn.advance(60);
    expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', FailureReason: 'not now' });
  });

  test('frees the instances', async () => {
    fixture.standIn.control.quotas.set('ml.g5.xlarge', 1);
    await remove();
    fixture.standIn.advance(60);
    await create();
    expect(await fixture.status()).toBe('Creating');
  });
});

test('ListEndpoints filters by status and name', async () => {
  await fixture.endpoint();
  await fixture.sagemaker.send(new CreateModelCommand({ ModelName: 'other', ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } }));
  await create('second');
  const names = async (input: object): Promise<(string | undefined)[]> =>
    (await fixture.sagemaker.send(new ListEndpointsCommand(input))).Endpoints!.map((endpoint) => endpoint.EndpointName);
  expect(await names({})).toEqual(['second', 'web']);
  expect(await names({ StatusEquals: 'Creating' })).toEqual(['second']);
  expect(await names({ NameContains: 'WE' })).toEqual(['web']);
  expect(await names({ LastModifiedTimeBefore: new Date(Date.UTC(2026, 0, 1, 0, 30)) })).toEqual(['web']);
});
