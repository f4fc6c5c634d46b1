import { charts, triedChart } from './report-charts';
import type { BestRow, ReportData, ReportRow, VersionRow } from './report-data';
import { STYLE } from './report-style';
import { counted, grouped, milliseconds, moment, number, paceText, percent, seconds, times } from './report-words';
import { escaped } from './svg';
import type { BaselineRecord, Comparison } from './types';

/** The report as one HTML file: no script, no font, no picture from anywhere; to be mailed, printed, kept. */
export function reportHtml(report: ReportData): string {
  const title = `Benchmark ${report.benchmark}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="cdk-accelerators">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
<header>
<h1>${escaped(title)}</h1>
<p class="sub">Endpoint ${escaped(report.endpoint)}, run ${escaped(report.run)}, ${escaped(moment(report.createdOn))}</p>
</header>
${lead(report)}
<section>
<h2>The same load for all</h2>
<p class="note">${escaped(`Batch ${report.settings.batchSize}, ${report.settings.concurrency} requests at a time. Throughput and cost are at full concurrency; latency is at the pace, ${paceText(report.settings)}, from the moment a request is due.`)}</p>
${charts(report)}
<div class="card">${table(ROUND_1, report.round1)}</div>
${notCompared(report.round1)}
</section>
${secondRound(report)}
${versionSection(report.versions)}
${failures(report)}
<section>
<h2>What was measured</h2>
<div class="card">${table(VERSIONS, measured(report))}</div>
</section>
<section>
<h2>How it was measured</h2>
<div class="card">${settings(report)}</div>
</section>
<footer class="note">
<p>Percentiles are by nearest rank and right to within 0.5 %. Cost is the price of the instances in the time that the requests took, at full concurrency: instances that idle cost more for each request.</p>
</footer>
</main>
</body>
</html>
`;
}

/** What there is to know before anything else: how the variants compare, and which versions are worse than those before. */
function lead({ round1, versions }: ReportData): string {
  const worse = versions.filter(({ regressions }) => regressions.length > 0).map(({ record: { variant }, regressions }) => `${variant} is worse than the version before: ${regressions.map(({ what }) => what).join(', ')}.`);
  return [comparisons(round1), ...worse.map((text) => `<p class="lead bad"><strong>${escaped(text)}</strong></p>`)].join('\n');
}

function comparisons(round1: readonly ReportRow[]): string {
  const [reference] = round1;
  const sentences = round1.slice(1).flatMap(({ variant, comparison }) => comparison === undefined || comparison.refused !== undefined ? [] : [comparisonText(variant, reference.variant, comparison)]);
  if (sentences.length > 0) return `<p class="lead"><strong>${sentences.map(escaped).join('</strong></p><p class="lead"><strong>')}</strong></p>`;
  const failed = round1.filter(({ record }) => record?.outcome !== 'measured').length;
  const text = failed === 0 ? round1.length === 1 ? 'One variant was measured: there is nothing to compare it with.' : 'Nothing could be compared.' : `${counted(failed, 'variant')} of ${round1.length} ${failed === 1 ? 'was' : 'were'} not measured.`;
  return `<p class="lead${failed === 0 ? '' : ' bad'}"><strong>${escaped(text)}</strong></p>`;
}

function comparisonText(variant: string, reference: string, { throughputRatio, costRatio, p99Ratio }: Comparison): string {
  const parts = [
    ...throughputRatio === undefined ? [] : [`${times(throughputRatio)} the throughput of an instance`],
    ...costRatio === undefined ? [] : [`${times(costRatio)} the cost of a request`],
    ...p99Ratio === undefined ? [] : [`${times(p99Ratio)} the p99`],
  ];
  return `${variant} has ${parts.length === 0 ? 'no number in common with' : parts.join(', ').replace(/, ([^,]*)$/, ' and $1')}${parts.length === 0 ? '' : ' of'} ${reference}.`;
}

/** A column of a table; cells are text, with a smaller second line. */
type Column<T> = readonly [head: string, cell: (row: T) => string | readonly [string, string], numeric?: boolean];

