import { ringing } from './blockers';
import { obey } from './commands';
import { watchForDrift } from './drift';
import { gatePhase } from './gates';
import { judgePeriods } from './judging';
import { preflight } from './preflight';
import { releasePhase } from './release';
import { rollBack, rollBackPhase, verifyPhase } from './rollback';
import { capacityPhase, shiftPhase, warmUpPhase } from './shifting';
import { checkDuration, judgePhase, windowPhase } from './step';
import { durationText } from './text';
import { Tick } from './tick';
import { waitFor } from './timing';
import type { Decision, MigrationConfig, MigrationState, Observation, Phase, StartInput } from './types';

/** An execution of the step machine ends after so many ticks: at about ten events each its history stays far below 25,000. */
const TICKS = 900;
/** More phases than this are not gone through in one tick. */
const MOST_PHASES = 8;

const PHASES: Readonly<Record<Phase, (t: Tick, input: StartInput) => void>> = {
  preflight,
  gate: gatePhase,
  capacity: capacityPhase,
  warmUp: warmUpPhase,
  shift: shiftPhase,
  judge: judgePhase,
  window: windowPhase,
  release: releasePhase,
  rollback: rollBackPhase,
  verify: verifyPhase,
  ended: () => undefined,
};

/**
 * Decides what is to be done now. Looks at what is, compares it with what should be, and asks for absolute writes until they are the same;
 * it never depends on a write having been answered, so a tick may be lost or made twice. First comes what protects (new periods, commands,
 * alarms, drift), in every phase; then what advances.
 */
export function advance(config: MigrationConfig, state: MigrationState, seen: Observation, input: StartInput = {}): Decision {
  if (state.phase === 'ended') return { state, actions: [], events: [], wait: 0, outcome: state.outcome ?? 'rolledBack' };
  const t = new Tick(config, state, seen);
  t.set({ ticks: state.ticks + 1 });
  judgePeriods(t);
  obey(t);
  heedAlarms(t);
  watchForDrift(t);
  limitPause(t);
  checkDuration(t);
  runPhases(t, input);
  t.settleHold();
  if (t.outcome === undefined && t.state.ticks >= TICKS) t.outcome = 'continue';
  if (t.outcome === 'continue') t.set({ ticks: 0 });
  return { state: stored(t.state), actions: t.actions, events: t.events, wait: waitFor(t), ...t.outcome === undefined ? {} : { outcome: t.outcome } };
}

/** On to the next phase at once while nothing has to be waited for. A rollback that a phase ends in begins in the same tick. */
function runPhases(t: Tick, input: StartInput): void {
  for (let round = 0; round < MOST_PHASES; round++) {
    const { phase, paused } = t.state;
    if (paused !== undefined && !t.ending) return;
    PHASES[phase](t, input);
    if (t.state.phase === phase || t.outcome !== undefined) return;
    if (t.actions.length > 0 && t.state.phase !== 'rollback') return;
  }
}

function heedAlarms(t: Tick): void {
  if (t.ending || t.state.phase === 'preflight' || t.state.share <= 0) return;
  const names = ringing(t).filter((alarm) => alarm.rollBack).map(({ name }) => name);
  if (names.length > 0) rollBack(t, `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} in ALARM`, { cause: 'alarm', alarms: names });
}

function limitPause(t: Tick): void {
  const { paused } = t.state;
  const most = t.config.policies.maxPauseSeconds;
  if (paused === undefined || t.ending || t.now - paused.since < most) return;
  rollBack(t, `it was paused for ${durationText(most)} (${paused.why})`, { cause: 'pause' });
}

/** Without members that JSON would drop: what is decided next must not depend on where the state was in between. */
function stored(state: MigrationState): MigrationState {
  return Object.fromEntries(Object.entries({ ...state, results: undefined }).filter(([, value]) => value !== undefined)) as unknown as MigrationState;
}
