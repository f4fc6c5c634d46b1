import { Duration, TimeZone } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { resourcesOf, World, type WorldOptions } from './world';
import { ACCOUNT, REGION } from '../../support/iam';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const causeOf = (cause: string | undefined): string => JSON.parse(cause!).errorMessage;

describe('what a run is given', () => {
  test('is over what the training says, and reaches the job as the script reads it', async () => {
    await start();
    const run = await world.ended({
      hyperParameters: { epochs: 5, name: 'true', flag: true, layers: [1, 2], none: null, nested: { a: 1.5 } },
      environment: { MODE: 'fast', MORE: '1' },
      inputs: { train: 's3://data/texts/monday/' },
      AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn:aws:states:us-east-1:123456789012:execution:theirs:1',
    });
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Completed']]);
    const [{ request }] = world.all;
    expect(request.HyperParameters).toEqual({ 'epochs': '5', 'learning-rate': '0.00001', 'name': '"true"', 'flag': 'true', 'layers': '[1,2]', 'none': 'null', 'nested': '{"a":1.5}' });
    expect(request.Environment).toMatchObject({ MODE: 'fast', MORE: '1', TRAINING_ENTRY_POINT: 'train.py', CDK_ACCELERATORS_TRAINING_RUN: run.arn });
    expect(request.InputDataConfig[0].DataSource.S3DataSource.S3Uri).toBe('s3://data/texts/monday/');
    // The script is copied to where the model goes, and read there.
    const { from, to } = world.code;
    expect([from.bucket, to.bucket, to.key, request.InputDataConfig[1].DataSource.S3DataSource.S3Uri]).toEqual([expect.stringMatching(/^cdk-/), 'models', expect.stringMatching(/^models-code\/[0-9a-f]{64}\.\w+$/), `s3://models/${to.key}`]);
    expect(String(world.standIn.objects.get(to.bucket, to.key))).toBe(`archive ${from.key}`);
  });

  test('nothing: what the training says', async () => {
    await start();
    await world.ended({});
    expect(world.all[0].request.HyperParameters).toEqual({ 'epochs': '3', 'learning-rate': '0.00001' });
  });

  test('cannot take over the owner of the job', async () => {
    await start();
    const run = await world.ended({ environment: { CDK_ACCELERATORS_TRAINING_RUN: 'me' } });
    expect([run.status, world.all[0]?.request.Environment.CDK_ACCELERATORS_TRAINING_RUN]).toEqual(['SUCCEEDED', run.arn]);
  });

  test.each<{ input: unknown; message: string }>([
    { input: [], message: 'the input is []: an object is allowed, such as {} or { "hyperParameters": { "epochs": 3 } }' },
    { input: 'monday', message: 'the input is "monday": an object is allowed, such as {} or { "hyperParameters": { "epochs": 3 } }' },
    { input: { hyperparameters: {} }, message: 'input.hyperparameters is unknown: runId, hyperParameters, environment, inputs are allowed' },
    { input: { runId: '' }, message: 'input.runId is "": a text of 1 to 256 characters is allowed' },
    { input: { runId: 7 }, message: 'input.runId is 7: a text of 1 to 256 characters is allowed' },
    { input: { hyperParameters: 3 }, message: 'input.hyperParameters is 3: an object is allowed' },
    { input: { hyperParameters: { sagemaker_program: 'x' } }, message: 'input.hyperParameters.sagemaker_program belongs to the launcher: names that begin with sagemaker_ are not allowed' },
    { input: { hyperParameters: { text: 'x'.repeat(2499) } }, message: 'input.hyperParameters.text has 2501 characters: at most 2500 are allowed' },
    { input: { environment: { '1A': 'x' } }, message: 'input.environment has "1A": names of letters, digits and _ are allowed that begin with no digit' },
    { input: { environment: { A: 1 } }, message: 'input.environment.A is no text of at most 512 characters' },
    { input: { inputs: { test: 's3://data/texts/' } }, message: 'input.inputs.test is no channel of this training with an address in S3: train may be given' },
    { input: { inputs: { train: 's3://data/elsewhere/' } }, message: 'input.inputs.train is "s3://data/elsewhere/": an address below s3://data/texts/ is allowed' },
    { input: { inputs: { code: 's3://data/texts/' } }, message: 'input.inputs.code is no channel of this training with an address in S3: train may be given' },
    { input: { runId: 1, more: 2 }, message: 'input.more is unknown: runId, hyperParameters, environment, inputs are allowed; input.runId is 1: a text of 1 to 256 characters is allowed' },
    { input: { hyperParameters: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`h${i}`, i])) }, message: '103 hyperparameters, those of the input included: at most 100 are allowed' },
    { input: { environment: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`H${i}`, 'x'])) }, message: '108 variables, those of the input included: at most 100 are allowed' },
  ])('no job: $message', async ({ input, message }) => {
    await start();
    const run = await world.ended(input);
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.UserError', []]);
    expect(causeOf(run.result.cause)).toBe(`${message} See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#training-failed`);
    expect(world.metrics).toMatchObject([{ FailedRuns: 1, CompletedRuns: 0, SkippedRuns: 0 }]);
    expect(world.told('Training Ended')[0].detail).toMatchObject({ outcome: 'userError', reason: message });
  });
});

