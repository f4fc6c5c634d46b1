import { SAGEMAKER } from '.';
import { VirtualClock } from '../clock';
import { processing, training, WHOLE_JOB } from '../job-fixture';
import { ObjectStore, type Objects } from '../objects';
import { StandIn } from '../stand-in';

/** Objects behind a wire: every call waits until the test lets it through, and is noted. */
class SlowObjects implements Objects {
  readonly inner = new ObjectStore();
  readonly calls: string[] = [];
  failure?: Error;
  private readonly waiting: (() => void)[] = [];

  async put(bucket: string, key: string, body: string | Buffer): Promise<void> {
    await this.turn(`put ${key}`);
    this.inner.put(bucket, key, body);
  }

  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    return this.inner.get(bucket, key);
  }

  async list(bucket: string, prefix: string): Promise<string[]> {
    await this.turn(`list ${prefix}`);
    return this.inner.list(bucket, prefix);
  }

  async delete(bucket: string, key: string): Promise<void> {
    await this.turn(`delete ${key}`);
    this.inner.delete(bucket, key);
  }

  /** Lets one call through and what depends on it. */
  async step(): Promise<void> {
    this.waiting.shift()?.();
    await new Promise((done) => setImmediate(done));
  }

  private async turn(call: string): Promise<void> {
    this.calls.push(call);
    await new Promise<void>((done) => this.waiting.push(done));
    if (this.failure) throw this.failure;
  }
}

let objects: SlowObjects;
let standIn: StandIn;
beforeEach(() => {
  objects = new SlowObjects();
  objects.inner.put('assets', 'c.zip', 'code');
  standIn = new StandIn({ clock: new VirtualClock(), objects });
});
const call = (operation: string, input: object): Record<string, unknown> => standIn.call(SAGEMAKER, operation, input) as Record<string, unknown>;
const status = (): unknown => call('DescribeProcessingJob', { ProcessingJobName: 'job' }).ProcessingJobStatus;

describe('a job with objects elsewhere', () => {
  test('runs when its inputs are read, and is completed when its outputs are written, in order', async () => {
    call('CreateProcessingJob', processing('job'));
    standIn.advance(100_000);
    expect([objects.calls, standIn.logs.streams('/aws/sagemaker/ProcessingJobs', '')]).toEqual([['list c.zip'], []]);
    await objects.step();
    standIn.advance(60 + 600 + 30 - 1);
    expect(objects.calls).toEqual(['list c.zip']);
    standIn.advance(1);
    expect(objects.calls).toEqual(['list c.zip', 'put neuron/abc/model.tar.gz']);
    await objects.step();
    expect([objects.calls.at(-1), status()]).toEqual(['put neuron/abc/manifest.json', 'InProgress']);
    await objects.step();
    expect([status(), objects.inner.list('artifacts', '')]).toEqual(['Completed', ['neuron/abc/manifest.json', 'neuron/abc/model.tar.gz']]);
  });

  test('that is stopped while it writes stays stopped', async () => {
    call('CreateProcessingJob', processing('job'));
    standIn.advance(120);
    await objects.step();
    standIn.advance(690);
    call('StopProcessingJob', { ProcessingJobName: 'job' });
    standIn.advance(60);
    await objects.step();
    await objects.step();
    expect(status()).toBe('Stopped');
  });

  test('that is stopped while it reads does not run', async () => {
    call('CreateProcessingJob', processing('job'));
    standIn.advance(120);
    call('StopProcessingJob', { ProcessingJobName: 'job' });
    await objects.step();
    standIn.advance(10_000);
    expect([status(), standIn.logs.streams('/aws/sagemaker/ProcessingJobs', '')]).toEqual(['Stopped', []]);
  });

  test('fails when the store does', async () => {
    objects.failure = new Error('PutObject s3://b/k: HTTP 500 broken');
    call('CreateProcessingJob', processing('job'));
    standIn.advance(120);
    await objects.step();
    expect(call('DescribeProcessingJob', { ProcessingJobName: 'job' })).toMatchObject({ ProcessingJobStatus: 'Failed', FailureReason: 'InternalServerError: PutObject s3://b/k: HTTP 500 broken' });
  });

  test('of training is not looked at when it is created: it fails when it reads nothing', async () => {
    objects.inner.delete('assets', 'c.zip');
    call('CreateTrainingJob', training('job'));
    standIn.advance(120);
    await objects.step();
    await objects.step();
    expect(call('DescribeTrainingJob', { TrainingJobName: 'job' }).FailureReason).toMatch(/^ClientError: Data download failed:No S3 objects found/);
  });

  test('that runs while the world is emptied writes nothing into the new one', async () => {
    call('CreateProcessingJob', processing('job'));
    standIn.advance(120);
    standIn.reset();
    await objects.step();
    standIn.advance(10_000);
    expect([objects.calls, call('ListProcessingJobs', {}).ProcessingJobSummaries]).toEqual([['list c.zip'], []]);
  });
});

test('jobs in memory that run while the world is emptied write nothing into the new one', () => {
  const other = new StandIn({ clock: new VirtualClock() });
  other.objects.put('assets', 'c.zip', 'code');
  other.call(SAGEMAKER, 'CreateProcessingJob', processing('job'));
  other.advance(300);
  other.reset();
  other.advance(WHOLE_JOB);
  expect([other.objects.list('artifacts', ''), other.logs.streams('/aws/sagemaker/ProcessingJobs', ''), other.control.roleCalls]).toEqual([[], [], []]);
});
