import { smallestAllowance } from './judge/allowance';
import { requestsToCertify, rulesOf } from './judge/metric';
import { UNREACHABLE, type JudgeSettings } from './judge/types';

/** Share from which on the newcomer's good behaviour is evidence: below it has too little of the traffic to show what a full load does. */
export const CERTIFYING_SHARE = 50;
/** Minutes that a step takes besides its requests: the weights are set, and a minute is read when it is published. */
const STEP_OVERHEAD_MINUTES = 3;
/** Of the slow requests that a limit accepts, what a good newcomer is expected to have. */
const EXPECTED_SLOW = 0.4;

export interface EvidencePlanInputs {
  /** Of both variants together. */
  readonly requestsPerMinute: number;
  /** Shares in percent, increasing. */
  readonly steps: readonly number[];
  readonly dwellSeconds: number;
  /** Least time at the last step. */
  readonly bakeSeconds: number;
  /** The control's error rate; a good newcomer has the same. */
  readonly errorRate: number;
  readonly settings: JudgeSettings;
  /** Judged requests to the newcomer without which a step is not left. */
  readonly minimumRequestsPerStep?: number;
  readonly maxSeconds: number;
}

export interface StepEvidence {
  /** Percent. */
  readonly share: number;
  readonly minutes: number;
  /** Requests that the newcomer gets in this time. */
  readonly newcomerRequests: number;
}

export interface EvidencePlan {
  readonly feasible: boolean;
  /** Of the whole way to 100 %; `UNREACHABLE` without traffic, and when no number of requests proves a newcomer as good as the control. */
  readonly minutes: number;
  readonly perStep: readonly StepEvidence[];
  /** Requests to the newcomer that certify it, expected at these rates. */
  readonly certifyRequests: number;
  /** What they take at the last step. */
  readonly certifyMinutes: number;
  /** What would make it fit, as a sentence. */
  readonly suggestion?: string;
}

/** How long a proof takes at this traffic, if the newcomer is as good as the control. */
export function planEvidence(inputs: EvidencePlanInputs): EvidencePlan {
  const { steps, settings, errorRate, minimumRequestsPerStep = 20, maxSeconds } = inputs;
  const requestsPerMinute = Math.max(0, inputs.requestsPerMinute);
  const certifyRequests = Math.max(...rulesOf(settings, 'compare').map((rule) =>
    requestsToCertify(rule.metric === 'errors' ? errorRate : EXPECTED_SLOW * rule.limit, rule)));
  const last = steps.length - 1;
  const perMinute = (share: number) => requestsPerMinute * share / 100;
  const certifyMinutes = perMinute(steps[last]) > 0 && certifyRequests < UNREACHABLE ? certifyRequests / perMinute(steps[last]) : UNREACHABLE;

  let collected = 0;
  const perStep = steps.map((share, i): StepEvidence => {
    const certifies = i === last || share >= CERTIFYING_SHARE;
    const left = certifyRequests < UNREACHABLE ? certifyRequests - collected : UNREACHABLE;
    const wanted = Math.max(minimumRequestsPerStep, i === last ? left : 0);
    const forRequests = wanted <= 0 ? 0 : perMinute(share) > 0 && wanted < UNREACHABLE ? wanted / perMinute(share) : UNREACHABLE;
    const minutes = Math.min(UNREACHABLE, Math.ceil(Math.max((i === last ? inputs.bakeSeconds : inputs.dwellSeconds) / 60, forRequests)) + STEP_OVERHEAD_MINUTES);
    const newcomerRequests = minutes >= UNREACHABLE ? 0 : Math.floor(minutes * perMinute(share));
    if (certifies) collected += newcomerRequests;
    return { share, minutes, newcomerRequests };
  });
  const minutes = Math.min(UNREACHABLE, perStep.reduce((sum, step) => sum + step.minutes, 0));
  const feasible = minutes * 60 <= maxSeconds;
  const suggestion = feasible ? undefined : suggest(inputs, perStep, certifyMinutes);
  return { feasible, minutes, perStep, certifyRequests, certifyMinutes, ...suggestion === undefined ? {} : { suggestion } };
}

/** The smallest error allowance that the traffic of the last step can certify in the time that the steps before leave. */
function suggest({ requestsPerMinute, errorRate, settings, steps, maxSeconds }: EvidencePlanInputs, perStep: readonly StepEvidence[], certifyMinutes: number): string {
  if (!(requestsPerMinute > 0)) return 'without requests there is nothing to judge: send traffic, or a copy of it';
  const share = steps[steps.length - 1];
  const before = perStep.slice(0, -1).reduce((sum, step) => sum + step.minutes, 0);
  const left = maxSeconds / 60 - before - STEP_OVERHEAD_MINUTES;
  const allowance = left <= 0 ? undefined : smallestAllowance({
    errorRate, certifyingRequests: left * requestsPerMinute * share / 100, errorRatio: settings.errorRatio, falsePromotion: settings.falsePromotion,
  });
  const now = certifyMinutes >= UNREACHABLE ? 'no number of requests certifies it' : `this needs ${Math.ceil(certifyMinutes)} min`;
  const rate = `at ${Math.round(requestsPerMinute * 10) / 10} requests/min and ${share} % ${now}`;
  return allowance === undefined || allowance <= settings.errorAllowance
    ? `${rate}: allow more time (maxDuration), or take fewer steps`
    : `${rate}; choose an allowance of at least ${Math.round(allowance * 1000) / 10} %, or allow more time (maxDuration)`;
}
