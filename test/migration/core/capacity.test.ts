import { changedScaling, floorOf, instancesFor, pinnedScaling, sameScaling } from '../../../src/migration/core/capacity';
import type { Baseline, ScalingState } from '../../../src/migration/core/controller';

const variant = { name: 'neuron', scaled: true, requestsPerInstance: 400 };
const baseline: Baseline = { from: 0, to: 3600, requests: 60000, errors: 0, requestsPerMinute: 1000, peakRequestsPerMinute: 1200 };
const scaling: ScalingState = { min: 2, max: 6, scaleInSuspended: false, scaleOutSuspended: false };

describe('instances for a share', () => {
  it.each([[1200, 100, 3], [1201, 100, 4], [1200, 5, 1], [1200, 50, 2], [1200, 34, 2], [0, 100, 1], [1200, 0, 1]])('%d requests a minute at %d %% are %d', (requests, share, instances) => {
    expect(instancesFor(variant, requests, share)).toBe(instances);
  });

  it('does not round a full instance up for a rounding error', () => {
    expect(instancesFor({ ...variant, requestsPerInstance: 0.1 }, 0.3, 100)).toBe(3);
  });

  it('is one where nobody said what an instance carries', () => {
    expect(instancesFor({ name: 'neuron', scaled: true }, 1e9, 100)).toBe(1);
  });
});

describe('the floor', () => {
  it('is the number that was given, 0 included', () => {
    expect(floorOf({ windowSeconds: 0, floor: 0 }, variant, baseline, 5)).toBe(0);
    expect(floorOf({ windowSeconds: 0, floor: 7 }, variant, baseline, 5)).toBe(7);
  });

  it('carries the largest minute when full, and is never less than what runs', () => {
    expect(floorOf({ windowSeconds: 0, floor: 'full' }, variant, baseline, 1)).toBe(3);
    expect(floorOf({ windowSeconds: 0, floor: 'full' }, variant, baseline, 5)).toBe(5);
  });
});

describe('pinned scaling', () => {
  it('never goes below what it was, suspends scaling in and leaves scaling out', () => {
    expect(pinnedScaling(scaling, 1)).toEqual({ min: 2, max: 6, scaleInSuspended: true, scaleOutSuspended: false });
    expect(pinnedScaling({ ...scaling, scaleOutSuspended: true }, 4)).toEqual({ min: 4, max: 6, scaleInSuspended: true, scaleOutSuspended: true });
  });

  it('raises the maximum where the minimum is above it', () => {
    expect(pinnedScaling(scaling, 9)).toEqual({ min: 9, max: 9, scaleInSuspended: true, scaleOutSuspended: false });
  });

  const pinned = (min: number) => pinnedScaling(scaling, min);

  it('is nobody else\'s change, for whichever step it was pinned; a run does not know the pins of the one before', () => {
    for (const pins of [[1, 4, 9], undefined]) {
      for (const now of [scaling, pinned(1), pinned(4), pinned(9)]) expect(changedScaling(scaling, now, pins)).toBeUndefined();
    }
    expect(changedScaling(scaling, { ...pinned(4), scaleInSuspended: false }, [4])).toBeUndefined();
    expect(changedScaling(scaling, pinned(5))).toBeUndefined();
    // As the watchdog leaves it.
    expect(changedScaling(scaling, { ...pinned(5), scaleInSuspended: false })).toBeUndefined();
  });

  it.each([
    ['a least number that was not pinned', { ...pinned(4), min: 5 }, [4], { min: 5, max: 6 }],
    ['a smaller one, whoever pinned', { ...pinned(4), min: 1 }, undefined, { min: 1, max: 6 }],
    ['both with scaling in, after a run before', { ...pinned(4), max: 16, scaleInSuspended: false }, undefined, { min: 4, max: 16 }],
    ['the largest number beside the pin', { ...pinned(4), max: 16 }, [4], { min: 2, max: 16 }],
    ['the largest number after a run before', { ...pinned(4), max: 16 }, undefined, { min: 2, max: 16 }],
    ['both', { ...scaling, min: 3, max: 7 }, [4], { min: 3, max: 7 }],
  ])('becomes what somebody sets: %s', (_, now, pins, { min, max }) => {
    expect(changedScaling(scaling, now, pins)).toEqual({ min, max, scaleInSuspended: false, scaleOutSuspended: false });
  });

  it('becomes what somebody suspends or allows', () => {
    expect(changedScaling(scaling, { ...pinned(4), scaleOutSuspended: true }, [4])).toEqual({ ...scaling, scaleOutSuspended: true });
    const suspended = { ...scaling, scaleInSuspended: true, scaleOutSuspended: true };
    expect(changedScaling(suspended, { ...suspended, max: 9 }, [4])).toEqual({ ...suspended, max: 9 });
    expect(changedScaling(suspended, { ...scaling, max: 9 }, [4])).toEqual({ ...scaling, max: 9 });
    // After a run before it may have been the watchdog.
    expect(changedScaling(suspended, scaling)).toBeUndefined();
    expect(changedScaling(suspended, { ...scaling, max: 9 })).toEqual({ ...suspended, max: 9 });
  });

  it.each(['min', 'max', 'scaleInSuspended', 'scaleOutSuspended'] as const)('differs by %s', (member) => {
    expect(sameScaling(scaling, { ...scaling })).toBe(true);
    expect(sameScaling(scaling, { ...scaling, [member]: typeof scaling[member] === 'number' ? 5 : true })).toBe(false);
  });
});
