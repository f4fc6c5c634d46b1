import { UpdateEndpointCommand, UpdateEndpointWeightsAndCapacitiesCommand } from '@aws-sdk/client-sagemaker';
import { CONFIG, KEY, NOW, ParityWorld } from './parity-world';
import type { ParityCheck, ParityConfig } from '../../../src/benchmark/core/parity-verdict';
import { modelError } from '../../support/fake-endpoint';
import { ServiceError } from '../../support/standin/errors';
import { GPU, IMAGE, INF2 } from '../../support/standin/fixture';

let world: ParityWorld;
beforeEach(async () => { world = await ParityWorld.start(); });
afterEach(async () => world.stop());

const withCheck = (check: Partial<ParityCheck>): ParityConfig => ({ ...CONFIG, check: { ...CONFIG.check, ...check } });
const inputs = (count: number) => Array.from({ length: count }, (_, i) => ({ input: `text ${i}` }));
const last = async (config?: ParityConfig) => (await world.run(config)).at(-1)!;
const QUESTION = { endpoint: 'web', from: 'gpu', to: 'inf2' };
const VERSIONS = {
  reference: { variant: 'gpu', modelName: 'gpu-model', instanceType: 'ml.g5.xlarge', image: IMAGE, instances: 1 },
  candidate: { variant: 'inf2', modelName: 'inf2-model', instanceType: 'ml.inf2.xlarge', image: IMAGE, instances: 1 },
};
const FN = 'arn:aws:lambda:us-east-1:123456789012:function:Score';
const LAMBDA = withCheck({ metric: { kind: 'lambda', functionArn: FN }, minimumShare: 0.99 });

describe('the same answers', () => {
  test('are recorded for the versions that are live, published, and told', async () => {
    world.lines(inputs(3));
    const reason = '0 of 3 answers differ, a share of 0; the tolerance is 0.01';
    const output = { outcome: 'passed', score: 0, reason, record: `s3://results/${KEY}` };
    expect(await world.run()).toEqual([{ state: null, wait: 1, done: true, outcome: 'passed', reason, output }]);
    expect(world.record).toEqual({
      schema: 'cdk-accelerators/parity-record/1',
      benchmark: 'same',
      run: 'run-1',
      endpoint: 'web',
      ...VERSIONS,
      check: CONFIG.check,
      fingerprint: 'f1',
      checkedOn: NOW,
      outcome: 'passed',
      score: 0,
      reason,
      lines: 3,
      failed: 0,
      failedByKind: {},
      mean: 0,
      share: 1,
      examples: [],
    });
    expect(world.metrics).toEqual([{
      _aws: { Timestamp: expect.any(Number), CloudWatchMetrics: [{ Namespace: 'CdkAccelerators/Benchmark', Dimensions: [['Benchmark', 'Variant']], Metrics: [{ Name: 'ParityScore', Unit: 'None' }, { Name: 'ParityFailed', Unit: 'Count' }] }] },
      Benchmark: 'same',
      Variant: 'inf2',
      ParityScore: 0,
      ParityFailed: 0,
    }]);
    expect(world.events).toEqual([{ Source: 'cdk-accelerators.benchmark', DetailType: 'Parity Checked', Detail: JSON.stringify({ benchmark: 'same', run: 'run-1', endpoint: 'web', reference: 'gpu', candidate: 'inf2', ...output }) }]);
  });

  test('come of the same body to each variant by its name', async () => {
    world.lines([{ input: { text: '$& "a"' }, expected: 'x' }, { input: 'b' }]);
    await world.run(withCheck({ payload: { template: '{"inputs": {inputs}, "n": 1}', contentType: 'application/json', accept: 'text/plain' } }));
    const to = (variant: string, body: string) => ({ variant, body, contentType: 'application/json', accept: 'text/plain' });
    const [first, second] = ['{"inputs": [{"text":"$& \\"a\\""}], "n": 1}', '{"inputs": ["b"], "n": 1}'];
    expect([...world.asked].sort((a, b) => a.body.localeCompare(b.body) || a.variant.localeCompare(b.variant))).toEqual([to('gpu', second), to('inf2', second), to('gpu', first), to('inf2', first)].sort((a, b) => a.body.localeCompare(b.body)));
  });

  test('open the gate', async () => {
    world.lines(inputs(1));
    expect(await world.gate(QUESTION)).toEqual({ pass: false, reason: 'the answers of inf2 (inf2-model) and gpu (gpu-model) were not compared yet: start it' });
    await world.run();
    expect(await world.gate(QUESTION)).toEqual({ pass: true, reason: `the answers of inf2 (inf2-model) and gpu (gpu-model) are the same, as of ${NOW}: 0 of 1 answers differ, a share of 0; the tolerance is 0.01` });
  });

  test('a bus that does not take the event changes nothing', async () => {
    world.lines(inputs(1));
    world.fixture.standIn.control.faults.push({ operation: 'PutEvents', error: { type: 'InternalException', message: 'no' } });
    expect(await last()).toMatchObject({ outcome: 'passed' });
    expect(world.printed.at(-1)).toEqual({ error: 'the event bus did not take Parity Checked: no' });
  });

  test('never more than eight requests are under way, and every line is sent once to each', async () => {
    world.lines(inputs(230));
    world.answers = async ({ body, variant }) => {
      await new Promise((done) => setTimeout(done, (body.length * 7 + (variant === 'gpu' ? 3 : 0)) % 10));
      return body;
    };
    expect(await last()).toMatchObject({ outcome: 'passed', reason: '0 of 230 answers differ, a share of 0; the tolerance is 0.01' });
    expect(world.most).toBe(8);
    expect(new Set(world.asked.map(({ variant, body }) => `${variant} ${body}`)).size).toBe(460);
    expect(world.asked).toHaveLength(460);
  });
});

