import { UpdateEndpointWeightsAndCapacitiesCommand, type ProductionVariant } from '@aws-sdk/client-sagemaker';
import { Listener } from '../../compilation/runtime/http';
import { Fixture, GPU, IMAGE, INF2 } from '../../support/standin/fixture';

const saved = { ...process.env };
let fixture: Fixture;
let client: typeof import('../../../src/benchmark/runtime/live-version.client');

function load(url: string): void {
  jest.resetModules();
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_SAGEMAKER: url });
  client = jest.requireActual('../../../src/benchmark/runtime/live-version.client');
}

beforeEach(async () => {
  fixture = await Fixture.start();
  load(fixture.server.url);
});
afterEach(async () => {
  process.env = { ...saved };
  await fixture.stop();
});

const scale = async (VariantName: string, DesiredInstanceCount: number) =>
  fixture.sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount }] }));
const calls = () => fixture.standIn.control.calls.map(({ operation }) => operation).filter((operation) => operation.startsWith('DescribeEndpoint'));

describe('what serves a variant', () => {
  test('is its model, its instances and the image as it was resolved, in two calls', async () => {
    await fixture.endpoint([{ ...GPU, InitialInstanceCount: 3 }, INF2]);
    expect(await client.liveVersion('web', 'gpu')).toEqual({ modelName: 'gpu-model', instanceType: 'ml.g5.xlarge', image: IMAGE, instances: 3 });
    expect(calls()).toEqual(['DescribeEndpoint', 'DescribeEndpointConfig']);
    expect(await client.liveVersion('web', 'inf2')).toEqual({ modelName: 'inf2-model', instanceType: 'ml.inf2.xlarge', image: IMAGE, instances: 1 });
  });

  test('of several in the order that was asked for, in two calls as well', async () => {
    await fixture.endpoint();
    expect((await client.liveVersions('web', ['inf2', 'gpu'])).map(({ modelName }) => modelName)).toEqual(['inf2-model', 'gpu-model']);
    expect(calls()).toEqual(['DescribeEndpoint', 'DescribeEndpointConfig']);
  });

  test('counts the instances that are there, not those it began with', async () => {
    await fixture.endpoint();
    await scale('inf2', 2);
    fixture.standIn.advance(3600);
    expect((await client.liveVersion('web', 'inf2')).instances).toBe(2);
  });
});

describe('a variant that shall be steady', () => {
  const outcome = async () => client.steadyVersion('web', 'inf2').catch((error: Error) => [error instanceof client.NotSteady, error instanceof client.NoLiveVersion, error.message]);

  test('is the same when it is, in two calls as well', async () => {
    await fixture.endpoint();
    expect(await outcome()).toEqual({ modelName: 'inf2-model', instanceType: 'ml.inf2.xlarge', image: IMAGE, instances: 1 });
    expect(calls()).toEqual(['DescribeEndpoint', 'DescribeEndpointConfig']);
  });

  test('changes while its endpoint does', async () => {
    await fixture.endpoint();
    await scale('gpu', 2);
    expect(await outcome()).toEqual([true, true, 'endpoint web is Updating, not InService']);
  });

  test('changes while instances are missing', async () => {
    await fixture.endpoint();
    fixture.standIn.state().endpoints.get('web')!.fleets.find(({ name }) => name === 'inf2')!.desiredCount = 3;
    expect(await outcome()).toEqual([true, true, 'variant inf2 has 1 of 3 instances']);
    expect((await client.liveVersion('web', 'inf2')).instances).toBe(1);
  });

  test('is not waited for when its endpoint is not there, or has failed', async () => {
    expect(await outcome()).toEqual([false, true, 'endpoint web is not there']);
    await fixture.endpoint();
    fixture.standIn.state().endpoints.get('web')!.status = 'Failed';
    expect(await outcome()).toEqual([false, true, 'endpoint web is Failed, not InService']);
  });
});

describe('is not known', () => {
  const failure = async (endpoint: string, variant: string) => {
    const error = await client.liveVersion(endpoint, variant).then(() => undefined, (reason: Error) => reason);
    return [error instanceof client.NoLiveVersion, error?.message];
  };

  test('of an endpoint that is not there', async () => {
    expect(await failure('web', 'gpu')).toEqual([true, 'endpoint web is not there']);
  });

  test('of a variant that is not there', async () => {
    await fixture.endpoint();
    expect(await failure('web', 'trn1')).toEqual([true, 'endpoint web has no variant trn1; it has gpu, inf2']);
    expect(calls()).toEqual(['DescribeEndpoint']);
  });

  test('of an endpoint that changes', async () => {
    await fixture.endpoint();
    await scale('inf2', 2);
    expect(await failure('web', 'inf2')).toEqual([true, 'endpoint web is Updating, not InService']);
  });

  test('when the service refuses: that is another error', async () => {
    await fixture.endpoint();
    fixture.standIn.control.faults.push({ operation: 'DescribeEndpoint', error: { type: 'ThrottlingException', message: 'Rate exceeded', status: 400 } } as never);
    expect(await failure('web', 'gpu')).toEqual([false, 'Rate exceeded']);
  });
});

