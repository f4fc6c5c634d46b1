import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { evaluate, type Value } from './math';
import type { Metrics, Series } from './metrics';
import { invalid } from '../errors';

/** The period of the data that a query gives: an expression has that of the metrics in the same request. */
export function periodOf(queries: readonly MetricDataQuery[]): number {
  return Math.max(...queries.map(({ MetricStat: metric, Period: period }) => metric?.Period ?? period ?? 60));
}

/** The values of every query of a request, by id. */
export function answers(metrics: Metrics, queries: readonly MetricDataQuery[], start: number, end: number): Map<string, Series> {
  const length = periodOf(queries) * 1000;
  const periods: number[] = [];
  for (let from = Math.ceil(start / length) * length; from < end; from += length) periods.push(from);
  const known = new Map<string, Value>();
  const value = (id: string, users: readonly string[] = []): Value => {
    const query = queries.find((other) => other.Id === id);
    if (!query || users.includes(id)) throw invalid(`The expression refers to ${id}, which is ${query ? 'its own operand' : 'no query of this request'}`);
    const result = known.get(id) ?? (query.MetricStat
      ? metrics.series(query.MetricStat, start, end)
      : evaluate(query.Expression!, { periods, value: (other) => value(other, [...users, id]) }));
    known.set(id, result);
    return result;
  };
  return new Map(queries.map(({ Id }) => {
    const found = value(Id!);
    if (typeof found === 'number') throw invalid(`The expression ${Id} is a number, and has to be a time series`);
    return [Id!, found];
  }));
}