describe('other answers', () => {
  const different = (...bad: number[]) => {
    world.answers = ({ variant, body }) => JSON.stringify({ out: variant === 'inf2' && bad.some((i) => body.includes(`"text ${i}"`)) ? 'other' : body });
  };

  test('fail the check, are told with the runbook, and keep the gate closed', async () => {
    world.lines(inputs(100));
    different(7, 50);
    const reason = '2 of 100 answers differ, a share of 0.02; the tolerance is 0.01';
    const output = { outcome: 'differs', score: 0.02, reason, record: `s3://results/${KEY}` };
    const runbook = 'https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#parity-failed';
    expect(await last()).toEqual({ state: null, wait: 1, done: true, outcome: 'differs', reason: `${reason} See ${runbook}`, output });
    expect(world.record).toMatchObject({ outcome: 'differs', share: 0.98, worst: { line: 8, difference: 1 }, examples: [{ line: 8, reason: 'the answers differ' }, { line: 51, reason: 'the answers differ' }] });
    expect(world.metrics).toEqual([expect.objectContaining({ ParityScore: 0.02, ParityFailed: 1 })]);
    expect(JSON.parse(world.events[0].Detail)).toEqual({ benchmark: 'same', run: 'run-1', endpoint: 'web', reference: 'gpu', candidate: 'inf2', ...output, runbook });
    expect(await world.gate(QUESTION)).toEqual({ pass: false, reason: `the answers of inf2 (inf2-model) and gpu (gpu-model) differ, as of ${NOW}: ${reason}; once that is mended: start it` });
  });

  test('within the tolerance are none', async () => {
    world.lines(inputs(100));
    different(7);
    expect(await last()).toMatchObject({ outcome: 'passed', output: { score: 0.01 } });
  });

  test('that are right are as good as any', async () => {
    world.lines(Array.from({ length: 10 }, (_, i) => ({ input: `text ${i}`, expected: 'yes' })));
    world.answers = ({ variant, body }) => JSON.stringify({ out: (variant === 'gpu') === /[0-4]"/.test(body) ? 'yes' : variant });
    expect(await last(withCheck({ metric: { kind: 'exactMatch', path: '/out' } }))).toMatchObject({ outcome: 'passed', reason: 'the candidate is right in 5 of 10 lines, the reference in 5, a loss of 0; the tolerance is 0.01' });
    expect(world.record!.accuracy).toEqual({ lines: 10, reference: 0.5, candidate: 0.5 });
  });

  test('of numbers', async () => {
    world.lines(inputs(2));
    world.answers = ({ variant, body }) => JSON.stringify([{ v: variant === 'gpu' ? [100, 1] : [body.includes('text 0') ? 100 : 99.5, 1] }]);
    expect(await last(withCheck({ metric: { kind: 'relativeError', path: '/0/v', smallest: 0 }, minimumShare: 1 }))).toMatchObject({ outcome: 'passed', output: { score: 0.0025 } });
    expect(world.record).toMatchObject({ mean: 0.0025, worst: { line: 2, difference: 0.005 } });
    expect(await last(withCheck({ metric: { kind: 'relativeError', path: '/0/v', smallest: 0 }, minimumShare: 1, tolerance: 0.004 }))).toMatchObject({ outcome: 'differs' });
  });
});

describe('lines that fail', () => {
  test('a few are told, and the others judged', async () => {
    world.lines(inputs(200));
    world.answers = ({ variant, body }) => variant === 'gpu' && body.includes('"text 3"') ? modelError(400, 'too long') : body;
    expect(await last()).toMatchObject({ outcome: 'passed', output: { score: 0.005 } });
    expect(world.record).toMatchObject({ failed: 1, failedByKind: { 'ModelError 400': 1 }, examples: [{ line: 4, reason: 'ModelError 400: gpu: Received server error (400) from primary with message "too long".' }] });
    expect(world.pauses).toEqual([]);
  });

  test('many end it early, as a failure with a reason and no score', async () => {
    world.lines(inputs(1000));
    world.answers = ({ variant, body }) => variant === 'inf2' ? modelError() : body;
    const { outcome, reason } = await last();
    expect(outcome).toBe('failed');
    expect(reason).toMatch(/^1[1-4] of 1[1-4] lines could not be compared \(1[1-4] ModelError 500\), and the rest of 1000 lines was not asked for, where 10 may fail; line 1: ModelError 500: inf2: Received server error \(500\) from primary with message "Prediction failed"\. See https:/);
    expect(world.asked.length).toBeLessThanOrEqual(28);
    expect(world.metrics).toEqual([expect.objectContaining({ ParityFailed: 1 })]);
    expect(world.metrics[0]).not.toHaveProperty('ParityScore');
    expect(world.record).toMatchObject({ outcome: 'failed' });
    expect(await world.gate(QUESTION)).toMatchObject({ pass: false, reason: expect.stringContaining('could not be compared, as of') });
  });

  test.each([
    ['ThrottlingException', new ServiceError('ThrottlingException', 'slow down', 429)], ['ServiceUnavailable', new ServiceError('ServiceUnavailable', 'no', 503)], ['ModelNotReadyException', new ServiceError('ModelNotReadyException', 'no', 429)], ['ModelError 503', modelError(503)],
  ])('%s passes: the line is tried again', async (_, error) => {
    world.lines(inputs(1));
    let refusals = 2;
    world.answers = ({ variant, body }) => variant === 'inf2' && refusals-- > 0 ? error : body;
    expect(await last()).toMatchObject({ outcome: 'passed' });
    expect(world.pauses).toEqual([1000, 4000]);
  });

  test('what does not pass in three tries has failed', async () => {
    world.lines(inputs(1));
    world.answers = ({ variant, body }) => variant === 'inf2' ? new ServiceError('ThrottlingException', 'slow down', 429) : body;
    expect(await last()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('1 of 1 lines could not be compared (1 ThrottlingException), where 0 may fail; line 1: ThrottlingException: inf2: slow down') });
    expect(world.asked).toHaveLength(4);
  });

  test('answers that cannot be compared are failures too', async () => {
    world.lines(inputs(2));
    world.answers = () => '{"text": "a"}';
    expect(await last(withCheck({ metric: { kind: 'cosineSimilarity' }, minimumShare: 0.99 }))).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('2 of 2 lines could not be compared (2 NotComparable), where 0 may fail; line 1: NotComparable: reference: an object is there, where numbers are wanted') });
  });
});

