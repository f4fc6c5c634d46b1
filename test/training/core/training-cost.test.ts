import * as fc from 'fast-check';
import { cheapestRung, trainingCost, type RungCost } from '../../../src/training/core/training-cost';

const point = (value: number) => ({ low: value, high: value });
const rung = (name: string, low?: number, high = low, computed = false): RungCost => ({ name, usd: low === undefined ? undefined : { low, high: high! }, computed });

describe('cost', () => {
  const one = { hours: point(100), instances: 1, usdPerHour: 21.96, spotSaving: 0 };

  test('of 100 hours at 21.96 and at 21.50 USD: 2,196 and 2,150, 2.1 % apart', () => {
    expect(trainingCost(one)).toEqual(point(2196));
    expect(trainingCost({ ...one, usdPerHour: 21.5 })).toEqual(point(2150));
    expect((100 * (1 - 2150 / 2196)).toFixed(1)).toBe('2.1');
  });

  test('spot saves its share, and no saving saves nothing', () => {
    expect(trainingCost({ ...one, spotSaving: 0.6 }).high).toBeCloseTo(878.4, 9);
    expect(trainingCost({ ...one, spotSaving: 0 })).toEqual(trainingCost(one));
  });

  test('is linear in hours and in instances, and low stays below high', () => {
    const positive = fc.double({ min: 0.001, max: 1e5, noNaN: true });
    fc.assert(fc.property(positive, positive, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 2, max: 50 }), positive, fc.double({ min: 0, max: 0.99, noNaN: true }), (a, b, instances, factor, usdPerHour, spotSaving) => {
      const hours = { low: Math.min(a, b), high: Math.max(a, b) };
      const cost = trainingCost({ hours, instances, usdPerHour, spotSaving });
      expect(cost.low).toBeLessThanOrEqual(cost.high);
      const longer = trainingCost({ hours: { low: factor * hours.low, high: factor * hours.high }, instances, usdPerHour, spotSaving });
      const more = trainingCost({ hours, instances: factor * instances, usdPerHour, spotSaving });
      for (const end of ['low', 'high'] as const) {
        expect(longer[end] / cost[end]).toBeCloseTo(factor, 6);
        expect(more[end] / cost[end]).toBeCloseTo(factor, 6);
      }
    }));
  });
});

describe('the cheapest rung', () => {
  test.each<[string, RungCost[], ReturnType<typeof cheapestRung>]>([
    ['is the one below all others', [rung('b', 200, 300), rung('a', 100, 150), rung('c', 160, 170)], { cheapest: 'a', text: 'a, at least 6.3 % below c, by F' }],
    ['is not decided when intervals overlap', [rung('a', 100, 150), rung('b', 140, 300)], { text: 'not decided by F: the costs of a, b overlap' }],
    ['is not decided when they touch', [rung('a', 100, 140), rung('b', 140, 300)], { text: 'not decided by F: the costs of a, b overlap' }],
    ['is not decided at the same cost', [rung('a', 100), rung('b', 100)], { text: 'not decided by F: the costs of a, b overlap' }],
    ['names only those that are near', [rung('a', 100, 150), rung('b', 90, 160), rung('c', 151, 400)], { text: 'not decided by F: the costs of a, b overlap' }],
    ['is not decided by what is not known', [rung('a', 100, 150), rung('b'), rung('c')], { text: 'not decided by F: no cost of b, c' }],
    ['is no question of one rung', [rung('a', 100)], { text: 'one rung, nothing to compare' }],
  ])('%s', (_, rungs, expected) => expect(cheapestRung(rungs, 'F')).toEqual(expected));

  test('a computed price has to be further away than its error of 1 %', () => {
    expect(cheapestRung([rung('a', 100), rung('b', 101.5)], 'F').cheapest).toBe('a');
    expect(cheapestRung([rung('a', 100, 100, true), rung('b', 101.5)], 'F').cheapest).toBe('a');
    expect(cheapestRung([rung('a', 100, 100, true), rung('b', 101.5, 101.5, true)], 'F').cheapest).toBeUndefined();
    expect(cheapestRung([rung('a', 100, 100, true), rung('b', 102.1, 102.1, true)], 'F').cheapest).toBe('a');
  });

  test('costs no more than any other can, in any order of the rungs', () => {
    const costs = fc.array(fc.record({ low: fc.double({ min: 1, max: 1e4, noNaN: true }), width: fc.double({ min: 0, max: 500, noNaN: true }), computed: fc.boolean() }), { minLength: 2, maxLength: 6 });
    fc.assert(fc.property(costs, (list) => {
      const rungs = list.map(({ low, width, computed }, i) => rung(`r${i}`, low, low + width, computed));
      const { cheapest } = cheapestRung(rungs, 'F');
      expect(cheapestRung([...rungs].reverse(), 'F').cheapest).toBe(cheapest);
      if (cheapest === undefined) return;
      const { high } = rungs.find(({ name }) => name === cheapest)!.usd!;
      for (const { name, usd } of rungs) if (name !== cheapest) expect(usd!.low).toBeGreaterThan(high);
    }), { numRuns: 300 });
  });
});
