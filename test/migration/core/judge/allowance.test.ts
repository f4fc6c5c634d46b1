import { autoAllowance, certifyErrors, LEAST_ALLOWANCE, MOST_FOR_TRAFFIC, smallestAllowance } from '../../../../src/migration/core/judge/allowance';
import { UNREACHABLE } from '../../../../src/migration/core/judge/types';

describe('the allowance', () => {
  test.each([
    ['0.2 % with traffic and few errors', 0.001, 1e6, 0.002],
    ['0.2 % for a control without errors', 0, 1e6, 0.002],
    ['twice the errors of the control', 0.012, 1e6, 0.024],
    ['what the traffic can certify', 0.001, 2000, 0.005],
    ['1 % at most for lack of traffic', 0.001, 10, 0.01],
    ['1 % without traffic', 0.001, 0, 0.01],
    ['twice the errors, also without traffic', 0.02, 0, 0.04],
    ['0.2 % for a rate that is none', -1, 1e6, 0.002],
  ])('is %s', (_, errorRate, certifyingRequests, expected) => {
    expect(autoAllowance({ errorRate, certifyingRequests })).toBeCloseTo(expected, 10);
  });

  it('follows the ratio', () => expect(autoAllowance({ errorRate: 0.01, certifyingRequests: 1e6, errorRatio: 3 })).toBeCloseTo(0.03, 10));

  it('has its bounds', () => expect([LEAST_ALLOWANCE, MOST_FOR_TRAFFIC]).toEqual([0.002, 0.01]));
});

describe('requests that certify', () => {
  test.each([[0.002, 11752], [0.005, 1506], [0.01, 537], [0.02, 224], [0.05, 80]])('0.1 %% against %p are %p', (allowance, requests) => {
    expect(certifyErrors({ errorRate: 0.001 }, allowance)).toBe(requests);
  });

  it('are without end at the limit', () => expect(certifyErrors({ errorRate: 0.002 }, 0.002)).toBe(UNREACHABLE));

  it('are fewer for less certainty', () => expect(certifyErrors({ errorRate: 0.001, falsePromotion: 0.2 }, 0.002)).toBeLessThan(certifyErrors({ errorRate: 0.001 }, 0.002)));
});

describe('the smallest allowance', () => {
  it('is the first that so many requests certify', () => {
    const found = smallestAllowance({ errorRate: 0.001, certifyingRequests: 2000 })!;
    expect(certifyErrors({ errorRate: 0.001 }, found)).toBeLessThanOrEqual(2000);
    expect(certifyErrors({ errorRate: 0.001 }, found - 0.001)).toBeGreaterThan(2000);
  });

  it('is none for too few', () => expect(smallestAllowance({ errorRate: 0.001, certifyingRequests: 2 })).toBeUndefined());
});