describe('pools of instances', () => {
  let listener: Listener;
  let live: object;
  let variant: object;
  afterEach(async () => listener.stop());

  beforeEach(async () => {
    listener = await Listener.start(({ headers }) => ({
      body: JSON.stringify(String(headers['x-amz-target']).endsWith('DescribeEndpointConfig')
        ? { EndpointConfigName: 'c', ProductionVariants: [{ VariantName: 'inf2', ModelName: 'plain', ...variant }] }
        : { EndpointName: 'web', EndpointConfigName: 'c', EndpointStatus: 'InService', ProductionVariants: [{ VariantName: 'inf2', CurrentInstanceCount: 2, ...live }] }),
    }));
    load(listener.url);
    variant = { InstancePools: [{ InstanceType: 'ml.inf2.xlarge', Priority: 1 }, { InstanceType: 'ml.inf2.8xlarge', Priority: 2, ModelNameOverride: 'big' }] };
  });

  const pools = (...counts: [string, number][]) => ({ InstancePools: counts.map(([InstanceType, CurrentInstanceCount]) => ({ InstanceType, CurrentInstanceCount })) });

  test('one that is used is the type', async () => {
    live = pools(['ml.inf2.xlarge', 2], ['ml.inf2.8xlarge', 0]);
    expect(await client.liveVersion('web', 'inf2')).toEqual({ modelName: 'plain', instanceType: 'ml.inf2.xlarge', instances: 2 });
    live = pools(['ml.inf2.8xlarge', 2]);
    expect(await client.liveVersion('web', 'inf2')).toEqual({ modelName: 'big', instanceType: 'ml.inf2.8xlarge', instances: 2 });
  });

  test('a mix is a version of its own, however it is listed', async () => {
    live = pools(['ml.inf2.8xlarge', 1], ['ml.inf2.xlarge', 1]);
    expect(await client.liveVersion('web', 'inf2')).toMatchObject({ modelName: 'plain+big', instanceType: 'ml.inf2.xlarge+ml.inf2.8xlarge' });
    variant = { InstancePools: [{ InstanceType: 'ml.inf2.xlarge' }, { InstanceType: 'ml.inf2.8xlarge' }] };
    expect((await client.liveVersion('web', 'inf2')).modelName).toBe('plain');
  });

  test.each<[string, object, Partial<ProductionVariant>]>([
    ['without instances', { CurrentInstanceCount: 0 }, {}],
    ['of a serverless variant', {}, { InstancePools: undefined }],
    ['of a variant without a model', pools(['ml.inf2.xlarge', 2]), { ModelName: undefined }],
  ])('none %s', async (_, given, configured) => {
    live = given;
    variant = { ...variant, ...configured };
    await expect(client.liveVersion('web', 'inf2')).rejects.toThrow('variant inf2 of endpoint web has no model on instances of its own, so it has no version');
  });

  test('the image of the host is named where the configuration does', async () => {
    variant = { InstanceType: 'ml.inf2.xlarge', InferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-2' };
    live = {};
    expect((await client.liveVersion('web', 'inf2')).inferenceAmiVersion).toBe('al2-ami-sagemaker-inference-neuron-2');
    variant = { InstanceType: 'ml.inf2.xlarge' };
    expect(await client.liveVersion('web', 'inf2')).not.toHaveProperty('inferenceAmiVersion');
  });

  test('images of several containers are all named, once', async () => {
    variant = { InstanceType: 'ml.inf2.xlarge' };
    live = { DeployedImages: [{ ResolvedImage: 'a@sha256:1' }, { SpecifiedImage: 'x' }, { ResolvedImage: 'b@sha256:2' }, { ResolvedImage: 'a@sha256:1' }] };
    expect((await client.liveVersion('web', 'inf2')).image).toBe('a@sha256:1, b@sha256:2');
  });

  test('are seen with an SDK that knows nothing of them', async () => {
    const { SageMakerClient } = jest.requireActual('@aws-sdk/client-sagemaker');
    const send = SageMakerClient.prototype.send;
    jest.spyOn(SageMakerClient.prototype, 'send').mockImplementation(async function (this: unknown, ...args) {
      await send.apply(this, args);
      return {};
    });
    live = pools(['ml.inf2.xlarge', 2]);
    expect((await client.liveVersion('web', 'inf2')).instanceType).toBe('ml.inf2.xlarge');
  });
});
