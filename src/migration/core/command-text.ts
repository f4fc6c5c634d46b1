import { RECORD, TABLE } from '../contract';
import type { CommandName, EventName, MigrationConfig, MigrationEvent, MigrationState } from './controller/types';
import { runbookUrl } from '../../private/problems';

/** Where commands are written. */
export interface ControlPlace {
  readonly region: string;
  readonly table: string;
}

const MEANINGS: Readonly<Record<CommandName, string>> = {
  approve: 'let it go on through this gate',
  resume: 'go on',
  pause: 'stay at this share, still guarded',
  skip: 'leave this step without waiting for its time',
  promote: 'go to 100 % without proof',
  abort: 'roll back',
};

/** Where the runbook says what to do about an event. What is only progress has no entry. */
const ENTRIES: Partial<Record<EventName, string>> = {
  Holding: runbookUrl('holding'),
  GateWaiting: runbookUrl('gate-waiting'),
  Paused: runbookUrl('paused'),
  DriftDetected: runbookUrl('paused'),
  Inconclusive: runbookUrl('inconclusive'),
  RollbackStarted: runbookUrl('rollback-started'),
  RolledBack: runbookUrl('rollback-started'),
  RollbackBlocked: runbookUrl('rollback-blocked'),
  PlanWarning: runbookUrl('plan-warning'),
  DryRunReport: runbookUrl('dry-run-report'),
  Promoted: runbookUrl('promoted'),
  FallbackWindowEnded: runbookUrl('promoted'),
  CommandRefused: runbookUrl('command-refused'),
  MigrationRefused: runbookUrl('migration-refused'),
  Superseded: runbookUrl('superseded'),
};

/** The commands that make sense now, for a person who was just told of an event: the event's own, or what the state allows. */
export function commandsFor({ gates }: MigrationConfig, state: MigrationState, event: MigrationEvent): CommandName[] {
  const { commands } = event.detail;
  if (Array.isArray(commands)) return commands.filter((name): name is CommandName => Object.hasOwn(MEANINGS, name as string));
  if (state.phase === 'ended' || state.phase === 'rollback' || state.phase === 'verify' || state.phase === 'release') return [];
  if (gates.find(({ id }) => id === state.gate?.id)?.kind === 'approval') return ['approve', 'abort'];
  if (state.paused !== undefined) return ['resume', 'abort'];
  return state.share < 100 ? ['pause', 'skip', 'promote', 'abort'] : ['abort'];
}

/**
 * A command to paste into a shell. Its id differs from that of any message before: a command is obeyed once per id. It updates the record, which is
 * all that who may give commands has a right to; the reason of a command before is not this one's.
 */
export function commandLine(place: ControlPlace, config: MigrationConfig, state: MigrationState, command: CommandName, now: number): string {
  const text = (value: string) => ({ S: value });
  const key = { [TABLE.partitionKey]: text(config.endpointName), [TABLE.sortKey]: text(RECORD.control(config.migration)) };
  const names = { '#i': 'id', '#c': 'command', '#t': 'token', '#b': 'by', '#r': 'reason' };
  const values = { ':i': text(`${command}-${now}`), ':c': text(command), ':t': text(command === 'approve' ? state.gate?.token ?? '' : state.run), ':b': text('$USER') };
  // The shell puts the name in: out of the single quotes, into double ones.
  const quoted = (value: object) => `'${JSON.stringify(value).replace(/'/g, '\'\\\'\'').replace('$USER', '\'"$USER"\'')}'`;
  return `aws dynamodb update-item --region ${place.region} --table-name ${place.table} --key ${quoted(key)} --update-expression 'SET #i = :i, #c = :c, #t = :t, #b = :b REMOVE #r'`
    + ` --expression-attribute-names ${quoted(names)} --expression-attribute-values ${quoted(values)}`;
}

/** Subject and text of what a person is told. */
export function pageOf(place: ControlPlace, config: MigrationConfig, state: MigrationState, event: MigrationEvent, runArn: string, now: number): { subject: string; text: string } {
  const { steps } = config.plan;
  const lines = [
    event.message,
    '',
    `endpoint ${config.endpointName}: ${state.share} % to ${config.to.name}, the rest to ${config.from.name} (wanted)`,
    `phase ${state.phase}, ${state.step < steps.length ? `step ${state.step + 1} of ${steps.length}` : 'after the last step'}`,
    `run ${runArn}`,
    ...ENTRIES[event.name] === undefined ? [] : [`what to do: ${ENTRIES[event.name]}`],
    ...commandsFor(config, state, event).flatMap((command) => ['', `${command} (${MEANINGS[command]}):`, commandLine(place, config, state, command, now)]),
  ];
  return { subject: `${event.name}: migration ${config.migration} of endpoint ${config.endpointName}`, text: lines.join('\n') };
}
