import { adopt } from './drift';
import { passGate } from './gates';
import { rollBack } from './rollback';
import { goToFull } from './step';
import { percentText } from './text';
import type { Tick } from './tick';
import type { Command, CommandName, Phase } from './types';
import { sameShare } from '../shares';

/** Why a command is not obeyed, or undefined when it was. */
type Answer = string | undefined;

/** Phases whose deadline counts from their beginning: a pause does not use it up. */
const TIMED: readonly Phase[] = ['preflight', 'capacity', 'warmUp', 'shift'];
/** Phases on the way to 100 %. */
const UNDER_WAY: readonly Phase[] = ['gate', 'capacity', 'warmUp', 'shift', 'judge'];

const COMMANDS: Readonly<Record<CommandName, (t: Tick, command: Command, who: string) => Answer>> = { pause, resume, approve, skip, abort, promote };

/** Obeys or refuses what the control record says, each record once. What nobody understands is refused, never an error. */
export function obey(t: Tick): void {
  const command = t.seen.command;
  const early = t.state.begun !== true;
  t.set({ begun: true });
  if (command === undefined || command.id === t.state.lastCommand) return;
  t.set({ lastCommand: command.id });
  const why = early && command.token !== t.state.run ? 'it was written before this run began' : answer(t, command);
  if (why === undefined) return;
  t.event('CommandRefused', `command "${command.command}" of ${command.by ?? 'somebody'} is refused: ${why}`, { command: command.command, id: command.id, by: command.by, why }, !early);
}

function answer(t: Tick, command: Command): Answer {
  if (!Object.prototype.hasOwnProperty.call(COMMANDS, command.command)) return `there is no such command; there are ${Object.keys(COMMANDS).join(', ')}`;
  if (t.ending) return t.state.share >= 100 ? 'the migration is being finished' : 'the rollback has begun';
  const tokens = [t.state.run, ...t.state.gate === undefined ? [] : [t.state.gate.token]];
  if (command.command !== 'approve' && command.token !== undefined && !tokens.includes(command.token)) return `its token "${command.token}" is of another run`;
  const who = `${command.by ?? 'somebody'}${command.reason === undefined ? '' : ` (${command.reason})`}`;
  return COMMANDS[command.command as CommandName](t, command, who);
}

function pause(t: Tick, _: Command, who: string): Answer {
  if (t.state.paused !== undefined) return `it is paused already: ${t.state.paused.why}`;
  t.pause('operator', `by ${who}`);
  return undefined;
}

function resume(t: Tick, _: Command, who: string): Answer {
  const { state } = t;
  if (state.paused === undefined) return 'it is not paused';
  if (state.paused.by === 'update') return 'it goes on by itself when the update of the endpoint is done';
  if (!t.inService && state.paused.by === 'drift') return `the endpoint is ${t.seen.endpoint.status}: its weights are not settled`;
  const drifted = state.phase !== 'preflight' && state.phase !== 'shift' && !sameShare(t.realShare, state.share);
  t.set({ paused: undefined });
  if (TIMED.includes(state.phase)) t.set({ phaseSince: t.now });
  if (drifted) adopt(t);
  t.event('Resumed', `resumed by ${who}${drifted ? `, from the ${percentText(state.share)} that are there` : ''}`, { by: who });
  return undefined;
}

function approve(t: Tick, command: Command, who: string): Answer {
  const { gate } = t.state;
  const config = t.config.gates.find(({ id }) => id === gate?.id);
  if (gate === undefined || config === undefined) return 'no gate waits for it';
  if (config.kind !== 'approval') return `gate ${gate.id} is not passed by approval`;
  if (command.token !== gate.token) return command.token === undefined ? `it has no token; gate ${gate.id} has the token "${gate.token}"` : `its token "${command.token}" is not that of gate ${gate.id}`;
  passGate(t, config, `approved by ${who}`, { by: command.by, reason: command.reason });
  return undefined;
}

function skip(t: Tick, _: Command, who: string): Answer {
  const { state } = t;
  const letsGo = state.phase === 'gate' && state.share >= 100 && state.gate === undefined;
  if (state.phase !== 'judge' && state.phase !== 'window' && !letsGo) return `there is no step or window to leave in phase ${state.phase}`;
  if (state.paused !== undefined) return 'it is paused';
  t.set({ skip: true, reason: `skipped by ${who}` });
  return undefined;
}

function abort(t: Tick, _: Command, who: string): Answer {
  rollBack(t, `aborted by ${who}`, { cause: 'abort' });
  return undefined;
}

function promote(t: Tick, _: Command, who: string): Answer {
  const { state, config } = t;
  if (state.share >= 100) return 'it has all of the traffic already';
  if (!UNDER_WAY.includes(state.phase)) return `it is in phase ${state.phase}`;
  if (config.policies.dryRun) return 'this is a dry run';
  if (state.paused !== undefined && state.paused.by !== 'operator') return `it is paused: ${state.paused.why}`;
  t.set({ unprovenPromotion: { by: 'person', who }, paused: undefined });
  // What is being shifted arrives first; then its step is left at once.
  if (state.phase !== 'shift') goToFull(t);
  return undefined;
}
