import { problemText } from '../../../src/private/problems';
import { deployWaitProblems, jobFindings, type JobFacts } from '../../../src/training/core/job-checks';

const HOUR = 3600;
const JOB: JobFacts = { rung: 'rungs[0]', prefix: 'weekly', maxRuntimeSeconds: 24 * HOUR, spot: false, checkpoints: true, networkIsolation: false, instanceGroups: false, preferences: [] };
const P5 = { instanceType: 'ml.p5.48xlarge', kind: 'gpu' as const };
const P4D = { instanceType: 'ml.p4d.24xlarge', kind: 'gpu' as const };
const found = (job: Partial<JobFacts>) => {
  const { problems, warnings } = jobFindings({ ...JOB, ...job });
  return { problems: problems.map(problemText), warnings: warnings.map(({ id, problem }) => `${id}: ${problemText(problem)}`) };
};

test('nothing is wrong with an ordinary training', () => expect(found({})).toEqual({ problems: [], warnings: [] }));

test.each<[string, Partial<JobFacts>, string]>([
  ['a long prefix', { prefix: 'a'.repeat(49) }, `\`jobNamePrefix\`: got "${'a'.repeat(49)}"; allowed: 1 to 48 letters and digits, hyphens between them: run and number come behind it; fix: shorten it, or leave it out`],
  ['a prefix with an underscore', { prefix: 'a_b' }, '`jobNamePrefix`: got "a_b"; allowed: 1 to 48 letters and digits, hyphens between them: run and number come behind it; fix: shorten it, or leave it out'],
  ['an empty prefix', { prefix: '' }, '`jobNamePrefix`: got ""; allowed: 1 to 48 letters and digits, hyphens between them: run and number come behind it; fix: shorten it, or leave it out'],
  ['no time to run', { maxRuntimeSeconds: 0 }, '`maxRuntime`: got 0 s; allowed: 1 s to 28 d; fix: give 1 s to 28 d'],
  ['a month', { maxRuntimeSeconds: 30 * 24 * HOUR }, '`maxRuntime`: got 30 d; allowed: 1 s to 28 d; fix: give 1 s to 28 d'],
  ['a wait without spot', { maxWaitSeconds: 48 * HOUR }, '`maxWait`: got 2 d, without spot; allowed: with spot only; fix: leave it out, or set spot: true; for instances that are not to be had there is maxPending'],
  ['a wait shorter than the run', { spot: true, maxWaitSeconds: 12 * HOUR }, '`maxWait`: got 12 h; allowed: at least maxRuntime (1 d): it counts the run too; fix: raise it'],
  ['a pending job for less than half an hour', { maxPendingSeconds: 1799 }, '`maxPending`: got 1799 s; allowed: 2 h to 28 d; fix: give 2 h to 28 d'],
  ['months of pending', { maxPendingSeconds: 29 * 24 * HOUR }, '`maxPending`: got 29 d; allowed: 2 h to 28 d; fix: give 2 h to 28 d'],
  ['a warm pool for a day', { keepAliveSeconds: 24 * HOUR }, '`warmPool`: got 1 d; allowed: 0 s to 1 h; fix: give 0 s to 1 h'],
  ['isolation and a cache in S3', { networkIsolation: true, containerReadsS3: 'a compile cache in S3' }, '`networkIsolation`: got true, with a compile cache in S3; allowed: a container without a network reads its channels only; fix: leave networkIsolation out, or give the files as a channel'],
  ['six preferences', { preferences: Array.from({ length: 6 }, (_, i) => ({ instanceType: `ml.p${i}.x`, kind: 'gpu' as const })) }, '`rungs[0].alternatives`: got 6 types; allowed: 1 to 5; fix: make another rung of the rest'],
  ['a type twice', { preferences: [P5, P4D, P5] }, '`rungs[0].alternatives`: got ml.p5.48xlarge twice; allowed: each type once; fix: name it once'],
  ['some counts', { preferences: [{ ...P5, instanceCount: 1 }, P4D] }, '`rungs[0].alternatives`: got 1 of 2 with a count; allowed: a count for all, or for none; fix: give each a count'],
  ['preferences with spot', { spot: true, preferences: [P5, P4D] }, '`rungs[0].alternatives`: got ml.p5.48xlarge, ml.p4d.24xlarge with spot; allowed: on demand only; fix: leave spot out, or make rungs of the types'],
  ['a warm pool of spot instances', { spot: true, keepAliveSeconds: 600 }, '`warmPool`: got 10 min, with spot; allowed: one of both: such instances are not kept; fix: leave one of both out'],
  ['a warm pool of groups', { instanceGroups: true, keepAliveSeconds: 600 }, '`warmPool`: got 10 min, with instance groups; allowed: one of both: such instances are not kept; fix: leave one of both out'],
  ['preferences beside groups', { instanceGroups: true, preferences: [P5] }, '`rungs[0].alternatives`: got ml.p5.48xlarge beside instance groups; allowed: one of both; fix: leave one of both out'],
  ['two families', { preferences: [P5, { instanceType: 'ml.trn1.32xlarge', kind: 'neuron' }] }, '`rungs[0].alternatives`: got ml.p5.48xlarge, ml.trn1.32xlarge; allowed: types of one family: a job has one image; fix: make a rung of each family'],
])('%s is refused', (_, job, message) => expect(found(job).problems).toEqual([message]));

