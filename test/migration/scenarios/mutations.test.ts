import type { Mutation } from './bundle';
import { busyRollback, capacityGate, fallbackBesideLoop, twoStarts } from './scenes';

jest.setTimeout(600_000);

/** The condition under which the lock is taken. */
const LOCK: Mutation[] = [{
  replace: 'ConditionExpression: unchanged.join(" AND ")',
  by: 'ConditionExpression: "(" + unchanged.join(" AND ") + ") OR attribute_exists(#owner) OR attribute_not_exists(#owner)"',
}];
/** Everything that asks whether the lock is still this run's. */
const EPOCH: Mutation[] = [
  { replace: 'return lock !== void 0 && lock.owner === owner && lock.epoch === epoch && !lock.fallback;', by: 'return true;' },
  {
    replace: 'ConditionExpression: "#owner = :me AND #epoch = :epoch AND (attribute_not_exists(#fallback) OR #fallback = :no)"',
    by: 'ConditionExpression: "#owner = :me OR #epoch = :epoch OR #fallback = :no OR attribute_exists(#owner)"',
  },
];

describe('a handler with one thing left out fails a scenario', () => {
  test('without the condition of the lock there are two winners', async () => {
    await expect(twoStarts(...LOCK)).rejects.toThrow('expect');
  });

  test('without the epoch a controller fights the watchdog', async () => {
    await expect(fallbackBesideLoop(...EPOCH)).rejects.toThrow('expect');
  });

  test('without another try a rollback that met a busy endpoint never comes', async () => {
    await expect(busyRollback({ replace: 'if (t.desiredShare > 0) t.act({ kind: "setWeights", share: 0 });', by: 'if (t.desiredShare > 0 && state.blockedSince === void 0) t.act({ kind: "setWeights", share: 0 });' }))
      .rejects.toThrow('not within');
  });

  test('without the check of instances weight goes where nobody answers', async () => {
    await expect(capacityGate({ replace: 'if (missing === void 0 && t.inService) return t.go("warmUp"', by: 'if (t.inService) return t.go("warmUp"' })).rejects.toThrow();
  });
});
