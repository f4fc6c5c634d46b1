import * as fc from 'fast-check';
import { MAX_JOB_NAME } from '../../../src/compilation/core/job-name';
import { jobName, ownerOf, runPrefix, SUFFIX, type RunIdentity } from '../../../src/training/core/job-name';

/** TrainingJobName (SageMaker API). */
const PATTERN = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;
const LONGEST = MAX_JOB_NAME - SUFFIX;
const name = fc.string({ minLength: 1, maxLength: 80 });
const identity: fc.Arbitrary<RunIdentity> = fc.record({ arn: name, machine: name, runId: fc.option(fc.string({ minLength: 1, maxLength: 256, unit: 'grapheme' }), { nil: undefined }) });
const prefix = fc.stringMatching(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,23}$/);
const ONE: RunIdentity = { arn: 'arn:aws:states:eu-west-1:123456789012:execution:m:run-1', machine: 'arn:aws:states:eu-west-1:123456789012:stateMachine:m' };
const OTHER: RunIdentity = { ...ONE, arn: 'arn:aws:states:eu-west-1:123456789012:execution:m:run-2' };

describe('the name of a job', () => {
  test('is what it was', () => expect(jobName('train', ONE, 13)).toMatch(/^train-[0-9a-f]{10}-13$/));

  test('leaves 48 characters for its beginning', () => expect(LONGEST).toBe(48));

  test('has what SageMaker allows, with the longest prefix that leaves room', () => {
    fc.assert(fc.property(identity, fc.nat(999), (one, number) => {
      const made = jobName('a'.repeat(LONGEST), one, number);
      expect(made.length).toBeLessThanOrEqual(63);
      expect(made).toMatch(PATTERN);
    }));
    expect(jobName('a'.repeat(LONGEST), ONE, 999)).toHaveLength(63);
  });

  test('has what SageMaker allows, with any prefix that may be given', () => {
    fc.assert(fc.property(prefix, identity, fc.nat(999), (begins, one, number) => {
      expect(jobName(begins, one, number)).toMatch(PATTERN);
    }));
  });

  test('tells runs and their jobs apart', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(identity, fc.nat(999)), { minLength: 2, maxLength: 6, selector: ([one, number]) => JSON.stringify([one.runId === undefined ? one.arn : [one.machine, one.runId], number]) }), (all) => {
      const names = all.map(([one, number]) => jobName('p', one, number));
      expect(new Set(names).size).toBe(names.length);
    }));
    const near = [jobName('p', ONE, 0), jobName('p', OTHER, 0), jobName('p', ONE, 1), jobName('p', ONE, 10), jobName('p', ONE, 11), jobName('p', OTHER, 1), jobName('p1', ONE, 1)];
    expect(new Set(near).size).toBe(near.length);
  });

  test('is the same when the tick that made it is made again', () => {
    fc.assert(fc.property(prefix, identity, fc.nat(999), (begins, one, number) => {
      expect(jobName(begins, { ...one }, number)).toBe(jobName(begins, one, number));
    }));
  });

  test('begins with what all jobs of its run begin with, and those of no other', () => {
    fc.assert(fc.property(prefix, identity, fc.nat(999), (begins, one, number) => {
      expect(jobName(begins, one, number)).toBe(`${runPrefix(begins, one)}-${number}`);
      expect(runPrefix(begins, one).startsWith(`${begins}-`)).toBe(true);
    }));
    expect(runPrefix('p', ONE)).toMatch(/^p-[0-9a-f]{10}$/);
    expect(runPrefix('p', ONE)).not.toBe(runPrefix('p', OTHER));
  });
});

describe('a run id', () => {
  const named = (one: RunIdentity, runId: string): RunIdentity => ({ ...one, runId });

  test('makes names of two executions alike', () => {
    fc.assert(fc.property(name, name, name, name, fc.nat(999), (first, second, machine, runId, number) => {
      expect(jobName('p', { arn: first, machine, runId }, number)).toBe(jobName('p', { arn: second, machine, runId }, number));
      expect(runPrefix('p', { arn: first, machine, runId })).toBe(runPrefix('p', { arn: second, machine, runId }));
    }));
  });

  test('never makes their owners alike', () => {
    const arn = fc.stringMatching(/^arn:aws:states:eu-west-1:123456789012:execution:[a-z]{1,5}:[a-zA-Z0-9_-]{1,8}$/);
    const id = fc.option(name, { nil: undefined });
    fc.assert(fc.property(fc.uniqueArray(arn, { minLength: 2, maxLength: 2 }), id, id, ([first, second], one, two) => {
      expect(ownerOf({ arn: first, machine: 'm', runId: one })).not.toBe(ownerOf({ arn: second, machine: 'm', runId: two }));
    }));
    expect(ownerOf(ONE)).toBe(ONE.arn);
    expect(ownerOf(named(ONE, 'nightly-7'))).toBe(`${ONE.arn}#nightly-7`);
  });

  test('tells an execution with one from the same without, and from another id or state machine', () => {
    const prefixes = [ONE, named(ONE, 'a'), named(ONE, 'b'), named(ONE, ONE.arn), { ...named(ONE, 'a'), machine: `${ONE.machine}2` }].map((one) => runPrefix('p', one));
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });

  test('of the longest sort fits the variable that names the owner: 512 characters', () => {
    const arn = `arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:${'m'.repeat(80)}:${'e'.repeat(80)}`;
    expect(ownerOf({ arn, machine: 'm', runId: 'x'.repeat(256) }).length).toBeLessThanOrEqual(512);
  });
});
