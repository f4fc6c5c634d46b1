import { Duration } from 'aws-cdk-lib';
import { idOf } from './deployed';
import { migrationStack, since, World, type StackOptions } from './world';
import { ModelSource, ServedModel } from '../../../src';
import type { TrafficMigrationProps } from '../../../src/migration';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world.stop());

const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(30) };
/** The newcomer's model, compiled again. */
const NEW: StackOptions = { migration: SHORT, inf2: { model: ServedModel.onNeuron(ModelSource.s3Uri('s3://models-bucket/bge/neuron-2/model.tar.gz')) } };

describe('10: cdk deploy with a new endpoint configuration at 50 %', () => {
  test('the weights are kept; the drift is seen, the run pauses, looks again and goes on', async () => {
    world = await World.start({ migration: SHORT });
    const run = world.run();
    await world.until(() => world.share === 50, 60);
    await world.minutes(3);
    const pinned = world.scaling;
    const config = world.endpoint.EndpointConfigName;
    world.deploy(migrationStack(NEW));
    const deployed = world.minute;
    await world.until(() => world.said('Paused'), 2);
    expect(world.events('Paused')[0].detail.by).toBe('update');
    await world.until(() => world.endpoint.EndpointStatus === 'InService', 10);
    expect(world.endpoint.EndpointConfigName).not.toBe(config);
    expect(world.share).toBe(50);
    expect(world.scaling).toEqual(pinned);
    await world.until(() => world.said('Resumed'), 2);
    expect(world.events('Resumed')[0].detail.message).toMatch(/^the update to .* is done; inf2 is judged from the beginning, for its containers are new$/);
    await world.until(() => world.share === 80, 60);
    // A whole dwell of the new containers.
    expect(world.minute - world.events('Resumed')[0].minute).toBeGreaterThan(10);
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    expect(world.shares).toEqual([5, 10, 25, 50, 80, 100]);
    expect(world.names.filter((name) => ['DriftDetected', 'Paused', 'Resumed'].includes(name))).toEqual(['DriftDetected', 'Paused', 'Resumed']);
    expect(deployed).toBeGreaterThan(30);
  });

  test('the new containers are bad: rolled back by their own evidence', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 50 ? 0.03 : 0) } } } });
    const run = world.run();
    await world.until(() => world.share === 50, 60);
    world.deploy(migrationStack(NEW));
    await world.ended(run);
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack' });
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
  });

  test('errors during the update itself are judged, and it goes back as soon as the endpoint takes it', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 38 ? 0.04 : 0) } } } });
    const run = world.run();
    await world.until(() => world.share === 50, 60);
    await world.until(() => world.minute > 37, 10);
    world.deploy(migrationStack(NEW));
    await world.until(() => world.said('RollbackStarted'), 8);
    expect(world.endpoint.EndpointStatus).toBe('Updating');
    await world.ended(run);
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack' });
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
  });

  test('a deploy that fails and is rolled back: on with what is known of the old containers', async () => {
    world = await World.start({ migration: SHORT });
    const run = world.run();
    await world.until(() => world.share === 25, 60);
    await world.minutes(3);
    const judged = world.state.verdict!.evidence[0].newcomer.total;
    world.standIn.control.faults.push({ operation: 'UpdateEndpoint', reason: 'The primary container did not pass the ping health check.' });
    world.deploy(migrationStack(NEW));
    await world.until(() => world.said('Resumed'), 15);
    expect(world.events('Resumed')[0].detail.message).toMatch(/^the update came to nothing: the endpoint has configuration .* as before$/);
    expect(world.state.verdict!.evidence[0].newcomer.total).toBeGreaterThan(judged);
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    expect(world.shares).toEqual([5, 10, 25, 50, 80, 100]);
  });

  test('a deploy without a change of the endpoint is not even noticed', async () => {
    world = await World.start({ migration: SHORT });
    const run = world.run();
    await world.until(() => world.share === 10, 60);
    const pinned = world.scaling;
    world.deploy(migrationStack({ migration: { ...SHORT, fallbackWindow: Duration.minutes(20) } }));
    expect(world.scaling).toEqual(pinned);
    await world.ended(run);
    expect(world.said('DriftDetected')).toBe(false);
    // The run keeps the plan that it was started with.
    expect(world.events('FallbackWindowEnded')[0].detail.message).toMatch(/ for 3[01] min; /);
  });
});

test('the template keeps live weights and counts, and has the ones that are safe', async () => {
  world = await World.start({ migration: SHORT });
  const { template } = world.deployed;
  expect(template.Resources[idOf(world.deployed, 'AWS::SageMaker::Endpoint', 'Endpoint')].Properties!.RetainAllVariantProperties).toBe(true);
  const { ProductionVariants: variants } = template.Resources[idOf(world.deployed, 'AWS::SageMaker::EndpointConfig', 'Config')].Properties!;
  expect(variants.map((one: any) => [one.VariantName, one.InitialVariantWeight, one.InitialInstanceCount])).toEqual([['gpu', 1, 2], ['inf2', 0, 1]]);
});
