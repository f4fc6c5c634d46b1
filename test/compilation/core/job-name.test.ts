import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { jobName, jobPrefix, MAX_ATTEMPTS, MAX_JOB_NAME } from '../../../src/compilation/core/job-name';
import { SAGEMAKER_SHAPES } from '../../support/standin/shapes';
import { findings } from '../../support/standin/validate';

const KEY = 'a0afc12c720a11b582fa15d89eb3b4e2';

test('a known name', () => {
  expect(jobPrefix(KEY)).toBe('neuron-a0afc12c720a11b5');
  // printf 's3://artifacts/neuron/' | md5sum
  expect(jobName(jobPrefix(KEY), 's3://artifacts/neuron/', 7)).toBe('neuron-a0afc12c720a11b5-14aef0ddc7e9609efe3cbbd4a58e32db-7');
});

test('every try of every key has a name that both kinds of job can have, and one of its own', () => {
  const key = fc.stringMatching(/^[0-9a-f]{32}$/);
  fc.assert(fc.property(key, fc.string({ maxLength: 1100 }), (hex, uri) => {
    const names = Array.from({ length: MAX_ATTEMPTS }, (_, attempt) => jobName(jobPrefix(hex), uri, attempt));
    expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(MAX_JOB_NAME);
    expect(new Set(names).size).toBe(MAX_ATTEMPTS);
    for (const name of [names[0], names[MAX_ATTEMPTS - 1]]) {
      expect(findings(SAGEMAKER_SHAPES, 'ProcessingJobName', name)).toEqual([]);
      expect(findings(SAGEMAKER_SHAPES, 'TrainingJobName', name)).toEqual([]);
    }
  }), { numRuns: 50 });
});

test('two addresses have two names, also beyond ASCII: the digest is of UTF-8, as in Step Functions', () => {
  expect(jobName('neuron-x', 's3://a/', 0)).not.toBe(jobName('neuron-x', 's3://b/', 0));
  expect(jobName('neuron-x', 's3://ä/', 0)).toBe(`neuron-x-${createHash('md5').update(Buffer.from('s3://ä/', 'utf8')).digest('hex')}-0`);
});