describe('a golden set', () => {
  test.each<[string, string | undefined, string]>([
    ['that is not there', undefined, 's3://data/golden.jsonl cannot be read: NoSuchKey: The specified key does not exist.'],
    ['without lines', '\n', 's3://data/golden.jsonl has no lines; write {"input": ...} on each'],
    ['that is no JSON', '{"input":1}\nx', 'line 2 of s3://data/golden.jsonl is no JSON: x'],
  ])('%s is a record that failed, and no crash', async (_, text, reason) => {
    if (text !== undefined) world.lines(text);
    expect(await last()).toMatchObject({ outcome: 'failed', output: { reason, record: `s3://results/${KEY}` } });
    expect(world.record).toMatchObject({ outcome: 'failed', reason, lines: 0 });
    expect(world.metrics).toEqual([expect.objectContaining({ ParityFailed: 1 })]);
    expect(world.asked).toEqual([]);
  });

  test('that the payload does not take', async () => {
    world.lines(inputs(1));
    expect(await last(withCheck({ payload: { template: '{}', contentType: 'application/json' } }))).toMatchObject({ outcome: 'failed', output: { reason: 'the template has neither {inputs} nor {input}: {}' } });
  });

  test('is read once, and asked for again at each slice', async () => {
    world.lines(inputs(120));
    sliced(60);
    expect(await world.run()).toHaveLength(2);
    expect(world.s3.objectCalls.filter((call) => call.startsWith('GET'))).toEqual(['GET data/golden.jsonl 200', 'GET data/golden.jsonl 304']);
  });

  test('that is written anew meanwhile ends the check', async () => {
    world.lines(inputs(120));
    sliced(60);
    const answers = await world.run(CONFIG, () => world.lines(inputs(119)));
    expect(answers.at(-1)).toMatchObject({ outcome: 'failed', output: { reason: 'the golden set was written anew while the check was under way: start it again' } });
  });
});

