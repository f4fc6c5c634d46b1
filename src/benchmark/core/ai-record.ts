import type { AiBenchmarkConfig, AiBenchmarkRecord, AiComparison, AiLatency, AiMeasurement, AiReport } from './ai-types';
import type { ModelVersion } from './types';

/** Answers that differ by more in their length, on average, are another workload. */
const ALIKE = 0.1;

/** What a record says whatever came of the job. */
export interface AiRecordFacts {
  readonly config: AiBenchmarkConfig;
  readonly run: string;
  readonly target: number;
  readonly version?: ModelVersion;
  readonly workload: string;
  readonly job: string;
  /** ISO 8601. */
  readonly now: string;
}

/** The record of a job that came to an end. */
export function aiRecordOf(facts: AiRecordFacts, measurement: AiMeasurement): AiBenchmarkRecord {
  const { config: { maximumErrorRate, targets }, target, version } = facts;
  const { errors, requests, throughput, ...rest } = measurement;
  const counted = { requests, errors };
  if (errors.rate > maximumErrorRate) {
    return { ...failedAiRecord(facts, `${errors.count} of ${requests} requests failed, more than ${100 * maximumErrorRate} %`), ...counted };
  }
  // Who answers has an instance, whatever the description of the endpoint said at that moment.
  const instances = Math.max(1, version?.instances ?? 1);
  const { usdPerHour } = targets[target];
  return {
    ...common(facts),
    outcome: 'measured',
    ...rest,
    ...counted,
    throughput: { ...throughput, outputTokensPerSecondPerInstance: throughput.outputTokensPerSecond / instances },
    // Instances are paid by the hour, busy or not.
    ...usdPerHour === undefined ? {} : { cost: { usdPerInstanceHour: usdPerHour, usdPerThousandOutputTokens: usdPerHour * instances / 3600 / throughput.outputTokensPerSecond * 1000 } },
  };
}

/** The record of a job that came to nothing. */
export function failedAiRecord(facts: AiRecordFacts, reason: string): AiBenchmarkRecord {
  return { ...common(facts), outcome: 'failed', reason };
}

function common({ config, run, target, version, workload, job, now }: AiRecordFacts) {
  const { endpoint, label } = config.targets[target];
  return {
    schema: 'cdk-accelerators/ai-benchmark-record/1',
    benchmark: config.benchmark,
    run,
    endpoint,
    ...label === undefined ? {} : { label },
    ...version === undefined ? {} : { version },
    workload: { name: workload, spec: config.spec },
    job,
    measuredOn: now,
  } as const;
}

/** A record beside that of the first endpoint of the same run, as ratios of the first to the second. */
export function compareAi(record: AiBenchmarkRecord, reference: AiBenchmarkRecord): AiComparison {
  const who = { endpoint: record.endpoint, ...record.label === undefined ? {} : { label: record.label }, reference: reference.endpoint };
  const refused = [
    ...[record, reference].flatMap(({ outcome, endpoint, reason }) => outcome === 'measured' ? [] : [`the measurement of ${endpoint} failed: ${reason}`]),
    ...unlike('input', record, reference),
    ...unlike('output', record, reference),
  ];
  if (refused.length > 0) return { ...who, refused: refused.join('; ') };
  const latency = (of: (one: AiBenchmarkRecord) => AiLatency | undefined, percentile: keyof AiLatency) => ratio(of(record)?.[percentile], of(reference)?.[percentile]);
  const all: AiComparison = {
    ...who,
    throughputRatio: ratio(record.throughput?.outputTokensPerSecondPerInstance, reference.throughput?.outputTokensPerSecondPerInstance),
    costRatio: ratio(record.cost?.usdPerThousandOutputTokens, reference.cost?.usdPerThousandOutputTokens),
    timeToFirstTokenP50Ratio: latency((one) => one.timeToFirstToken, 'p50Ms'),
    timeToFirstTokenP99Ratio: latency((one) => one.timeToFirstToken, 'p99Ms'),
    interTokenLatencyP50Ratio: latency((one) => one.interTokenLatency, 'p50Ms'),
    interTokenLatencyP99Ratio: latency((one) => one.interTokenLatency, 'p99Ms'),
    requestLatencyP50Ratio: latency((one) => one.requestLatency, 'p50Ms'),
    requestLatencyP99Ratio: latency((one) => one.requestLatency, 'p99Ms'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as AiComparison;
}

/** One workload may still be two: a model that stops early writes less, and looks fast. */
function unlike(what: 'input' | 'output', record: AiBenchmarkRecord, reference: AiBenchmarkRecord): string[] {
  const [one, other] = [record, reference].map(({ tokens }) => tokens?.[`${what}Mean`]);
  if (one === undefined || other === undefined || Math.abs(one - other) <= ALIKE * Math.max(one, other)) return [];
  return [`${what} tokens of a request: ${Number(one.toFixed(1))} and ${Number(other.toFixed(1))} on average, more than ${100 * ALIKE} % apart`];
}

function ratio(value: number | undefined, other: number | undefined): number | undefined {
  return value === undefined || other === undefined || !(other > 0) ? undefined : Math.round(value / other * 1e9) / 1e9;
}

/** What came of a run, from the records of all endpoints in their order. */
export function aiReportOf(config: AiBenchmarkConfig, run: string, now: string, records: readonly AiBenchmarkRecord[]): AiReport {
  const measured = records.filter(({ outcome }) => outcome === 'measured').length;
  const [reference, ...others] = records;
  return {
    schema: 'cdk-accelerators/ai-benchmark-report/1',
    benchmark: config.benchmark,
    run,
    endedOn: now,
    outcome: measured === records.length ? 'measured' : measured > 0 ? 'partlyMeasured' : 'failed',
    measurements: records,
    comparisons: others.map((record) => compareAi(record, reference)),
  };
}