function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cell = (row: T, [head, of, numeric]: Column<T>) => {
    const content = of(row);
    const [first, second] = typeof content === 'string' ? [content, ''] : content;
    return `<td${numeric === true ? ' class="n"' : ''} data-label="${escaped(head)}"><span>${escaped(first)}</span>${second === '' ? '' : `<small>${escaped(second)}</small>`}</td>`;
  };
  const head = columns.map(([name, , numeric]) => `<th${numeric === true ? ' class="n"' : ''} scope="col">${escaped(name)}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.map((row) => `<tr>${columns.map((column) => cell(row, column)).join('')}</tr>`).join('\n')}\n</tbody></table>`;
}

/** What there is no number of. */
const NONE = '-';

/** A number, and how it compares with the one of the first variant. */
function beside(value: string | undefined, ratio: number | undefined): string | [string, string] {
  return value === undefined ? NONE : ratio === undefined ? value : [value, times(ratio)];
}

/** Numbers of a record. Only requests of one batch have costs that can be compared. */
function numbers<T>(of: 'requests' | 'inputs', record: (row: T) => BaselineRecord | undefined, comparison: (row: T) => Comparison | undefined): Column<T>[] {
  const cost = (row: T) => of === 'requests' ? record(row)?.cost?.usdPerThousandRequests : record(row)?.cost?.usdPerThousandInputs;
  const latency = (row: T, which: 'p50Ms' | 'p95Ms' | 'p99Ms') => optional(record(row)?.latency?.[which], milliseconds);
  return [
    ['inputs/s of an instance', (row) => beside(optional(record(row)?.throughput?.inputsPerSecondPerInstance, number), comparison(row)?.throughputRatio), true],
    ['p50', (row) => beside(latency(row, 'p50Ms'), comparison(row)?.p50Ratio), true],
    ['p95', (row) => beside(latency(row, 'p95Ms'), comparison(row)?.p95Ratio), true],
    ['p99', (row) => beside(latency(row, 'p99Ms'), comparison(row)?.p99Ratio), true],
    [`USD for 1,000 ${of}`, (row) => beside(optional(cost(row), number), comparison(row)?.costRatio), true],
    ['errors', (row) => optional(record(row)?.errors.rate, percent) ?? NONE, true],
  ];
}

const optional = (value: number | undefined, text: (value: number) => string) => value === undefined ? undefined : text(value);

const ROUND_1: readonly Column<ReportRow>[] = [
  ['variant', ({ variant }) => variant],
  ...numbers<ReportRow>('requests', ({ record }) => record, ({ comparison }) => comparison),
  ['first request', ({ record }) => optional(record?.firstRequestMs, milliseconds) ?? NONE, true],
];

const ROUND_2: readonly Column<BestRow>[] = [
  ['variant', ({ variant }) => variant],
  ['best batch', ({ best, reason }) => best === undefined ? [NONE, reason ?? ''] : String(best.settings.batchSize)],
  ...numbers<BestRow>('inputs', ({ best }) => best, ({ comparison }) => comparison),
];

const CHANGES: readonly Column<VersionRow>[] = [
  ['variant', ({ record }) => record.variant],
  ['version', ({ record }) => [record.version.modelName, record.version.label ?? '']],
  ['before', ({ previous }) => [previous.version.modelName, moment(previous.measuredOn)]],
  ['throughput', ({ comparison }) => optional(comparison.throughputRatio, times) ?? NONE, true],
  ['cost', ({ comparison }) => optional(comparison.costRatio, times) ?? NONE, true],
  ['p99', ({ comparison }) => optional(comparison.p99Ratio, times) ?? NONE, true],
  ['verdict', ({ comparison, regressions }) => comparison.refused !== undefined ? `not compared: ${comparison.refused}` : regressions.length === 0 ? 'within its limits' : regressions.map(({ text }) => text).join('; ')],
];

const VERSIONS: readonly Column<BaselineRecord>[] = [
  ['variant', ({ variant, settings: { batchSize } }) => [variant, `batch ${batchSize}`]],
  ['model', ({ version: { modelName, label } }) => [modelName, label ?? '']],
  ['instances', ({ version: { instances, instanceType, precision } }) => [`${instances} x ${instanceType}`, precision ?? '']],
  ['image', ({ version: { image, inferenceAmiVersion: host } }) => [image ?? 'not known', host === undefined ? '' : `host ${host}`]],
  ['requests', (record) => [counted(record.requests, 'request'), requestNotes(record)]],
  ['measured', ({ measuredOn, otherRequestsPerMinute: others }) => [moment(measuredOn), others === undefined ? '' : `beside ${number(others)} requests a minute of others`]],
];