/** Lets the time of a slice be over after about so many lines. */
function sliced(lines: number): void {
  const start = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => start + world.asked.length / 2 * 240_000 / lines);
}

describe('a long golden set', () => {
  test('is done in slices, each where the one before ended', async () => {
    world.lines(inputs(330));
    world.answers = ({ variant, body }) => variant === 'inf2' && /"text (9|199|299)"/.test(body) ? '"other"' : body;
    sliced(100);
    const answers = await world.run();
    expect(answers.map(({ done }) => done)).toEqual([false, false, false, true]);
    expect(answers.slice(0, -1).every(({ wait }) => wait === 1)).toBe(true);
    expect(answers.at(-1)).toMatchObject({ outcome: 'passed', reason: '3 of 330 answers differ, a share of 0.00909090909; the tolerance is 0.01' });
    expect(world.asked).toHaveLength(660);
    expect(world.record!.examples.map(({ line }) => line)).toEqual([10, 200, 300]);
    expect(JSON.stringify(answers[2].state).length).toBeLessThan(2000);
  });
});

describe('an endpoint that changes', () => {
  const update = async () => world.fixture.sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'inf2', DesiredWeight: 1 }] }));

  test('is waited for before the check', async () => {
    world.lines(inputs(1));
    await update();
    const answers = await world.run(CONFIG, ({ wait }) => world.fixture.standIn.advance(wait === 30 ? 600 : 0));
    expect(answers.map(({ wait, done }) => [wait, done])).toEqual([[30, false], [1, true]]);
    expect(answers[1]).toMatchObject({ outcome: 'passed' });
  });

  test('and after it, without another request', async () => {
    world.lines(inputs(1));
    world.answers = async ({ body, variant }) => {
      if (variant === 'gpu') await update();
      return body;
    };
    const answers = await world.run(CONFIG, ({ wait }) => world.fixture.standIn.advance(wait === 30 ? 600 : 0));
    expect(answers.map(({ wait }) => wait)).toEqual([30, 1]);
    expect(answers[1]).toMatchObject({ outcome: 'passed' });
    expect(world.asked).toHaveLength(2);
  });

  test('but not for ever; without versions there is no record', async () => {
    world.lines(inputs(1));
    await update();
    const answers = await world.run();
    expect(answers).toHaveLength(41);
    expect(answers.at(-1)!.output).toEqual({ outcome: 'failed', reason: 'endpoint web is Updating, not InService' });
    expect(world.record).toBeUndefined();
    expect(world.metrics).toEqual([expect.objectContaining({ ParityFailed: 1 })]);
    expect(await world.gate(QUESTION)).toEqual({ pass: false, reason: 'endpoint web is Updating, not InService' });
  });

  test('to another model was not compared as a whole', async () => {
    world.lines(inputs(1));
    const { fixture } = world;
    await fixture.models('inf2-next');
    await fixture.config('config-2', [GPU, { ...INF2, ModelName: 'inf2-next' }]);
    world.answers = async ({ body, variant }) => {
      if (variant === 'gpu') await fixture.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'web', EndpointConfigName: 'config-2' }));
      return body;
    };
    const answers = await world.run(CONFIG, ({ wait }) => fixture.standIn.advance(wait === 30 ? 3600 : 0));
    expect(answers.at(-1)!.output).toEqual({ outcome: 'failed', reason: 'inf2 got another version while it was checked: start the check again', record: `s3://results/${KEY}` });
    // The new version was not checked at all.
    expect(await world.gate(QUESTION)).toEqual({ pass: false, reason: 'the answers of inf2 (inf2-next) and gpu (gpu-model) were not compared yet: start it' });
  });
});