const PARAMETERS = { hyperParameters: { epochs: 7 }, environment: { WHY: 'schedule' } };
const AT = '2026-01-04T03:00:00Z';

/** What comes before the time or the id of the event: two schedules of one time are two runs. */
const addressOf = (id: string): string => world.made.training.node.findChild(id).node.addr.slice(-8);

/** What EventBridge Scheduler sends (user guide, "Adding context attributes"). */
function scheduled(time: string, which = 0): unknown {
  const { properties } = resourcesOf(world.deployed, 'AWS::Scheduler::Schedule')[which];
  return JSON.parse(properties.Target.Input.replaceAll('<aws.scheduler.scheduled-time>', time));
}

describe('what starts a run by itself', () => {
  test('a schedule: the time is the run, and the second start of it makes no job', async () => {
    await start({ more: (_, training) => void training.addSchedule('Weekly', { schedule: ScheduleExpression.cron({ weekDay: 'SUN', hour: '3', minute: '0', timeZone: TimeZone.EUROPE_BERLIN }), parameters: PARAMETERS, flexibleWindow: Duration.minutes(30) }) });
    const [{ properties: { Target: target } }] = resourcesOf(world.deployed, 'AWS::Scheduler::Schedule');
    expect(target.Arn).toBe(world.machine.arn);
    const first = world.run(scheduled(AT));
    const second = world.run(scheduled(AT));
    await world.end();
    const next = await world.ended(scheduled('2026-01-11T03:00:00Z'));
    expect([first, second, next].map(({ result: { status, error } }) => [status, error])).toEqual([['SUCCEEDED', undefined], ['FAILED', 'Training.Skipped'], ['SUCCEEDED', undefined]]);
    expect(world.jobs).toEqual(['0 trn1 Completed', '0 trn1 Completed']);
    expect(world.all[0].request).toMatchObject({ HyperParameters: { epochs: '7' }, Environment: { WHY: 'schedule', CDK_ACCELERATORS_TRAINING_RUN: `${first.arn}#${addressOf('Weekly')}/${AT}` } });
  });

  test('two schedules of one time: two runs', async () => {
    await start({
      training: { allowOverlap: true },
      more: (_, training) => ['One', 'Two'].forEach((id) => training.addSchedule(id, { schedule: ScheduleExpression.rate(Duration.days(7)) })),
    });
    const runs = [world.run(scheduled(AT, 0)), world.run(scheduled(AT, 1))];
    await world.end();
    expect([runs.map(({ status }) => status), world.jobs]).toEqual([['SUCCEEDED', 'SUCCEEDED'], ['0 trn1 Completed', '0 trn1 Completed']]);
    expect(world.all.map(({ request }) => request.Environment.CDK_ACCELERATORS_TRAINING_RUN.split('#')[1]).sort()).toEqual(['One', 'Two'].map((id) => `${addressOf(id)}/${AT}`).sort());
  });

  test('an event: its id is the run, and the second delivery makes no job', async () => {
    await start({
      more: (_, training) => void training.addTrigger('NewData', {
        eventPattern: { source: ['aws.s3'], detailType: ['Object Created'], detail: { object: { key: [{ prefix: 'texts/' }] } } },
        parameters: { hyperParameters: { file: events.EventField.fromPath('$.detail.object.key'), steps: 12 } },
      }),
    });
    world.standIn.bus.deliveries = ({ source }) => source === 'aws.s3' ? 2 : 1;
    const emit = (key: string): string => world.standIn.bus.emit({ 'source': 'aws.s3', 'detail-type': 'Object Created', 'account': ACCOUNT, 'region': REGION, 'resources': [], 'detail': { object: { key } } });
    const id = emit('texts/new "1".txt');
    emit('other/2.txt');
    await world.end();
    const { executions } = world.machine;
    expect(executions.map(({ result: { status, error } }) => [status, error])).toEqual([['SUCCEEDED', undefined], ['FAILED', 'Training.Skipped']]);
    expect(world.jobs).toEqual(['0 trn1 Completed']);
    expect(world.all[0].request).toMatchObject({ HyperParameters: { file: '"texts/new \\"1\\".txt"', steps: '12' }, Environment: { CDK_ACCELERATORS_TRAINING_RUN: `${executions[0].arn}#${addressOf('NewData')}/${id}` } });
    // As itself, with a role that may do nothing else.
    expect(world.rules.calls).toEqual(Array(2).fill({ principal: expect.stringContaining('NewDataRole'), action: 'states:StartExecution', resource: [world.machine.arn], context: {} }));
  });
});
