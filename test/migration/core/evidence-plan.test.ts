import { SETTINGS } from './judge/support';
import { planEvidence, type EvidencePlanInputs } from '../../../src/migration/core/evidence-plan';
import { UNREACHABLE } from '../../../src/migration/core/judge/types';

const INPUTS: EvidencePlanInputs = {
  requestsPerMinute: 1000,
  steps: [5, 10, 25, 50, 80],
  dwellSeconds: 600,
  bakeSeconds: 1800,
  errorRate: 0.001,
  settings: { ...SETTINGS, judgeLatency: true },
  maxSeconds: 4 * 3600,
};

const plan = (more: Partial<EvidencePlanInputs> = {}) => planEvidence({ ...INPUTS, ...more });

it('takes dwell and bake when there is traffic, and three minutes for each change', () => {
  expect(plan()).toEqual({
    feasible: true,
    minutes: 85,
    perStep: [
      { share: 5, minutes: 13, newcomerRequests: 650 },
      { share: 10, minutes: 13, newcomerRequests: 1300 },
      { share: 25, minutes: 13, newcomerRequests: 3250 },
      { share: 50, minutes: 13, newcomerRequests: 6500 },
      { share: 80, minutes: 33, newcomerRequests: 26400 },
    ],
    certifyRequests: 11752,
    certifyMinutes: 14.69,
  });
});

it('stays at a step until the newcomer had enough requests', () => {
  const { perStep } = plan({ requestsPerMinute: 10, settings: { ...SETTINGS, errorAllowance: 0.01 }, maxSeconds: 1e6 });
  // 20 requests at half a request a minute; then one a minute; then the dwell.
  expect(perStep.slice(0, 4).map(({ minutes }) => minutes)).toEqual([43, 23, 13, 13]);
  expect(plan({ requestsPerMinute: 10, minimumRequestsPerStep: 0, maxSeconds: 1e6 }).perStep[0].minutes).toBe(13);
});

it('stays at the last step until what the steps from half on gave is enough', () => {
  const { perStep, certifyRequests } = plan({ requestsPerMinute: 100 });
  const collected = perStep[3].newcomerRequests;
  expect(perStep[4].minutes).toBe(Math.ceil((certifyRequests - collected) / 80) + 3);
  expect(plan({ requestsPerMinute: 100, steps: [5, 25], maxSeconds: 1e6 }).perStep[1].minutes).toBe(Math.ceil(certifyRequests / 25) + 3);
});

it('counts the slowest proof: errors, or the p99', () => {
  const { certifyRequests } = plan({ settings: { ...SETTINGS, errorAllowance: 0.05, judgeLatency: true } });
  expect(certifyRequests).toBeGreaterThan(plan({ settings: { ...SETTINGS, errorAllowance: 0.05 } }).certifyRequests);
});

describe('a plan that does not fit', () => {
  it('names the allowance that would', () => {
    const result = plan({ requestsPerMinute: 10 });
    expect(result.feasible).toBe(false);
    expect(result.suggestion).toMatch(/^at 10 requests\/min and 80 % this needs 1469 min; choose an allowance of at least \d(\.\d)? %, or allow more time \(maxDuration\)$/);
    const allowance = Number(/at least ([\d.]+) %/.exec(result.suggestion!)![1]) / 100;
    const settings = { ...INPUTS.settings, judgeLatency: false, errorAllowance: allowance };
    expect(plan({ requestsPerMinute: 10, settings }).feasible).toBe(true);
    expect(plan({ requestsPerMinute: 10, settings: { ...settings, errorAllowance: allowance - 0.002 } }).feasible).toBe(false);
  });

  it('asks for time when the steps alone are too long', () => {
    expect(plan({ maxSeconds: 1800 })).toMatchObject({
      feasible: false,
      suggestion: 'at 1000 requests/min and 80 % this needs 15 min: allow more time (maxDuration), or take fewer steps',
    });
  });

  it('asks for requests when there are none', () => {
    const result = plan({ requestsPerMinute: 0 });
    expect(result).toMatchObject({ feasible: false, minutes: UNREACHABLE, certifyMinutes: UNREACHABLE, suggestion: 'without requests there is nothing to judge: send traffic, or a copy of it' });
    expect(result.perStep.every(({ minutes, newcomerRequests }) => minutes === UNREACHABLE && newcomerRequests === 0)).toBe(true);
    expect(plan({ requestsPerMinute: -5 }).feasible).toBe(false);
  });

  it('says so when a newcomer as good as the control is never proven', () => {
    const result = plan({ errorRate: 0.005 });
    expect(result).toMatchObject({ feasible: false, minutes: UNREACHABLE, certifyRequests: UNREACHABLE });
    expect(result.suggestion).toMatch(/^at 1000 requests\/min and 80 % no number of requests certifies it; choose an allowance of at least 0\.\d %, or allow more time \(maxDuration\)$/);
  });
});

test('less traffic never takes less time, and a larger allowance never more', () => {
  const minutes = [100_000, 1000, 300, 100, 30, 10, 3].map((requestsPerMinute) => plan({ requestsPerMinute, maxSeconds: 1e9 }).minutes);
  expect(minutes).toEqual([...minutes].sort((a, b) => a - b));
  const byAllowance = [0.002, 0.005, 0.01, 0.05].map((errorAllowance) => plan({ requestsPerMinute: 30, settings: { ...SETTINGS, errorAllowance } }).minutes);
  expect(byAllowance).toEqual([...byAllowance].sort((a, b) => b - a));
});