describe('a function of the user', () => {
  const scores = (score: (event: any) => unknown) => world.fixture.standIn.functions.set('Score', score);

  test('gets both answers, at most 50 at a time, and its scores count by lines', async () => {
    world.lines(inputs(60).map((line, i) => i === 0 ? { ...line, expected: 'a' } : line));
    const batches: any[] = [];
    scores(({ items }) => {
      batches.push(items);
      return { score: items.length === 50 ? 0.003 : 0.045 };
    });
    world.answers = ({ variant }) => variant === 'gpu' ? '{"a":1}' : 'text';
    expect(await last(LAMBDA)).toMatchObject({ outcome: 'passed', output: { score: 0.01 } });
    expect(batches.map((one) => one.length)).toEqual([50, 10]);
    expect(batches[0][0]).toEqual({ line: 1, input: 'text 0', expected: 'a', reference: { a: 1 }, candidate: 'text' });
    expect(batches[1][9]).toEqual({ line: 60, input: 'text 59', reference: { a: 1 }, candidate: 'text' });
  });

  test('refuses', async () => {
    world.lines(inputs(2));
    scores(() => ({ score: 0, pass: false }));
    expect(await last(LAMBDA)).toMatchObject({ outcome: 'differs', output: { reason: 'the function of the metric refused 2 of 2 lines, with a score of 0' } });
  });

  test('large answers come in several calls', async () => {
    world.lines(inputs(3));
    const batches: number[] = [];
    scores(({ items }) => {
      batches.push(items.length);
      return { score: 0 };
    });
    world.answers = () => 'x'.repeat(1_200_000);
    expect(await last(LAMBDA)).toMatchObject({ outcome: 'passed' });
    expect(batches).toEqual([2, 1]);
  });

  const wanted = 'instead of { "score": 0.01 } or { "score": 0.01, "pass": true }, with a score of at least 0';
  test.each<[string, () => unknown, string]>([
    ['throws', () => { throw new Error('no model'); }, 'the function of the metric failed: {"errorType":"Error","errorMessage":"no model"'],
    ['answers nothing', () => undefined, `the function of the metric answered null ${wanted}`],
    ['answers a text', () => ({ score: '0' }), `the function of the metric answered {"score":"0"} ${wanted}`],
    ['answers less than nothing', () => ({ score: -1 }), `the function of the metric answered {"score":-1} ${wanted}`],
    ['passes with a word', () => ({ score: 0, pass: 'yes' }), `the function of the metric answered {"score":0,"pass":"yes"} ${wanted}`],
  ])('that %s is a record that failed', async (_, score, reason) => {
    world.lines(inputs(1));
    scores(score);
    const { outcome, output } = await last(LAMBDA);
    expect([outcome, output.reason.slice(0, reason.length)]).toEqual(['failed', reason]);
    expect(world.record).toMatchObject({ outcome: 'failed' });
  });

  test('that is not there', async () => {
    world.lines(inputs(1));
    expect(await last(LAMBDA)).toMatchObject({ output: { outcome: 'failed', reason: `the function of the metric was not reached: ResourceNotFoundException: Function not found: ${FN}` } });
  });
});

describe('the gate', () => {
  test('says nothing of other variants, and asks nobody', async () => {
    expect(await world.gate({ ...QUESTION, to: 'trn1' })).toEqual({ pass: false, reason: 'the parity check same compares inf2 with gpu of web, and was asked for trn1 and gpu of web: make an AccuracyParity for these' });
    expect(world.s3.objectCalls).toEqual([]);
  });

  test('is closed after a change of the check', async () => {
    world.lines(inputs(1));
    await world.run({ ...CONFIG, fingerprint: 'f0' });
    expect(await world.gate(QUESTION)).toEqual({ pass: false, reason: 'the answers of inf2 (inf2-model) and gpu (gpu-model) were compared with another metric, tolerance, payload or golden set: start it' });
  });

  test('fails on a record that it does not understand: the gate stays closed', async () => {
    world.s3.put('results', KEY, '{"schema":"cdk-accelerators/parity-record/2"}');
    await expect(world.gate(QUESTION)).rejects.toThrow(`s3://results/${KEY} has the schema "cdk-accelerators/parity-record/2"; this version of cdk-accelerators reads "cdk-accelerators/parity-record/1": check again`);
  });
});
