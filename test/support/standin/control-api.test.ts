import { RegisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import {
  CreateEndpointCommand, CreateProcessingJobCommand, DescribeEndpointCommand, DescribeProcessingJobCommand, UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { RealClock } from './clock';
import type { LoggedCall } from './control';
import { ACCOUNT_ARN, Fixture, refusal, ROLE } from './fixture';
import { JOB_ROLE, processing } from './job-fixture';
import { StandIn } from './stand-in';

let fixture: Fixture;
beforeEach(async () => { fixture = await Fixture.start(); });
afterEach(async () => fixture.stop());

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; answer: any }> {
  const answer = await fetch(`${fixture.server.url}${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  return { status: answer.status, answer: await answer.json() };
}
const control = async (body: unknown): Promise<{ status: number; answer: any }> => ask('POST', '/_control', body);

describe('the control API', () => {
  test('is healthy, and shows its settings', async () => {
    expect(await ask('GET', '/_control/health')).toEqual({ status: 200, answer: { ok: true } });
    await control({ durations: { creating: 5 }, capacity: { 'ml.g5.xlarge': 2 }, quotas: { 'ml.inf2.xlarge': 3 }, alarms: { a: 'ALARM' }, failNext: { operation: 'CreateEndpoint', times: 2 } });
    expect((await ask('GET', '/_control')).answer).toMatchObject({
      durations: { creating: 5, updating: 420 }, capacity: { 'ml.g5.xlarge': 2 }, quotas: { 'ml.inf2.xlarge': 3 }, alarms: ['a'], faults: [{ operation: 'CreateEndpoint', times: 2 }],
    });
    await control({ capacity: { 'ml.g5.xlarge': null }, alarms: { a: 'OK' } });
    expect((await ask('GET', '/_control')).answer).toMatchObject({ capacity: {}, alarms: [] });
  });

  test.each([
    [{ failnext: {} }, 'unknown control: failnext; known: reset, durations, failNext, capacity, quotas, alarms, jobs, traffic, metrics, scale, advance'],
    [{ durations: { create: 1 } }, 'unknown duration: create; known: creating, updating, weights, deleting, rollingBack, guardrailScale, jobStarting, jobPending, jobMaxPending, jobDownloading, job, jobUploading, jobStopping'],
    [{ failNext: { operation: 'CreateEndpiont' } }, 'unknown operation: CreateEndpiont'],
    [{ failNext: { operation: 'CreateProcessingJob', job: { exit: 1 } } }, 'unknown for a job: exit; known: seconds, files, deletes, log, exitCode, message, upload, interruptions, billableShare, metrics'],
    [{ jobs: { exitcode: 1 } }, 'unknown for a job: exitcode; known: seconds, files, deletes, log, exitCode, message, upload, interruptions, billableShare, metrics'],
    [{ quotas: { 'ml.m5.xlarge for processing jobs': 0 } }, 'no instance type, nor the use of one by jobs: ml.m5.xlarge for processing jobs'],
    [{ capacity: { 'g5.xlarge': 0 } }, 'no instance type, nor the use of one by jobs: g5.xlarge'],
    [{ advance: -1 }, 'seconds must be 0 or more, got -1'],
    [{ scale: { endpoint: 'no', variant: 'v', count: 1 } }, 'variant v of endpoint no is not a scalable target'],
  ])('refuses %j', async (body, message) => {
    expect(await control(body)).toEqual({ status: 400, answer: { message } });
  });

  test('knows no other paths, and reads only JSON', async () => {
    expect((await ask('GET', '/_control/nothing')).status).toBe(404);
    expect((await fetch(`${fixture.server.url}/_control`, { method: 'POST', body: '{' })).status).toBe(400);
    expect((await fetch(`${fixture.server.url}/_control`, { method: 'POST' })).status).toBe(200);
  });

  test('advances time, scales, and empties the world', async () => {
    await fixture.endpoint();
    await fixture.autoscaling.send(new RegisterScalableTargetCommand({
      ServiceNamespace: 'sagemaker', ResourceId: 'endpoint/web/variant/gpu', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount', MinCapacity: 1, MaxCapacity: 4,
    }));
    expect((await control({ scale: { endpoint: 'web', variant: 'gpu', count: 9 }, advance: 60 })).answer).toEqual({ ok: true, scaled: 4 });
    expect(await fixture.live()).toEqual([['gpu', 1, 4], ['inf2', 0, 1]]);
    await control({ reset: true });
    expect(await refusal(fixture.describe())).toContain('Could not find endpoint');
    expect((await ask('GET', '/_control/requests')).answer).toHaveLength(1);
  });

  test('time cannot be advanced where it is real', () => {
    expect(() => new StandIn({ clock: new RealClock() }).advance(1)).toThrow('advance needs a virtual clock');
  });
});

describe('faults', () => {
  const throttled = { operation: 'DescribeEndpoint', error: { type: 'ThrottlingException', message: 'Rate exceeded' }, times: 2 };

  test('refuse so many calls, then let them through', async () => {
    await fixture.endpoint();
    await control({ failNext: throttled });
    expect(await refusal(fixture.describe())).toBe('ThrottlingException: Rate exceeded');
    expect(await refusal(fixture.describe())).toBe('ThrottlingException: Rate exceeded');
    expect(await fixture.status()).toBe('InService');
  });

  test('may be for one name only', async () => {
    await fixture.endpoint();
    await control({ failNext: [{ ...throttled, name: 'other' }, { operation: 'CreateEndpoint', name: 'bad', reason: 'as told' }] });
    expect(await fixture.status()).toBe('InService');
    for (const name of ['good', 'bad']) await fixture.sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: 'config-1' }));
    fixture.standIn.advance(360);
    expect([await fixture.status('good'), await fixture.status('bad')]).toEqual(['InService', 'Failed']);
  });

  test('of an error and of a failure wait for their own call', async () => {
    await fixture.endpoint();
    await control({
      failNext: [
        { operation: 'UpdateEndpointWeightsAndCapacities', reason: 'late' },
        { operation: 'UpdateEndpointWeightsAndCapacities', error: { type: 'ThrottlingException', message: 'Rate exceeded' } },
      ],
    });
    const shift = async (): Promise<unknown> => fixture.sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: 3 }] }));
    expect(await refusal(shift())).toBe('ThrottlingException: Rate exceeded');
    await shift();
    fixture.standIn.advance(180);
    expect(await fixture.describe()).toMatchObject({ EndpointStatus: 'InService', FailureReason: 'late' });
    expect(await fixture.live()).toEqual([['gpu', 1, 1], ['inf2', 0, 1]]);
  });
});

describe('jobs', () => {
  const create = async (name: string): Promise<unknown> => fixture.sagemaker.send(new CreateProcessingJobCommand(processing(name, { ProcessingInputs: [], ProcessingOutputConfig: undefined })));
  const status = async (name: string): Promise<string> => (await fixture.sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }))).ProcessingJobStatus!;

  test('do from then on what is said, and go well again', async () => {
    await control({ jobs: { exitCode: 1, message: 'told' } });
    await create('one');
    fixture.standIn.advance(1000);
    await control({ jobs: null });
    await create('two');
    fixture.standIn.advance(1000);
    expect([await status('one'), await status('two')]).toEqual(['Failed', 'Completed']);
  });

  test('leave what was done in the name of their roles, until it is forgotten', async () => {
    await create('one');
    fixture.standIn.advance(120);
    const calls = (await ask('GET', '/_control/role-calls')).answer as unknown[];
    expect(calls[0]).toEqual({ roleArn: JOB_ROLE, action: 'ecr:GetAuthorizationToken', resource: '*' });
    expect(await ask('DELETE', '/_control/role-calls')).toEqual({ status: 200, answer: { ok: true } });
    expect((await ask('GET', '/_control/role-calls')).answer).toEqual([]);
  });
});

describe('the request log', () => {
  test('has every call, with what IAM needs to know', async () => {
    await fixture.endpoint();
    await refusal(fixture.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'No' })));
    const calls = (await ask('GET', '/_control/requests')).answer as LoggedCall[];
    expect(calls.map((call) => [call.action, call.status, call.resources])).toEqual([
      ['sagemaker:CreateModel', 200, [`${ACCOUNT_ARN}:model/gpu-model`]],
      ['sagemaker:CreateModel', 200, [`${ACCOUNT_ARN}:model/inf2-model`]],
      ['sagemaker:CreateEndpointConfig', 200, [`${ACCOUNT_ARN}:endpoint-config/config-1`]],
      ['sagemaker:CreateEndpoint', 200, [`${ACCOUNT_ARN}:endpoint/web`, `${ACCOUNT_ARN}:endpoint-config/config-1`]],
      ['sagemaker:DescribeEndpoint', 400, [`${ACCOUNT_ARN}:endpoint/no`]],
    ]);
    expect(calls[0]).toMatchObject({ passedRoles: [ROLE], account: '123456789012', region: 'us-east-1', service: 'sagemaker', input: { ModelName: 'gpu-model' } });
    expect(calls[4]).toMatchObject({ error: 'ValidationException', message: `Could not find endpoint "${ACCOUNT_ARN}:endpoint/no".` });
    await ask('DELETE', '/_control/requests');
    expect((await ask('GET', '/_control/requests')).answer).toEqual([]);
  });

  test('and the state are not changed by what callers do to their objects', () => {
    const standIn = new StandIn();
    const [service] = StandIn.SERVICES;
    const input = { ModelName: 'm', ExecutionRoleArn: ROLE, PrimaryContainer: { Image: 'i' } };
    standIn.call(service, 'CreateModel', input);
    input.PrimaryContainer.Image = 'changed';
    expect(standIn.call(service, 'DescribeModel', { ModelName: 'm' })).toMatchObject({ PrimaryContainer: { Image: 'i' } });
    expect(standIn.control.calls[0].input).toMatchObject({ PrimaryContainer: { Image: 'i' } });
  });

  test('an answer that breaks its shape is an internal failure, not an answer', () => {
    const standIn = new StandIn();
    const [service] = StandIn.SERVICES;
    const broken = { ...service, operations: { ListModels: { run: () => ({ Models: 'none' }), resources: () => [] } } };
    expect(() => standIn.call(broken, 'ListModels', {})).toThrow("the stand-in's answer to ListModels breaks its shape: STRING_VALUE at 'models' can not be converted to List");
    expect(standIn.control.calls[0]).toMatchObject({ status: 500, error: 'InternalFailure' });
  });
});

describe('traffic and metrics', () => {
  const requests = { requestsPerMinute: 600, seed: 2, variants: { gpu: { errorRate: 0.5, latency: { median: 20 } } } };

  test('requests from outside the process, and what became of them', async () => {
    await fixture.endpoint();
    await ask('POST', '/_control', { traffic: { endpoint: 'web', requests }, metrics: { publicationDelay: 10 }, advance: 600 });
    const { requests: all, serverErrors, clientErrors } = fixture.standIn.traffic.total('web', 'gpu');
    expect((await ask('GET', '/_control/traffic/web')).answer).toEqual({ gpu: { requests: all, serverErrors, clientErrors } });
    expect([Math.abs(all - 6000) < 400, Math.abs(serverErrors - all / 2) < 300, fixture.standIn.metrics.publicationDelay]).toEqual([true, true, 10]);
    await ask('POST', '/_control', { traffic: { endpoint: 'web', requests: null }, advance: 600 });
    expect((await ask('GET', '/_control/traffic/web')).answer).toEqual({ gpu: { requests: all, serverErrors, clientErrors } });
    expect((await ask('GET', '/_control/traffic/none')).answer).toEqual({});
  });

  test('events can be read', async () => {
    fixture.standIn.bus.emit({ 'source': 's', 'detail-type': 't', 'account': '1', 'region': 'r', 'resources': [], 'detail': {} });
    expect((await ask('GET', '/_control/events')).answer).toMatchObject([{ 'source': 's', 'detail-type': 't' }]);
  });

  test.each<[object, string]>([
    [{ metrics: { late: 5 } }, 'unknown for metrics: late; known: publicationDelay, partialAnswers, extendedStatistics'],
    [{ traffic: { endpoint: 'web', requests: { rate: 5, variants: { gpu: { errors: 1 } } } } }, 'unknown for traffic: rate, errors; known: requestsPerMinute, variants, seed, errorRate, clientErrorRate, clump, latency, capacityPerInstance, targeted'],
  ])('%j is refused', async (body, message) => {
    expect(await ask('POST', '/_control', body)).toMatchObject({ status: 400, answer: { message } });
  });
});
