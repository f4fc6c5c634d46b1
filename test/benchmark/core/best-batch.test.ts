import * as fc from 'fast-check';
import { failedRecordOf, record } from './builders';
import { bestBatch } from '../../../src/benchmark/core/best-batch';

const at = (batchSize: number, inputs: number, p99: number) => record('gpu', { settings: { batchSize }, inputs, p99 });

describe('the best batch', () => {
  const all = [at(1, 100, 5), at(8, 500, 20), at(32, 900, 90)];

  it('is that of the most inputs per second of an instance', () => {
    expect(bestBatch(all).best?.settings.batchSize).toBe(32);
  });

  it.each([[90, 32], [89.9, 8], [20, 8], [5, 1]])('keeps its p99 within %s ms: %s', (limit, batch) => {
    expect(bestBatch(all, limit).best?.settings.batchSize).toBe(batch);
  });

  it('is none that failed, whatever its numbers', () => {
    const failed = { ...at(64, 5000, 1), outcome: 'failed' as const, reason: '40 % of 100 requests failed' };
    expect(bestBatch([...all, failed]).best?.settings.batchSize).toBe(32);
    expect(bestBatch([failed])).toEqual({ reason: 'every measurement failed, at batch 64' });
  });

  it('is none when all are too slow', () => {
    expect(bestBatch(all, 4)).toEqual({ reason: 'no batch keeps its p99 within 4 ms; the nearest is 1 with 5 ms' });
    expect(bestBatch(all, 0)).toEqual({ reason: 'no batch keeps its p99 within 0 ms; the nearest is 1 with 5 ms' });
  });

  it('is the smaller one of two equals', () => {
    expect(bestBatch([at(16, 500, 50), at(4, 500, 50), at(8, 500, 50)]).best?.settings.batchSize).toBe(4);
  });

  it('is none where nothing was measured', () => {
    expect(bestBatch([])).toEqual({ reason: 'no batch was measured' });
    expect(bestBatch([failedRecordOf('gpu', 'x', { settings: { batchSize: 8 } }), failedRecordOf('gpu', 'x', { settings: { batchSize: 4 } })])).toEqual({ reason: 'every measurement failed, at batch 4, 8' });
  });

  it('looks past failures', () => {
    expect(bestBatch([failedRecordOf('gpu', 'x', { settings: { batchSize: 64 } }), ...all]).best?.settings.batchSize).toBe(32);
  });

  it('beats every other one that keeps the limit, in any order', () => {
    fc.assert(fc.property(fc.array(fc.record({ batch: fc.integer({ min: 1, max: 1024 }), inputs: fc.integer({ min: 1, max: 50 }), p99: fc.integer({ min: 1, max: 100 }) }), { minLength: 1, maxLength: 10 }), fc.integer({ min: 0, max: 100 }), (list, limit) => {
      const records = list.map(({ batch, inputs, p99 }) => at(batch, inputs, p99));
      const { best, reason } = bestBatch(records, limit);
      const fitting = list.filter(({ p99 }) => p99 <= limit);
      expect([best === undefined, reason === undefined]).toEqual([fitting.length === 0, fitting.length > 0]);
      expect(best?.throughput?.inputsPerSecondPerInstance ?? 0).toBe(Math.max(0, ...fitting.map(({ inputs }) => inputs)));
      expect(bestBatch([...records].reverse(), limit).best?.settings.batchSize).toBe(best?.settings.batchSize);
    }));
  });
});
