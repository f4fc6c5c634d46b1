import * as fc from 'fast-check';
import { jobEnd, type DescribedJob } from '../../../src/training/core/job-end';
import type { RungConfig } from '../../../src/training/core/types';

const RUNG: RungConfig = { name: 'trn1', instanceType: 'ml.trn1.32xlarge', instanceCount: 4, request: {}, hourlyPrice: 18 };
const at = (seconds: number) => new Date(1_000_000_000_000 + 1000 * seconds);
const RAN: DescribedJob = {
  TrainingJobStatus: 'Completed',
  CreationTime: at(0),
  TrainingStartTime: at(90),
  TrainingEndTime: at(690),
  TrainingTimeInSeconds: 600,
  BillableTimeInSeconds: 500,
  ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 4 },
};
const NEVER: DescribedJob = { TrainingJobStatus: 'Failed', FailureReason: 'CapacityError: none', CreationTime: at(0), TrainingEndTime: at(60), ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 4 } };
const endOf = (job: DescribedJob, rung = RUNG, lines: readonly string[] = []) => jobEnd('job-1', job, rung, lines);
const failed = (FailureReason?: string): DescribedJob => ({ ...RAN, TrainingJobStatus: 'Failed', FailureReason });

describe('the reason', () => {
  test.each<[string, DescribedJob, string]>([
    ['completed', RAN, 'job job-1 is complete'],
    ['capacity', NEVER, 'job job-1 got no instances: CapacityError: none'],
    ['capacity', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' }, 'job job-1 got no instances: it was stopped before it started'],
    ['capacity', { TrainingJobStatus: 'Stopped', FailureReason: ' \n' }, 'job job-1 got no instances: it was stopped before it started'],
    ['spotInterrupted', { ...RAN, TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded' }, 'job job-1 had no spot instances until its wait was over'],
    ['timedOut', { ...RAN, TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' }, 'job job-1 ran as long as it may (MaxRuntimeInSeconds)'],
    ['stopped', { ...RAN, TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' }, 'job job-1 was stopped by somebody: not by its run, and not for its time'],
    ['stopped', { TrainingJobStatus: 'Deleting' }, 'job job-1 was stopped by somebody: not by its run, and not for its time'],
    ['internalError', failed('InternalServerError: please retry '), 'job job-1 failed by an error of the service: InternalServerError: please retry'],
    ['userError', failed('AlgorithmError: ExitCode 1'), 'job job-1 failed: AlgorithmError: ExitCode 1 (log group /aws/sagemaker/TrainingJobs, streams job-1/)'],
    ['userError', failed(' '), 'job job-1 failed: no reason given (log group /aws/sagemaker/TrainingJobs, streams job-1/)'],
    ['userError', failed(undefined), 'job job-1 failed: no reason given (log group /aws/sagemaker/TrainingJobs, streams job-1/)'],
  ])('of %s: %#', (outcome, job, reason) => expect(endOf(job)).toMatchObject({ outcome, reason }));

  test('of what a person has to mend has the lines of the log, without blank ones and progress', () => {
    const lines = ['step 1', '', '10%|#   |', 'ValueError: no such file', '  ', '....', '  bye ', ''];
    expect(endOf(failed('AlgorithmError: ExitCode 1'), RUNG, lines).reason).toBe('job job-1 failed: AlgorithmError: ExitCode 1 (log group /aws/sagemaker/TrainingJobs, streams job-1/)\nstep 1\nValueError: no such file\n  bye');
    expect(endOf(failed('x'), RUNG, ['one', 'two']).reason).toBe('job job-1 failed: x (log group /aws/sagemaker/TrainingJobs, streams job-1/)\none\ntwo');
  });

  test('of what a person has to mend has the last 12 lines of the log, of those that say something', () => {
    const lines = Array.from({ length: 30 }, (_, i) => [`line ${i}`, '', ` ${i}%|##  | ${i}/30`]).flat();
    const last = lines.filter((line) => line.startsWith('line')).slice(-12);
    expect(endOf(failed('x'), RUNG, ['ValueError: of before', ...lines]).reason).toBe(['job job-1 failed: x (log group /aws/sagemaker/TrainingJobs, streams job-1/)', ...last].join('\n'));
    expect(last).toHaveLength(12);
  });

  test('of what a person has to mend has no lines where the log says nothing', () => {
    expect(endOf(failed('x'), RUNG, ['', ' ', '100%|####| 3/3', '...']).reason).toBe(endOf(failed('x')).reason);
  });

  test.each<[string, DescribedJob]>([
    ['completed', RAN], ['capacity', NEVER], ['timedOut', { ...RAN, TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' }], ['internalError', failed('InternalServerError: x')],
  ])('of %s has no lines of the log', (_, job) => expect(endOf(job, RUNG, ['ValueError: x']).reason).toBe(endOf(job).reason));

  test('is cut in its middle: which job, and the last that was said', () => {
    const { reason } = endOf(failed('AlgorithmError'), RUNG, Array.from({ length: 8 }, (_, i) => `Error ${i}: ${'x'.repeat(400)} end ${i}`));
    expect(reason.length).toBeLessThanOrEqual(2000);
    expect(reason.length).toBeGreaterThan(1990);
    expect(reason.startsWith('job job-1 failed: AlgorithmError (log group /aws/sagemaker/TrainingJobs, streams job-1/)\nError 0: xxx')).toBe(true);
    expect(reason.endsWith('x end 7')).toBe(true);
    expect(reason).toContain('x\n...\nx');
  });

  test('of 2,000 characters is whole, one more is cut', () => {
    const around = endOf(failed('')).reason.length - 'no reason given'.length;
    expect(endOf(failed('y'.repeat(2000 - around))).reason).toMatch(/^job job-1 failed: y+ \(log group .*\)$/);
    expect(endOf(failed('y'.repeat(2000 - around))).reason).toHaveLength(2000);
    expect(endOf(failed('y'.repeat(2001 - around))).reason).toContain('y\n...\ny');
  });

  test('is never longer', () => {
    fc.assert(fc.property(fc.string({ maxLength: 3000 }), fc.array(fc.string({ maxLength: 3000 }), { maxLength: 12 }), (said, lines) => {
      const { reason } = endOf(failed(`AlgorithmError${said}`), RUNG, lines);
      expect(reason.length).toBeLessThanOrEqual(2000);
      expect(reason.startsWith('job job-1 failed: AlgorithmError')).toBe(true);
    }));
  });
});

describe('times', () => {
  test('are those of the description', () => expect(endOf(RAN)).toMatchObject({ waited: 90, ran: 600 }));

  test('are reckoned where they are not told', () => {
    const { TrainingTimeInSeconds: _, ...untold } = RAN;
    expect(endOf({ ...untold, TrainingEndTime: at(700.5) }).ran).toBe(610.5);
  });

  test('of a job that never started are none', () => {
    const { waited, ran, billable, cost } = endOf(NEVER);
    expect([waited, ran, billable, cost]).toEqual([undefined, undefined, 0, 0]);
    const nulls = endOf({ ...NEVER, TrainingStartTime: null as unknown as Date, TrainingEndTime: null as unknown as Date });
    expect([nulls.waited, nulls.ran]).toEqual([undefined, undefined]);
  });

  test('of no time at all are 0', () => expect(endOf({ ...RAN, TrainingStartTime: at(0), TrainingTimeInSeconds: 0 })).toMatchObject({ waited: 0, ran: 0 }));

  test('are not negative where clocks differ', () => {
    const { TrainingTimeInSeconds: _, ...untold } = RAN;
    expect(endOf({ ...untold, TrainingStartTime: at(-3), TrainingEndTime: at(-5) })).toMatchObject({ waited: 0, ran: 0 });
  });
});

describe('the bill', () => {
  test('is that of all instances together', () => expect(endOf(RAN)).toMatchObject({ billable: 2000, cost: 10 }));

  test('of one instance is its own', () => expect(endOf({ ...RAN, ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 1 } })).toMatchObject({ billable: 500, cost: 2.5 }));

  test('has the instances of the rung where nothing is described, and no cost: nobody knows which they were', () => {
    const { ResourceConfig: _, ...bare } = RAN;
    for (const job of [bare, { ...bare, ResourceConfig: {} }]) {
      const { billable, cost } = endOf(job);
      expect([billable, cost]).toEqual([2000, undefined]);
    }
  });

  test('of instance groups has no cost: each has a price of its own', () => {
    const groups = { InstanceGroups: [{ InstanceType: 'ml.trn1.32xlarge', InstanceCount: 2, InstanceGroupName: 'a' }, { InstanceType: 'ml.trn1n.32xlarge', InstanceCount: 2, InstanceGroupName: 'b' }] };
    const { billable, cost } = endOf({ ...RAN, ResourceConfig: groups as DescribedJob['ResourceConfig'] });
    expect([billable, cost]).toEqual([2000, undefined]);
  });

  test('of another type than that of the rung has no cost', () => {
    expect(endOf({ ...RAN, ResourceConfig: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 4 } }).cost).toBeUndefined();
  });

  test('is that of the instances that were taken', () => {
    expect(endOf({ ...RAN, ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 4, SelectedInstanceType: 'ml.trn1.32xlarge', SelectedInstanceCount: 2 } })).toMatchObject({ billable: 1000, cost: 5 });
  });

  test('of an alternative type has no cost, though a time', () => {
    const { billable, cost } = endOf({ ...RAN, ResourceConfig: { InstanceCount: 4, SelectedInstanceType: 'ml.trn1n.32xlarge' } });
    expect([billable, cost]).toEqual([2000, undefined]);
    expect(endOf({ ...RAN, ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 4, SelectedInstanceType: 'ml.trn1n.32xlarge' } }).cost).toBeUndefined();
    expect(endOf({ ...RAN, ResourceConfig: { InstanceCount: 4, SelectedInstanceType: 'ml.trn1.32xlarge' } })).toMatchObject({ billable: 2000, cost: 10 });
  });

  test('has no cost without a price, and none of 0 with a price of 0', () => {
    const { hourlyPrice: _, ...unpriced } = RUNG;
    expect(endOf(RAN, unpriced).cost).toBeUndefined();
    expect(endOf(RAN, { ...RUNG, hourlyPrice: 0 }).cost).toBe(0);
  });

  test('of a time that is not told is 0', () => {
    const { BillableTimeInSeconds: _, ...untold } = RAN;
    expect(endOf(untold)).toMatchObject({ billable: 0, cost: 0 });
    expect(endOf({ ...RAN, BillableTimeInSeconds: 0 })).toMatchObject({ billable: 0, cost: 0 });
  });

  test('of spot is what is billed, and not what it ran', () => expect(endOf({ ...RAN, TrainingTimeInSeconds: 10_000, BillableTimeInSeconds: 3000 })).toMatchObject({ ran: 10_000, billable: 12_000, cost: 60 }));
});

test('no number is negative or none at all, whatever is described', () => {
  const seconds = fc.option(fc.nat(3_000_000), { nil: undefined });
  const time = fc.option(fc.integer({ min: -100_000, max: 3_000_000 }).map(at), { nil: undefined });
  const job = fc.record<DescribedJob>({
    TrainingJobStatus: fc.constantFrom('Completed', 'Stopped', 'Failed', 'Deleting'),
    SecondaryStatus: fc.constantFrom('Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded', undefined),
    FailureReason: fc.constantFrom(undefined, 'CapacityError', 'InternalServerError', 'x'),
    TrainingStartTime: time,
    TrainingEndTime: time,
    CreationTime: time,
    TrainingTimeInSeconds: seconds,
    BillableTimeInSeconds: seconds,
    ResourceConfig: fc.option(fc.record({ InstanceCount: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }), InstanceType: fc.constantFrom('ml.trn1.32xlarge', 'ml.p4d.24xlarge', undefined), SelectedInstanceType: fc.constantFrom('ml.trn1.32xlarge', 'ml.p4d.24xlarge', undefined) }), { nil: undefined }),
  });
  fc.assert(fc.property(job, fc.option(fc.double({ min: 0, max: 500, noNaN: true }), { nil: undefined }), (one, hourlyPrice) => {
    const { waited, ran, billable, cost } = endOf(one, { ...RUNG, hourlyPrice });
    for (const value of [waited ?? 0, ran ?? 0, billable, cost ?? 0]) expect(value).toBeGreaterThanOrEqual(0);
    expect(cost === undefined).toBe(hourlyPrice === undefined || (one.ResourceConfig?.SelectedInstanceType ?? one.ResourceConfig?.InstanceType) !== RUNG.instanceType);
    if (one.TrainingStartTime === undefined) expect(waited).toBeUndefined();
  }));
});
