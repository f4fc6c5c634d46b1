import { mayRelease } from './blockers';
import { ensureInstances } from './instances';
import { rollBack } from './rollback';
import { durationText, percentText, plural } from './text';
import type { Tick } from './tick';
import type { GateConfig, GatePoint } from './types';
import { costPerThousand } from '../cost';

/** How a gate that was passed is remembered: a gate before each step is passed once for each. */
const keyOf = (gate: GateConfig, step: number) => `${gate.id}@${step}`;

/** Where the run stands: after the fallback window, before 100 %, or before a step. */
function pointsOf(t: Tick): readonly GatePoint[] {
  if (t.atFull) return [t.state.share >= 100 ? 'release' : 'full'];
  return t.state.step === 0 ? ['start', 'step'] : ['step'];
}

/** Phase `gate`: one gate after the other; then on to instances, or to giving back. */
export function gatePhase(t: Tick): void {
  const { state, config, now } = t;
  takeAnswer(t);
  // A gate may stand open for days: the instances for the way back are kept meanwhile.
  if (state.share > 0) {
    const missing = ensureInstances(t, state.share);
    if (missing !== undefined) t.hold(missing);
  }
  const points = pointsOf(t);
  const gate = points.flatMap((point) => config.gates.filter((one) => one.point === point)).find((one) => !state.passedGates.includes(keyOf(one, state.step)));
  if (gate === undefined) {
    t.set({ gate: undefined });
    if (points[0] !== 'release') return t.go('capacity');
    // A gate may have been open for days, in which something came up.
    const hold = mayRelease(t);
    return hold === undefined ? t.go('release', { ending: 'promoted' }) : t.hold(hold);
  }
  if (state.gate?.id !== gate.id) {
    t.set({ gate: { id: gate.id, since: now, token: `${gate.id}-${state.epoch}-${now}` } });
    if (gate.kind === 'approval') {
      t.event('GateWaiting', `waiting for approval ${before(t)}; the judge goes on meanwhile (${state.verdict?.reason ?? 'no verdict yet'})`,
        { gate: gate.id, token: state.gate!.token, commands: ['approve', 'abort'], until: now + gate.timeoutSeconds }, true);
    }
  }
  if (gate.kind === 'cost') askCost(t, gate);
  if (gate.kind === 'lambda') askFunction(t, gate);
  if (state.gate !== undefined && now - state.gate.since >= gate.timeoutSeconds) timedOut(t, gate);
}

function before(t: Tick): string {
  if (t.state.share >= 100) return `before the instances of ${t.config.from.name} are released`;
  return t.state.step === 0 && t.state.lastPeriod === undefined ? `before the first requests go to ${t.config.to.name} (${percentText(t.target)})` : `before ${percentText(t.target)}`;
}

/** A gate is open: said by whom, and remembered. */
export function passGate(t: Tick, gate: GateConfig, why: string, detail: Readonly<Record<string, unknown>> = {}): void {
  t.set({ passedGates: [...t.state.passedGates, keyOf(gate, t.state.step)], gate: undefined, holding: undefined });
  t.event('GatePassed', `gate ${gate.id} is passed: ${why}`, { gate: gate.id, ...detail });
}

function timedOut(t: Tick, gate: GateConfig): void {
  const why = `gate ${gate.id} was not passed within ${durationText(gate.timeoutSeconds)}`;
  if (gate.onTimeout === 'rollback') return rollBack(t, why, { cause: 'gate', gate: gate.id });
  t.hold({ key: `timeout:${gate.id}@${t.state.step}`, message: `${why}; it goes on waiting, and the judge goes on`, page: true }, { gate: gate.id, token: t.state.gate?.token, commands: ['approve', 'abort'] });
}

function askFunction(t: Tick, gate: GateConfig & { kind: 'lambda' }): void {
  const { state, config } = t;
  t.act({
    kind: 'callGate',
    id: gate.id,
    functionArn: gate.functionArn,
    payload: {
      gate: gate.id,
      point: gate.point,
      migration: config.migration,
      endpoint: config.endpointName,
      from: config.from.name,
      to: config.to.name,
      run: state.run,
      share: state.share,
      nextShare: t.target,
      verdict: state.verdict ?? null,
      counts: state.stepCounts ?? null,
    },
  });
}

/** What the function said at the tick before. An answer to another gate is nobody's. */
function takeAnswer(t: Tick): void {
  const { state, config } = t;
  const answer = state.results?.gate;
  const gate = config.gates.find(({ id }) => id === answer?.id);
  if (answer === undefined || gate === undefined || gate.kind !== 'lambda' || state.gate?.id !== answer.id) return;
  if (answer.pass) return passGate(t, gate, answer.reason ?? 'the function says so');
  t.hold({ key: `gate:${gate.id}`, message: `gate ${gate.id} is closed: ${answer.reason ?? 'the function says so'}` }, { gate: gate.id });
}

function askCost(t: Tick, gate: GateConfig & { kind: 'cost' }): void {
  const cost = costs(t, gate);
  if (cost === undefined) return t.hold({ key: `gate:${gate.id}`, message: `gate ${gate.id}: no requests were counted at ${t.config.to.name} in this step, so their cost is not known` }, { gate: gate.id });
  const saving = `at the prices given 1,000 requests cost ${cost.to.toFixed(4)} at ${t.config.to.name} and ${cost.from.toFixed(4)} at ${t.config.from.name} before, ${percentText(100 * Math.abs(cost.saving))} ${cost.saving < 0 ? 'more' : 'less'}`;
  if (cost.saving >= gate.minimumSaving) return passGate(t, gate, saving, cost);
  t.hold({ key: `gate:${gate.id}`, message: `gate ${gate.id} is closed: ${saving}; wanted are ${percentText(100 * gate.minimumSaving)} less`, page: true }, { gate: gate.id, ...cost });
}

/** The newcomer as it runs in this step against `from` as it ran before the migration: now it is kept larger than its traffic needs. */
function costs(t: Tick, gate: GateConfig & { kind: 'cost' }) {
  const { baseline, startCounts, stepCounts } = t.state;
  if (baseline === undefined || startCounts === undefined || stepCounts === undefined || stepCounts.seconds <= 0) return undefined;
  const from = costPerThousand(gate.fromHourlyPrice, startCounts.from, baseline.requestsPerMinute);
  const to = costPerThousand(gate.toHourlyPrice, t.to?.currentCount ?? 0, stepCounts.to / stepCounts.seconds * 60);
  return from === undefined || to === undefined || from <= 0 ? undefined : { from, to, saving: 1 - to / from };
}

/** Event before the way back is released: what it costs now, with prices where a gate has them. */
export function reportCost(t: Tick): void {
  const { config, state } = t;
  if (!t.first('cost')) return;
  const gate = config.gates.find((one): one is GateConfig & { kind: 'cost' } => one.kind === 'cost');
  const cost = gate === undefined ? undefined : costs(t, gate);
  const instances = `${config.to.name} serves all of the traffic on ${plural(t.to?.currentCount ?? 0, 'instance')}; ${config.from.name} did on ${state.startCounts?.from ?? 0}`;
  const money = cost === undefined ? '' : `; at the prices given 1,000 requests cost ${cost.to.toFixed(4)}, and ${cost.from.toFixed(4)} before`;
  t.event('CostReport', `${instances}${money}`, { instances: { from: state.startCounts?.from, to: t.to?.currentCount }, ...cost });
}