/** Every record once, those of the first round first. */
/** What became of requests that were not answered. */
function requestNotes({ errors: { byKind }, notSent = 0, firstRequestError }: BaselineRecord): string {
  const failed = Object.entries(byKind).map(([kind, count]) => `${count} x ${kind}`);
  return [
    failed.length === 0 ? 'none failed' : failed.join(', '),
    ...notSent === 0 ? [] : [`${grouped(notSent)} were due and not sent`],
    ...firstRequestError === undefined ? [] : [`the first one: ${firstRequestError}`],
  ].join('; ');
}

function measured({ round1, round2 }: ReportData): BaselineRecord[] {
  return [...round1.flatMap(({ record }) => record ?? []), ...round2.flatMap(({ tried }) => tried.filter(({ round }) => round === 2))];
}

function notCompared(rows: readonly (ReportRow | BestRow)[]): string {
  const refused = rows.flatMap(({ variant, comparison }) => comparison?.refused === undefined ? [] : [`${variant}: ${comparison.refused}`]);
  return refused.length === 0 ? '' : `<div class="card"><h3>Not compared with ${escaped(rows[0].variant)}</h3><ul>${refused.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul></div>`;
}

function secondRound({ round2, latencyLimitMs }: ReportData): string {
  if (round2.length === 0) return '';
  const limit = latencyLimitMs === undefined ? 'whatever its latency' : `with a p99 of at most ${milliseconds(latencyLimitMs)}`;
  return `<section>
<h2>The best batch of each</h2>
<p class="note">${escaped(`The batch at which an instance does most inputs per second, ${limit}. Requests of different batches are different requests: cost is that of inputs.`)}</p>
${triedChart(round2)}
<div class="card">${table(ROUND_2, round2)}</div>
${notCompared(round2)}
</section>`;
}

function versionSection(versions: readonly VersionRow[]): string {
  return versions.length === 0 ? '' : `<section>
<h2>Beside the version before</h2>
<div class="card">${table(CHANGES, versions)}</div>
</section>`;
}

function failures(report: ReportData): string {
  const failed = measured(report).filter(({ outcome }) => outcome === 'failed').map(({ variant, settings: { batchSize }, reason }) => `${variant}, batch ${batchSize}: ${reason ?? 'no reason is known'}`);
  const missing = report.round1.filter(({ record }) => record === undefined).map(({ variant }) => `${variant}: the run ended before it`);
  const all = [...failed, ...missing];
  return all.length === 0 ? '' : `<section>
<h2 class="bad">Not measured</h2>
<div class="card"><ul>${all.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul></div>
</section>`;
}

function settings({ settings: of, endpoint, latencyLimitMs }: ReportData): string {
  const row = (term: string, text: string, code = false) => `<dt>${escaped(term)}</dt><dd>${code ? `<code>${escaped(text)}</code>` : escaped(text)}</dd>`;
  return `<dl class="facts">${[
    row('Endpoint', endpoint),
    row('Batch', counted(of.batchSize, 'input')),
    row('Concurrency', `${counted(of.concurrency, 'request')} at a time, at most`),
    row('Warm-up', of.warmUpSeconds === 0 ? NONE : seconds(of.warmUpSeconds)),
    row('Duration', `${seconds(of.durationSeconds)} at full concurrency, and as long at the pace`),
    row('Pace', paceText(of)),
    ...latencyLimitMs === undefined ? [] : [row('p99 of the best batch', `at most ${milliseconds(latencyLimitMs)}`)],
    row('Dataset', `s3://${of.dataset.bucket}/${of.dataset.key}`),
    row('Lengths', Object.entries(of.lengths ?? {}).map(([name, value]) => `${name} ${value}`).join(', ') || 'not said'),
    row('Body', of.payload.template.length <= 600 ? of.payload.template : `${of.payload.template.slice(0, 600)}...`, true),
    row('Content type', of.payload.accept === undefined ? of.payload.contentType : `${of.payload.contentType}, accepting ${of.payload.accept}`),
  ].join('')}</dl>`;
}
