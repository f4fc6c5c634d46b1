import { readFileSync } from 'fs';
import { join } from 'path';
import * as fc from 'fast-check';
import { parseHistory } from '../../../src/migration/core/rehearsal/history';
import { problemText } from '../../../src/private/problems';

const NINE = Date.UTC(2026, 0, 5, 9) / 1000;
const at = (minute: number) => new Date((NINE + 60 * minute) * 1000).toISOString().replace('.000Z', '+00:00');
const series = (Id: string, points: Record<number, number>, StatusCode = 'Complete') => ({ Id, Label: Id, Timestamps: Object.keys(points).map((minute) => at(Number(minute))), Values: Object.values(points), StatusCode });
const parse = (...results: unknown[]) => parseHistory(JSON.stringify({ MetricDataResults: results, Messages: [] }));
const messages = (text: string) => parseHistory(text).problems.map(problemText);
const problems = (...results: unknown[]) => parse(...results).problems.map(problemText);
const AGAIN = 'fix: export it again with the command in the docstring of `RehearsalHistory.fromFile`';

describe('what the AWS CLI prints', () => {
  test('the example file: two hours, three minutes without a request, newest first', () => {
    const { history, problems: none } = parseHistory(readFileSync(join(__dirname, 'fixtures', 'history.json'), 'utf8'));
    expect(none).toEqual([]);
    expect(history).toMatchObject({ start: NINE, periodSeconds: 60 });
    expect(history!.rows).toHaveLength(120);
    expect(history!.rows.slice(40, 43).map(({ requests, errors }) => [requests, errors])).toEqual([[0, 0], [0, 0], [0, 0]]);
    expect(history!.rows[41].p50).toBe(history!.rows[39].p50);
    expect(history!.rows.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(60_000);
  });

  test('values in their periods, whatever the order; a missing error count is 0', () => {
    expect(parse(series('requests', { 2: 30, 0: 10, 1: 20 }), series('errors', { 1: 2 })).history).toEqual({
      start: NINE, periodSeconds: 60, rows: [{ requests: 10, errors: 0 }, { requests: 20, errors: 2 }, { requests: 30, errors: 0 }],
    });
  });

  test('a series in pages: only the last one has to be complete', () => {
    expect(parse(series('requests', { 0: 10 }, 'PartialData'), series('errors', { 0: 1 }), series('requests', { 1: 20 })).history!.rows.map(({ requests }) => requests)).toEqual([10, 20]);
  });

  test('latency before the first and after the last point is that of the nearest one before, or the first', () => {
    const { rows } = parse(series('requests', { 0: 1, 1: 1, 2: 1 }), series('errors', {}), series('p50', { 1: 5000 }), series('p95', { 1: 9000 })).history!;
    expect(rows.map(({ p50, p95 }) => [p50, p95])).toEqual([[5000, 9000], [5000, 9000], [5000, 9000]]);
  });

  test('times as numbers, as version 1 of the CLI can print them; other ids are not looked at', () => {
    const { history, problems: none } = parseHistory(JSON.stringify({ MetricDataResults: [{ Id: 'requests', Timestamps: [NINE, NINE + 300], Values: [5, 6] }, { Id: 'errors', Timestamps: [], Values: [] }, { Id: 'cpu', Values: 'x' }] }));
    expect(none).toEqual([]);
    expect(history).toMatchObject({ periodSeconds: 300, rows: [{ requests: 5 }, { requests: 6 }] });
  });
});

describe('what is refused, with the field and the fix', () => {
  test.each<[string, string[], string[]]>([
    ['no JSON', messages('<html>'), [expect.stringMatching(/^`\(file\)`: got no JSON: .*; allowed: the JSON that `aws cloudwatch get-metric-data --output json` prints; fix: export it again/) as unknown as string]],
    ['another JSON', messages('{"Datapoints":[]}'), [`\`MetricDataResults\`: got nothing; allowed: a list of results; ${AGAIN}`]],
    ['null', messages('null'), [`\`MetricDataResults\`: got nothing; allowed: a list of results; ${AGAIN}`]],
    ['no list', messages('{"MetricDataResults":{}}'), [`\`MetricDataResults\`: got object; allowed: a list of results; ${AGAIN}`]],
    ['no result at all', problems(), [
      `\`MetricDataResults\`: got no results; allowed: a result with the id requests (Invocations, Sum); ${AGAIN}`,
      `\`MetricDataResults\`: got no results; allowed: a result with the id errors (Invocation5XXErrors, Sum); ${AGAIN}`,
    ]],
    ['other ids', problems(series('m1', { 0: 1 }), series('m2', {}), series('m1', {})), [
      `\`MetricDataResults\`: got the ids m1, m2; allowed: a result with the id requests (Invocations, Sum); ${AGAIN}`,
      `\`MetricDataResults\`: got the ids m1, m2; allowed: a result with the id errors (Invocation5XXErrors, Sum); ${AGAIN}`,
    ]],
    ['many other ids', problems(series('requests', { 0: 1, 1: 1 }), ...Array.from({ length: 11 }, (_, i) => series(`m${i}`, {}))), [
      `\`MetricDataResults\`: got the ids requests, m0, m1, m2, m3, m4, m5, m6, m7, m8 and 2 others; allowed: a result with the id errors (Invocation5XXErrors, Sum); ${AGAIN}`,
    ]],
    ['no errors', problems(series('requests', { 0: 1, 1: 1 })), [`\`MetricDataResults\`: got the id requests; allowed: a result with the id errors (Invocation5XXErrors, Sum); ${AGAIN}`]],
    ['half of the latency', problems(series('requests', { 0: 1, 1: 1 }), series('errors', {}), series('p50', { 0: 1 })), [`\`MetricDataResults\`: got only p50; allowed: p50 and p95 of ModelLatency, or neither; ${AGAIN}`]],
    ['no id', problems({ Timestamps: [], Values: [] }, series('requests', { 0: 1, 1: 1 }), series('errors', {})), [`\`MetricDataResults[0].Id\`: got nothing; allowed: one of requests, errors, p50, p95; ${AGAIN}`]],
    ['fewer values than timestamps', problems({ ...series('requests', { 0: 1, 1: 1 }), Values: [1] }, series('errors', {})), [
      `\`MetricDataResults[0].Values\`: got 1 values for 2 timestamps; allowed: as many values as timestamps; ${AGAIN}`,
      `\`MetricDataResults\`: got the id errors; allowed: a result with the id requests (Invocations, Sum); ${AGAIN}`,
    ]],
    ['a time that is none', problems({ ...series('requests', { 0: 1, 1: 1 }), Timestamps: [at(0), 'noon'] }, series('errors', {})), [
      `\`MetricDataResults[0].Timestamps[1]\`: got "noon"; allowed: a time as the AWS CLI prints it, e.g. "2026-01-05T09:00:00+00:00"; ${AGAIN}`,
    ]],
    ['a negative count', problems(series('requests', { 0: 1, 1: -1 }), series('errors', {})), [`\`MetricDataResults[0].Values[1]\`: got -1; allowed: a number of at least 0; ${AGAIN}`]],
    ['a latency of 0', problems(series('requests', { 0: 1, 1: 1 }), series('errors', {}), series('p50', { 0: 0 }), series('p95', { 0: 1 })), [`\`MetricDataResults[2].Values[0]\`: got 0; allowed: a number above 0 (microseconds); ${AGAIN}`]],
    ['incomplete data', problems(series('requests', { 0: 1, 1: 1 }, 'PartialData'), series('errors', {})), ['`MetricDataResults(requests).StatusCode`: got "PartialData"; allowed: "Complete"; fix: export a shorter time, or again later']],
    ['one period', problems(series('requests', { 0: 1 }), series('errors', {})), ['`MetricDataResults(requests).Timestamps`: got 1 periods; allowed: at least 2 periods; fix: export a time with traffic, best a week']],
    ['periods that do not fit', problems(series('requests', { 0: 1, 2: 1, 5: 1 }), series('errors', {})), [`\`MetricDataResults.Timestamps\`: got 2026-01-05T09:05:00.000Z, which is no whole number of periods (120 s) after the first; allowed: one period for all metrics; ${AGAIN}`]],
    ['too many periods', problems(series('requests', { 0: 1, 1: 1, 200_000: 1 }), series('errors', {})), ['`MetricDataResults.Timestamps`: got 200001 periods; allowed: at most 100800 periods; fix: export a shorter time or a longer period']],
    ['nobody called', problems(series('requests', { 0: 0, 1: 0 }), series('errors', {})), ['`MetricDataResults(requests).Values`: got no request at all; allowed: some requests; fix: export a time with traffic, of the variant that has it']],
  ])('%s', (_name, got, wanted) => {
    expect(got).toEqual(wanted);
  });
});

test('property: any order of the points gives the same rows, and every request is counted once', () => {
  const points = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 1e6 })), { minLength: 3, maxLength: 40, selector: ([minute]) => minute });
  fc.assert(fc.property(points, fc.integer({ min: 1, max: 5 }), (list, cut) => {
    // Two neighbours, so that the period is a minute.
    const all = [...list.filter(([minute]) => minute !== 600 && minute !== 601), [600, 1] as const, [601, 2] as const];
    const result = (values: typeof all) => ({ Id: 'requests', Timestamps: values.map(([minute]) => at(minute)), Values: values.map(([, value]) => value), StatusCode: 'Complete' });
    const sorted = parse(result([...all].sort((a, b) => a[0] - b[0])), series('errors', {})).history!;
    const paged = parse(result(all.slice(cut)), series('errors', {}), result(all.slice(0, cut))).history!;
    expect(paged).toEqual(sorted);
    expect(sorted.rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(all.reduce((sum, [, value]) => sum + value, 0));
    expect(sorted.rows).toHaveLength(602 - Math.min(...all.map(([minute]) => minute)));
  }));
});

test('property: no text makes it throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map((json) => `{"MetricDataResults":${json}}`), fc.array(fc.object()).map((list) => JSON.stringify({ MetricDataResults: list }))), (text) => {
    const { history, problems: found } = parseHistory(text);
    expect(history === undefined).toBe(found.length > 0);
  }));
});