test.each<[string, Partial<JobFacts>, string]>([
  ['spot without checkpoints', { spot: true, checkpoints: false, maxRuntimeSeconds: 2 * HOUR }, 'spotWithoutCheckpoints: `checkpoints`: got nothing, with spot and 2 h; allowed: a folder in S3; fix: give checkpoints: an interruption begins the training anew otherwise'],
  ['spot without checkpoints and the default of a day', { spot: true, checkpoints: false, maxRuntimeSeconds: undefined }, 'spotWithoutCheckpoints: `checkpoints`: got nothing, with spot and 1 d; allowed: a folder in S3; fix: give checkpoints: an interruption begins the training anew otherwise'],
  ['half an hour of pending', { maxPendingSeconds: 1800 }, 'shortPending: `maxPending`: got 30 min; allowed: 2 h to 28 d in the API; one page of AWS shows half an hour; fix: give Duration.hours(2)'],
  ['a warm pool of two hours', { keepAliveSeconds: 2 * HOUR }, 'longWarmPool: `warmPool`: got 2 h; allowed: 1 h in the documentation, 6 h in the API; fix: give Duration.hours(1)'],
  ['less than two hours of pending', { maxPendingSeconds: 2 * HOUR - 1 }, 'shortPending: `maxPending`: got 7199 s; allowed: 2 h to 28 d in the API; one page of AWS shows half an hour; fix: give Duration.hours(2)'],
  ['one zone', { network: { availabilityZones: 1 } }, 'fewAvailabilityZones: `vpcSubnets`: got 1 Availability Zone; allowed: any number; capacity is found in 3 and more; fix: give subnets of at least 3 Availability Zones'],
])('%s is warned of', (_, job, message) => expect(found(job)).toEqual({ problems: [], warnings: [message] }));

test.each<[string, Partial<JobFacts>]>([
  ['the longest name', { prefix: 'a'.repeat(48) }],
  ['28 days', { maxRuntimeSeconds: 28 * 24 * HOUR }],
  ['a wait as long as the run', { spot: true, maxWaitSeconds: 24 * HOUR }],
  ['an hour of spot without checkpoints', { spot: true, checkpoints: false, maxRuntimeSeconds: HOUR }],
  ['a warm pool of an hour, and none', { keepAliveSeconds: HOUR }],
  ['two hours of pending', { maxPendingSeconds: 2 * HOUR }],
  ['28 days of pending', { maxPendingSeconds: 28 * 24 * HOUR }],
  ['isolation alone', { networkIsolation: true }],
  ['a network of which nothing is known', { network: {} }],
  ['three zones', { network: { availabilityZones: 3 } }],
  ['preferences of one family', { preferences: [{ ...P5, instanceCount: 1 }, { ...P4D, instanceCount: 2 }] }],
  ['everything unknown', { prefix: undefined, maxRuntimeSeconds: undefined }],
])('%s is allowed', (_, job) => expect(found(job)).toEqual({ problems: [], warnings: [] }));

test('what a rung may get instead is named by its rung', () => {
  expect(found({ rung: 'rungs[3]', preferences: [P5, P5] }).problems).toEqual(['`rungs[3].alternatives`: got ml.p5.48xlarge twice; allowed: each type once; fix: name it once']);
});

test('what is not known of a training here, is not asked for: rules of groups, and the wait of a deploy', () => {
  const more = { deployWaitSeconds: 90_000, network: { availabilityZones: 3, efa: true, selfRules: false } } as Partial<JobFacts>;
  expect(found(more)).toEqual({ problems: [], warnings: [] });
});

describe('the wait of a deploy', () => {
  const LATE = 'allowed: at most 55 min; fix: start the training by a schedule or a pipeline, and let no deploy wait for it';
  const OTHER = 'allowed: whole seconds, 1 min to 55 min; fix: give e.g. Duration.minutes(30), or leave it out: the deploy goes on then';
  test.each<[number, string[]]>([
    [59, [`\`wait\`: got 59 s; ${OTHER}`]], [60, []], [90.5, [`\`wait\`: got 90.5 s; ${OTHER}`]], [3300, []], [3300.5, [`\`wait\`: got 3300.5 s; ${LATE}`]], [3301, [`\`wait\`: got 3301 s; ${LATE}`]], [HOUR, [`\`wait\`: got 1 h; ${LATE}`]],
  ])('of %p s', (seconds, messages) => expect(deployWaitProblems(seconds).map(problemText)).toEqual(messages));
});
