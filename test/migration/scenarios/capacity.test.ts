import { Duration } from 'aws-cdk-lib';
import { capacityGate } from './scenes';
import { ENDPOINT, since, World } from './world';
import { ShiftPlan, type TrafficMigrationProps } from '../../../src/migration';
import { SAGEMAKER } from '../../support/standin/sagemaker';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world?.stop());

const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(30) };

describe('6: the newcomer has capacity for 40 % of the traffic', () => {
  test('refused at the start where its maximum can never carry everything', async () => {
    world = await World.start({ migration: SHORT, inf2: { scaling: { maxInstances: 1, invocationsPerInstance: 400 } } });
    const run = await world.ended(world.run());
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'Migration.Refused', cause: 'inf2 needs 3 instances for 1,070 requests a minute and may have 1: raise its maximum' });
    expect(world.writes).toEqual([]);
    expect(world.lock.owner).toBeUndefined();
  });

  test('the step waits for instances that take 10 minutes, and no weight goes before them', async () => {
    world = await World.start({
      migration: SHORT,
      inf2: { scaling: { maxInstances: 4, invocationsPerInstance: 400 } },
      traffic: { requestsPerMinute: 1000, variants: { inf2: { capacityPerInstance: 450 } } },
    });
    const run = world.run();
    await world.until(() => world.share === 25, 60);
    world.standIn.control.durations.weights = 600;
    await world.until(() => world.writes.some(({ counts }) => counts?.inf2 === 2), 30);
    const asked = world.minute;
    world.standIn.control.durations.weights = 60;
    await world.until(() => world.share === 50, 30);
    expect(world.minute - asked).toBeGreaterThan(10);
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    expect(world.served('inf2').errors).toBe(0);
  });

  test('instances that never come: the step is given up, its weight never given', async () => capacityGate());

  test('forced, for nothing says what an instance carries: rolled back within 5 minutes of the onset', async () => {
    world = await World.start({
      migration: SHORT,
      inf2: { scaling: { maxInstances: 4, invocationsPerInstance: 1800 } },
      traffic: { requestsPerMinute: 1000, variants: { inf2: { capacityPerInstance: 400 } } },
    });
    const run = world.run();
    await world.until(() => world.share === 50, 60);
    const onset = world.minute;
    await world.until(() => world.share === 0, 10);
    expect(world.minute - onset).toBeLessThanOrEqual(5);
    await world.ended(run);
    expect(run.result.status).toBe('FAILED');
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
  });
});

describe('9: the GPU is shrunk', () => {
  test('autoscaling cannot: its minimum is the floor and scaling in is suspended until the window ends', async () => {
    world = await World.start({ migration: { ...SHORT, plan: ShiftPlan.canary(25) }, gpu: { scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 } } });
    const run = world.run();
    const wanted: number[] = [];
    for (const share of [25, 100]) {
      await world.until(() => world.share === share && world.endpoint.EndpointStatus === 'InService', 60);
      await world.minutes(2);
      wanted.push(world.standIn.scale(ENDPOINT, 'gpu', 1));
      await world.minutes(5);
      expect(world.counts.gpu).toBe(2);
    }
    expect(wanted).toEqual([2, 2]);
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    expect(world.scaling.gpu).toEqual({ min: 1, max: 8, in: false, out: false });
  });

  const shrink = (count: number) => world.standIn.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', {
    EndpointName: ENDPOINT, DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredInstanceCount: count }],
  });

  test('somebody does: nothing advances before the floor is there again', async () => {
    world = await World.start({ migration: SHORT });
    const run = world.run();
    await world.until(() => world.share === 10, 30);
    shrink(1);
    // No GPUs: InsufficientInstanceCapacity.
    world.standIn.control.capacity.set('ml.g5.xlarge', 1);
    await world.until(() => world.said('DriftDetected'), 5);
    expect(world.events('DriftDetected')[0].detail.message).toBe('gpu went from 2 to 1 instances and has to keep 2 for the way back; nothing advances before they are there');
    await world.minutes(40);
    expect(run.status).toBe('RUNNING');
    expect(world.share).toBe(10);
    world.standIn.control.capacity.delete('ml.g5.xlarge');
    // What came to nothing is tried again after half an hour: each try locks the endpoint for minutes.
    await world.until(() => world.share === 25, 45);
    expect(world.counts.gpu).toBe(2);
  });

  test('and the newcomer breaks meanwhile: everything goes to what is there, within 3 minutes of its errors being seen', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 20 ? 0.5 : 0) } } } });
    const run = world.run();
    await world.until(() => world.share === 10, 30);
    shrink(1);
    world.standIn.control.capacity.set('ml.g5.xlarge', 1);
    await world.until(() => world.said('RollbackStarted') || world.said('FallbackTriggered'), 30);
    await world.until(() => world.share === 0, 15);
    await world.ended(run);
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
    expect(run.result.status).toBe('FAILED');
  });
});
