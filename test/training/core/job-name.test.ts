import * as fc from 'fast-check';
import { jobName, MAX_JOB_NAME, SUFFIX } from '../../../src/training/core/job-name';

const run = fc.record({ arn: fc.string(), redrives: fc.nat(9) });

test('a name has what SageMaker allows, with the longest prefix that leaves room', () => {
  fc.assert(fc.property(run, fc.nat(99), fc.nat(999), (one, rung, attempt) => {
    const name = jobName('a'.repeat(MAX_JOB_NAME - SUFFIX), one, rung, attempt);
    expect(name.length).toBeLessThanOrEqual(MAX_JOB_NAME);
    expect(name).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
  }));
});

test('tells executions, redrives, rungs and tries apart, and is the same for the same', () => {
  const one = { arn: 'arn:run-1', redrives: 0 };
  const names = [jobName('p', one, 0, 0), jobName('p', { ...one, arn: 'arn:run-2' }, 0, 0), jobName('p', { ...one, redrives: 1 }, 0, 0), jobName('p', one, 1, 0), jobName('p', one, 0, 1), jobName('p', one, 1, 10), jobName('p', one, 11, 0)];
  expect(new Set(names).size).toBe(names.length);
  expect(jobName('p', { ...one }, 0, 0)).toBe(names[0]);
});
