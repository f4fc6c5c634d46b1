import type { MigrationState } from '../../../src/migration/core/controller/types';
import { endedAlready, withoutLoss } from '../../../src/migration/core/lost-answer';
import { state } from '../runtime/config';

const SCALING = { min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false };
const OLD = state();

describe('a state without what was lost', () => {
  test('is the same when nothing was', () => {
    expect(withoutLoss(OLD, undefined)).toBe(OLD);
    expect(withoutLoss(OLD, OLD)).toEqual(OLD);
    expect(withoutLoss(OLD, { ...OLD, phase: 'judge', share: 50 })).toEqual(OLD);
  });

  test('has the scaling that was there before the run, the newer one when somebody changed it', () => {
    expect(withoutLoss(OLD, { ...OLD, pinned: { gpu: SCALING } }).pinned).toEqual({ gpu: SCALING });
    const both = withoutLoss({ ...OLD, pinned: { gpu: SCALING } }, { ...OLD, pinned: { gpu: { ...SCALING, min: 5 }, inf2: SCALING } });
    expect(both.pinned).toEqual({ gpu: { ...SCALING, min: 5 }, inf2: SCALING });
  });

  test('has every variant that was given instances, once, and the kill switch that was turned on', () => {
    const found = withoutLoss({ ...OLD, raised: ['gpu'] }, { ...OLD, raised: ['inf2', 'gpu'], killSwitch: true });
    expect([found.raised, found.killSwitch]).toEqual([['gpu', 'inf2'], true]);
    expect(withoutLoss({ ...OLD, pinnedSeen: ['gpu'] }, { ...OLD, pinnedSeen: ['inf2'] }).pinnedSeen).toEqual(['gpu', 'inf2']);
    expect(withoutLoss({ ...OLD, killSwitch: true }, { ...OLD, killSwitch: false }).killSwitch).toBe(true);
  });

  test.each<[string, Partial<MigrationState>]>([['another run', { run: 'run-0' }], ['another epoch', { epoch: 9 }]])('takes nothing of %s', (_, other) => {
    const fenced = { ...OLD, pinned: { gpu: SCALING }, raised: ['gpu'], killSwitch: true, ...other };
    expect(withoutLoss(OLD, fenced)).toBe(OLD);
    expect(endedAlready(OLD, { ...fenced, phase: 'ended', outcome: 'promoted' })).toBeUndefined();
  });
});

describe('a run that has ended', () => {
  test('is known by its last state', () => {
    const last: MigrationState = { ...OLD, phase: 'ended', outcome: 'rolledBack' };
    expect(endedAlready(OLD, last)).toBe(last);
  });

  test.each<[string, MigrationState | undefined]>([['is not there', undefined], ['goes on', OLD], ['was superseded, which is no outcome of its own', { ...OLD, phase: 'ended' }]])('but not when its state %s', (_, fenced) => {
    expect(endedAlready(OLD, fenced)).toBeUndefined();
  });
});
