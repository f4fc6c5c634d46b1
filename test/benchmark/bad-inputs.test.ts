import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Duration, Lazy, Stack, Token, type App } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { propsOf, refused, thrownBy, type Props, type Variants } from './support';
import { BenchmarkDataset, BenchmarkPayload, EndpointBenchmark, InferenceEndpoint } from '../../src';
import { ENV, G5, newStack, oneVariant, twoVariants } from '../endpoint/support';

const as = <T>(value: unknown): T => value as T;
const TOKEN = as<number>(Token.asNumber({ resolve: () => 3 }));
const load = (more: object): Props => ({ load: { concurrency: 16, ...more } });
const first = (more: object) => ({ gpu, inf2 }: Variants): Props => ({ targets: [{ variant: gpu, usdPerHour: 1, ...more }, { variant: inf2, usdPerHour: 1 }] });

describe('targets', () => {
  test.each<[string, Props | ((all: Variants) => Props), string]>([
    ['none', { targets: [] }, '`targets`: got an empty list; allowed: 1 to 10 variants of one endpoint; fix: name the variant to measure'],
    ['nothing', { targets: as(undefined) }, '`targets`: got nothing; allowed: 1 to 10 variants of one endpoint; fix: give e.g. [{ variant: gpu }, { variant: neuron }]'],
    ['eleven', ({ gpu }) => ({ targets: Array.from({ length: 11 }, () => ({ variant: gpu })) }), '`targets`: got 11 variants; allowed: 1 to 10 variants of one endpoint; fix: use several benchmarks'],
    ['no variant', { targets: [{ variant: as('gpu') }] }, '`targets[0].variant`: got "gpu"; allowed: a variant made by InferenceEndpoint.addVariant; fix: pass what addVariant returned'],
    ['one variant twice', ({ gpu }) => ({ targets: [{ variant: gpu, usdPerHour: 1 }, { variant: gpu, usdPerHour: 1 }] }), "`targets[1].variant`: got variant 'gpu' again; allowed: each variant once; fix: remove it, or use batchSizes"],
    ['a variant of another endpoint', ({ stack, gpu }) => ({ targets: [{ variant: gpu, usdPerHour: 1 }, { variant: new InferenceEndpoint(stack, 'Other').addVariant('a', G5), usdPerHour: 1 }] }),
      "`targets[1].variant`: got variant 'a' of Stack/Other; allowed: a variant of Stack/Endpoint, the endpoint of targets[0]; fix: use a benchmark of its own, with the same `results`"],
    ['a price of 0', first({ usdPerHour: 0 }), '`targets[0].usdPerHour`: got 0; allowed: a price above 0, in USD per instance-hour; fix: give a price above 0, in USD per instance-hour'],
    ['a negative price', first({ usdPerHour: -1 }), '`targets[0].usdPerHour`: got -1; allowed: a price above 0, in USD per instance-hour; fix: give a price above 0, in USD per instance-hour'],
    ['a price that is no number', first({ usdPerHour: NaN }), '`targets[0].usdPerHour`: got NaN; allowed: a price above 0, in USD per instance-hour; fix: give a price above 0, in USD per instance-hour'],
    ['a price that is a token', first({ usdPerHour: TOKEN }), '`targets[0].usdPerHour`: got a token (a value known only at deploy time); allowed: a price above 0, in USD per instance-hour; fix: give a plain number'],
    ['no precision', first({ precision: '' }), '`targets[0].precision`: got ""; allowed: a text of 1 to 20 characters; fix: give a text of 1 to 20 characters'],
    ['a label that is too long', first({ label: 'x'.repeat(257) }), `\`targets[0].label\`: got "${'x'.repeat(257)}"; allowed: a text of 1 to 256 characters; fix: give a text of 1 to 256 characters`],
    ['a batch of 0', first({ batchSizes: [0] }), '`targets[0].batchSizes[0]`: got 0; allowed: a whole number from 1 to 1024; fix: give a whole number from 1 to 1024'],
    ['one batch twice', first({ batchSizes: [4, 8, 4] }), '`targets[0].batchSizes`: got 4 twice; allowed: each size once; fix: remove one of them'],
    ['eleven batches', first({ batchSizes: Array.from({ length: 11 }, (_, i) => i + 1) }), '`targets[0].batchSizes`: got 11 sizes; allowed: at most 10 sizes; fix: leave some out: powers of two are enough'],
  ])('%s', (_, props, message) => expect(refused(props)).toBe(message));

  test.each<[string, object, string, string]>([
    ['another region', { account: ENV.account, region: 'eu-west-1' }, 'region eu-west-1', `region ${ENV.region}`],
    ['another account', { account: '999999999999', region: ENV.region }, 'account 999999999999', `account ${ENV.account}`],
    ['another of both', { account: '999999999999', region: 'eu-west-1' }, 'region eu-west-1, account 999999999999', `region ${ENV.region}, account ${ENV.account}`],
  ])('of %s', (_, env, there, here) => {
    const all = twoVariants({}, {}, newStack({ env }));
    const beside = new Stack(all.stack.node.root as App, 'Beside', { env: ENV });
    expect(thrownBy(() => new EndpointBenchmark(beside, 'Benchmark', propsOf(all)))).toBe(`Beside/Benchmark: \`targets\`: got Stack/Endpoint in ${there}; allowed: an endpoint in ${here}, where the benchmark is; fix: make the benchmark in a stack of the region and account of the endpoint`);
  });

  test('of a place that is known at deploy time', () => {
    const all = twoVariants({}, {}, newStack({ env: { region: ENV.region } }));
    expect(thrownBy(() => new EndpointBenchmark(new Stack(all.stack.node.root as App, 'Beside', { env: ENV }), 'Benchmark', propsOf(all)))).toBe('nothing thrown');
  });

  test('of an asynchronous endpoint', () => {
    const stack = newStack();
    const one = oneVariant({}, { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Answers', 'answers') } }, stack);
    const all = { ...one, gpu: one.variant, inf2: one.variant };
    expect(refused({ targets: [{ variant: one.variant, usdPerHour: 1 }] }, all)).toBe('`targets`: got variants of Stack/Endpoint, an asynchronous endpoint; allowed: variants of real-time endpoints: what waits in a queue has no latency of its own; fix: measure the model on a real-time endpoint');
  });
});

describe('the load', () => {
  const whole = (min: number, max: number) => `a whole number from ${min} to ${max}`;
  test.each<[string, Props, string]>([
    ['nothing', { load: as(undefined) }, '`load`: got nothing; allowed: a load; fix: give e.g. { concurrency: 16 }'],
    ['no concurrency', load({ concurrency: 0 }), `\`load.concurrency\`: got 0; allowed: ${whole(1, 2560)}; fix: give ${whole(1, 2560)}`],
    ['too much of it', load({ concurrency: 2561 }), `\`load.concurrency\`: got 2561; allowed: ${whole(1, 2560)}; fix: give ${whole(1, 2560)}`],
    ['half a request', load({ concurrency: 1.5 }), `\`load.concurrency\`: got 1.5; allowed: ${whole(1, 2560)}; fix: give ${whole(1, 2560)}`],
    ['a concurrency that is a token', load({ concurrency: TOKEN }), `\`load.concurrency\`: got a token (a value known only at deploy time); allowed: ${whole(1, 2560)}; fix: give a plain number`],
    ['an empty batch', load({ batchSize: 0 }), `\`load.batchSize\`: got 0; allowed: ${whole(1, 1024)}; fix: give ${whole(1, 1024)}`],
    ['nine seconds', load({ duration: Duration.seconds(9) }), '`load.duration`: got 9 seconds; allowed: 10 seconds to 6 hours, in whole seconds; fix: give e.g. Duration.minutes(5)'],
    ['more than six hours', load({ duration: Duration.seconds(6 * 3600 + 1) }), '`load.duration`: got 21601 seconds; allowed: 10 seconds to 6 hours, in whole seconds; fix: give e.g. Duration.minutes(5)'],
    ['milliseconds', load({ duration: Duration.millis(10_500) }), '`load.duration`: got 10.5 seconds; allowed: 10 seconds to 6 hours, in whole seconds; fix: give e.g. Duration.minutes(5)'],
    ['a duration that is a token', load({ duration: Duration.seconds(TOKEN) }), '`load.duration`: got a token (a value known only at deploy time); allowed: 10 seconds to 6 hours, in whole seconds; fix: give a plain duration'],
    ['a warm-up of two hours', load({ warmUp: Duration.hours(2) }), '`load.warmUp`: got 7200 seconds; allowed: 0 seconds to 1 hour, in whole seconds; fix: give e.g. Duration.minutes(1)'],
    ['a duration that is a number', load({ duration: as(300) }), '`load.duration`: got 300; allowed: a duration: 10 seconds to 6 hours, in whole seconds; fix: give e.g. Duration.minutes(5)'],
    ['more errors than requests', load({ maximumErrorRate: 5 }), '`load.maximumErrorRate`: got 5; allowed: a fraction from 0 to 1; fix: give e.g. 0.05 for 5 %'],
    ['fewer errors than none', load({ maximumErrorRate: -0.1 }), '`load.maximumErrorRate`: got -0.1; allowed: a fraction from 0 to 1; fix: give e.g. 0.05 for 5 %'],
    ['errors that are a token', load({ maximumErrorRate: TOKEN }), '`load.maximumErrorRate`: got a token (a value known only at deploy time); allowed: a fraction from 0 to 1; fix: give a plain number'],
    ['a pace of 0', load({ pace: 0 }), '`load.pace`: got 0; allowed: a part of the throughput, above 0 and at most 1; fix: give a part of the throughput, above 0 and at most 1'],
    ['a pace above 1', load({ pace: 1.1 }), '`load.pace`: got 1.1; allowed: a part of the throughput, above 0 and at most 1; fix: give a part of the throughput, above 0 and at most 1'],
    ['a rate of 0', load({ requestsPerSecond: 0 }), '`load.requestsPerSecond`: got 0; allowed: a rate above 0 and at most 100,000; fix: give a rate above 0 and at most 100,000'],
    ['both', load({ pace: 0.5, requestsPerSecond: 9 }), '`load.pace`: got 0.5, beside requestsPerSecond 9; allowed: one of the two; fix: remove one of them'],
    ['no payload', load({ payload: as('{inputs}') }), '`load.payload`: got "{inputs}"; allowed: a payload; fix: use BenchmarkPayload.json, line or template'],
    ['a batch of lines', load({ payload: BenchmarkPayload.line(), batchSize: 2 }), '`load.batchSize`: got 2; allowed: 1: the payload takes one line at a time; fix: use BenchmarkPayload.json, or a template with {inputs}'],
    ['a length that is a token', load({ lengths: { inputTokens: TOKEN } }), '`load.lengths.inputTokens`: got a token (a value known only at deploy time); allowed: a number of at least 0; fix: give a plain number'],
    ['lengths that are a number', load({ lengths: as(128) }), '`load.lengths`: got 128; allowed: numbers by name; fix: give e.g. { inputTokens: 128 }'],
    ['a negative length', load({ lengths: { inputTokens: -1 } }), '`load.lengths.inputTokens`: got -1; allowed: a number of at least 0; fix: give e.g. { inputTokens: 128 }'],
  ])('%s', (_, props, message) => expect(refused(props)).toBe(message));

  test.each<[string, Props]>([
    ['one request at a time', load({ concurrency: 1 })], ['2,560', load({ concurrency: 2560 })], ['no warm-up', load({ warmUp: Duration.seconds(0) })], ['10 seconds', load({ duration: Duration.seconds(10) })],
    ['6 hours', load({ duration: Duration.hours(6) })], ['all of the throughput', load({ pace: 1 })], ['no error', load({ maximumErrorRate: 0 })], ['nothing but errors', load({ maximumErrorRate: 1 })], ['a length of 0', load({ lengths: { outputTokens: 0 } })], ['a batch of one line', load({ payload: BenchmarkPayload.line(), batchSize: 1 })],
  ])('%s is right', (_, props) => expect(refused(props)).toBe('nothing thrown'));
});

describe('a run', () => {
  const HOURS = { concurrency: 2560, duration: Duration.hours(6) };
  const fix = 'take a shorter load.duration, a lower load.concurrency or fewer batchSizes, or use several benchmarks with the same `results`';
  const sizes = Array.from({ length: 10 }, (_, i) => i + 2);

  test('that would outgrow an execution', () => {
    expect(refused({ load: HOURS }).replace(/\d+ events in/, 'N events in')).toBe(`\`load\`: got 2 measurements with a concurrency of 2560: up to N events in an execution; allowed: at most 20000 events: Step Functions ends an execution at 25000; fix: ${fix}`);
  });

  test('that would take more than a week, beside its events', () => {
    const message = refused(({ gpu, inf2 }) => ({ load: { concurrency: 64, duration: Duration.hours(6) }, targets: [{ variant: gpu, usdPerHour: 1, batchSizes: sizes }, { variant: inf2, usdPerHour: 1 }] }));
    expect(message.replace(/up to \d+/g, 'up to N').split('\n')).toEqual([
      '2 problems',
      `  - \`load\`: got 12 measurements with a concurrency of 64: up to N events in an execution; allowed: at most 20000 events: Step Functions ends an execution at 25000; fix: ${fix}`,
      `  - \`load\`: got 12 measurements with a concurrency of 64: up to N hours; allowed: at most 168 hours; fix: ${fix}`,
    ]);
  });

  test.each<[string, Props | ((all: Variants) => Props)]>([
    ['ten batches of each', ({ gpu, inf2 }) => ({ targets: [{ variant: gpu, usdPerHour: 1, batchSizes: sizes }, { variant: inf2, usdPerHour: 1, batchSizes: sizes }] })],
    ['all places for 5 minutes', { load: { concurrency: 2560 } }],
    ['six hours', { load: { concurrency: 64, duration: Duration.hours(6) } }],
  ])('%s fits', (_, props) => expect(refused(props)).toBe('nothing thrown'));

  test('is looked at when the rest is right', () => expect(refused({ load: { ...HOURS, pace: 0 } })).toBe('`load.pace`: got 0; allowed: a part of the throughput, above 0 and at most 1; fix: give a part of the throughput, above 0 and at most 1'));
});

describe('the rest', () => {
  const places = 'a folder without a slash at its beginning; fix: give e.g. "benchmark/"';
  test.each<[string, Props | ((all: Variants) => Props), string]>([
    ['no dataset', { dataset: as(undefined) }, '`dataset`: got undefined; allowed: a dataset; fix: use BenchmarkDataset.fromBucket or fromFile'],
    ['a limit of 0', { latencyLimit: Duration.millis(0) }, '`latencyLimit`: got 0 ms; allowed: 1 ms to 60 seconds, in whole milliseconds; fix: give e.g. Duration.millis(200)'],
    ['a limit beyond any answer', { latencyLimit: Duration.seconds(61) }, '`latencyLimit`: got 61000 ms; allowed: 1 ms to 60 seconds, in whole milliseconds; fix: give e.g. Duration.millis(200)'],
    ['a limit that is a number', { latencyLimit: as(200) }, '`latencyLimit`: got 200; allowed: a duration: 1 ms to 60 seconds, in whole milliseconds; fix: give e.g. Duration.millis(200)'],
    ['an age of half a day', { maxAge: Duration.hours(12) }, '`maxAge`: got 0.5 days; allowed: 1 day to 3650 days, in whole days; fix: give e.g. Duration.days(90)'],
    ['an age of eleven years', { maxAge: Duration.days(3651) }, '`maxAge`: got 3651 days; allowed: 1 day to 3650 days, in whole days; fix: give e.g. Duration.days(90)'],
    ['an age that is a number', { maxAge: as(90) }, '`maxAge`: got 90; allowed: a duration: 1 day to 3650 days, in whole days; fix: give e.g. Duration.days(90)'],
    ['a folder with a slash', { results: { prefix: '/a' } }, `\`results.prefix\`: got "/a"; allowed: ${places}`],
    ['no folder', { results: { prefix: '' } }, `\`results.prefix\`: got ""; allowed: ${places}`],
    ['a bucket by its name', { results: { bucket: as('results') } }, '`results.bucket`: got "results"; allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketAttributes({ bucketName, encryptionKey })'],
    ['a key beside a bucket', ({ stack }) => ({ results: { bucket: s3.Bucket.fromBucketName(stack, 'R', 'results'), encryptionKey: kms.Key.fromKeyArn(stack, 'K', 'arn:aws:kms:us-east-1:111122223333:key/k') } }),
      '`results.encryptionKey`: got a key, beside a bucket; allowed: a key for a bucket of its own: a bucket that is given has its own; fix: remove it; a key of a bucket that is not in this app: Bucket.fromBucketAttributes({ bucketName, encryptionKey })'],
    ['a name with a space', { benchmarkName: 'a b' }, '`benchmarkName`: got "a b"; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give e.g. "embeddings"'],
    ['a name that is a token', { benchmarkName: Lazy.string({ produce: () => 'a' }) }, '`benchmarkName`: got a token (a value known only at deploy time); allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give a plain text'],
    ['a bus by its name', { eventBus: as('bus') }, '`eventBus`: got "bus"; allowed: a bus of EventBridge; fix: pass an EventBus, or EventBus.fromEventBusArn'],
  ])('%s', (_, props, message) => expect(refused(props)).toBe(message));

  test('no props', () => {
    expect(thrownBy(() => new EndpointBenchmark(twoVariants().stack, 'Benchmark', as(null)))).toBe('Stack/Benchmark: `props`: got null; allowed: the props of a benchmark; fix: give at least { targets, dataset, load }');
  });

  test('several together', () => {
    const all = twoVariants();
    expect(thrownBy(() => new EndpointBenchmark(all.stack, 'Benchmark', { ...propsOf(all), load: { concurrency: 0 }, benchmarkName: '' })).split('\n')).toEqual([
      'Stack/Benchmark: 2 problems', expect.stringMatching(/^ {2}- `load.concurrency`: got 0/), expect.stringMatching(/^ {2}- `benchmarkName`: got ""/),
    ]);
  });
});

describe('a payload', () => {
  test.each<[string, () => unknown, string]>([
    ['without inputs', () => BenchmarkPayload.template('{}'), 'got none of both in "{}"'],
    ['with both', () => BenchmarkPayload.template('{inputs}{input}'), 'got both {inputs} and {input}'],
    ['that is too long', () => BenchmarkPayload.template(`{input}${' '.repeat(4096)}`), 'got 4103 bytes'],
    ['of few characters and many bytes', () => BenchmarkPayload.template(`{input}${'\u6f22'.repeat(1400)}`), 'got 4207 bytes; allowed: a text of at most 4096 bytes that holds {inputs} or {input}; fix: put what is long into the lines of the dataset, and use BenchmarkPayload.line()'],
    ['that is a token', () => BenchmarkPayload.template(Lazy.string({ produce: () => '{input}' })), '`text`: got a token (a value known only at deploy time); allowed: a text of at most 4096 bytes that holds {inputs} or {input}; fix: give a plain text'],
    ['that is no text', () => BenchmarkPayload.template(as(7)), 'got 7'],
    ['of no kind of answer', () => BenchmarkPayload.template('{input}', 'text/csv', 'csv'), '`accept`: got "csv"; allowed: a media type such as application/json'],
    ['of JSON for no kind of answer', () => BenchmarkPayload.json({ accept: '' }), 'BenchmarkPayload.json: `accept`: got ""; allowed: a media type such as application/json'],
    ['with long parameters', () => BenchmarkPayload.json({ parameters: { stop: 'x'.repeat(4096) } }), 'BenchmarkPayload.json: `parameters`: got 4143 bytes; allowed: an object that is at most 4096 bytes as JSON, with the names around it; fix: put what is long into the lines of the dataset, and use BenchmarkPayload.line()'],
    ['with parameters that are a list', () => BenchmarkPayload.json({ parameters: as([1]) }), '`parameters`: got [1]; allowed: an object'],
    ['with parameters that are no JSON', () => BenchmarkPayload.json({ parameters: { big: 1n } }), '`parameters`: got an object that is no JSON; allowed'],
    ['with parameters that are known later', () => BenchmarkPayload.json({ parameters: { deep: [{ top_k: TOKEN }] } }), '`parameters`: got a token (a value known only at deploy time); allowed'],
    ['without options', () => BenchmarkPayload.json(as(null)), '`options`: got null; allowed: options; fix: give e.g. { parameters: { max_new_tokens: 128 } }'],
    ['with quotes of its own', () => BenchmarkPayload.template('{"text": "{input}"}'), 'BenchmarkPayload.template: `text`: got "{\\"text\\": \\"{input}\\"}", which is no JSON with the line "a text" in it; allowed: a text that becomes JSON, as contentType says; '
      + 'fix: write {inputs} and {input} without quotes, as lines have their own: e.g. {"text": {input}}; or give another contentType'],
    ['of a list, with a brace too few', () => BenchmarkPayload.template('{"inputs": {inputs}', 'application/json; charset=utf-8'), 'which is no JSON with the line "a text" in it'],
    ['of a type that is made of JSON', () => BenchmarkPayload.template('{input},', 'application/vnd.mine+json'), 'which is no JSON with the line "a text" in it'],
    ['of no type', () => BenchmarkPayload.template('{input}', 'json'), '`contentType`: got "json"; allowed: a media type such as application/json'],
  ])('%s', (_, make, message) => expect(thrownBy(make)).toContain(message));

  test.each<[BenchmarkPayload, string, boolean]>([
    [BenchmarkPayload.json(), '{"inputs": {inputs}}', false],
    [BenchmarkPayload.json({ parameters: { top_k: 1 } }), '{"inputs": {inputs}, "parameters": {"top_k":1}}', false],
    [BenchmarkPayload.line(), '{input}', true],
    [BenchmarkPayload.template('[{input}]'), '[{input}]', true],
    [BenchmarkPayload.template('{"a": {inputs}, "n": [{inputs}]}'), '{"a": {inputs}, "n": [{inputs}]}', false],
    [BenchmarkPayload.json({ parameters: { stop: ['{inputs}'] } }), '{"inputs": {inputs}, "parameters": {"stop":["\\u007binputs}"]}}', false],
    [BenchmarkPayload.json({ parameters: {} }), '{"inputs": {inputs}, "parameters": {}}', false],
  ])('%#', ({ _config, _single }, template, single) => expect([_config, _single]).toEqual([{ template, contentType: 'application/json' }, single]));
});

test('a payload may ask for a kind of answer', () => {
  expect(BenchmarkPayload.json({ accept: 'application/json' })._config).toEqual({ template: '{"inputs": {inputs}}', contentType: 'application/json', accept: 'application/json' });
  expect(BenchmarkPayload.template('{input};', 'application/jsonlines')._config).toEqual({ template: '{input};', contentType: 'application/jsonlines' });
  expect(BenchmarkPayload.template('{input}', 'text/csv', 'text/csv')._config).toEqual({ template: '{input}', contentType: 'text/csv', accept: 'text/csv' });
});

describe('a dataset in a file', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dataset-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const file = (text: string): string => {
    const at = path.join(folder, 'data.jsonl');
    fs.writeFileSync(at, text);
    return at;
  };
  const told = (at: string) => thrownBy(() => BenchmarkDataset.fromFile(at)).replace(at, 'FILE');

  test('that is not there', () => expect(told(path.join(folder, 'no'))).toContain('which is not there; allowed: a file with JSON on each line, at most 64 MiB; fix: give the path of a file'));
  test.each<[string, unknown, string]>([['nothing', undefined, 'undefined'], ['a number', 7, '7'], ['an empty path', '', '""']])('that is %s', (_, given, got) => {
    expect(thrownBy(() => BenchmarkDataset.fromFile(as(given)))).toBe(`BenchmarkDataset.fromFile: \`path\`: got ${got}; allowed: a file with JSON on each line, at most 64 MiB; fix: give the path of a file`);
  });
  test('that is a token', () => expect(thrownBy(() => BenchmarkDataset.fromFile(Lazy.string({ produce: () => 'a' })))).toBe('BenchmarkDataset.fromFile: `path`: got a token (a value known only at deploy time); allowed: a file with JSON on each line, at most 64 MiB; fix: give a plain text'));
  test('that is a folder', () => expect(told(folder)).toContain('which is no file'));
  test('without lines', () => expect(told(file('\n\n'))).toContain('`path`: got FILE, which has no lines; allowed: a file with JSON on each line'));
  test('with a line that is no JSON', () => expect(told(file('"a"\n\n{b}\n'))).toContain('`path`: got FILE, whose line 3 is no JSON: {b}; allowed'));
  test('of 65 MiB', () => expect(told(file('1\n'.repeat(65 * 512 * 1024)))).toContain('`path`: got FILE of 65 MiB'));
  test('that is right', () => expect(told(file('"a"\n{"b": 1}\n'))).toBe('nothing thrown'));
});

test('a key of a dataset', () => {
  const { stack } = twoVariants();
  const bucket = s3.Bucket.fromBucketName(stack, 'B', 'data');
  expect(thrownBy(() => BenchmarkDataset.fromBucket(bucket, '/a'))).toBe('BenchmarkDataset.fromBucket: `key`: got "/a"; allowed: the key of an object, e.g. benchmark/questions.jsonl; fix: give the key of an object, e.g. benchmark/questions.jsonl');
  expect(thrownBy(() => BenchmarkDataset.fromBucket(as('b'), 'a'))).toBe('BenchmarkDataset.fromBucket: `bucket`: got "b"; allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketAttributes({ bucketName, encryptionKey })');
  expect(thrownBy(() => BenchmarkDataset.fromBucket(bucket, 'a/*'))).toBe('BenchmarkDataset.fromBucket: `key`: got "a/*"; allowed: a key without `*`, `?` and `${`: in the policy of the role they would open other objects; fix: store the dataset under another key');
});
