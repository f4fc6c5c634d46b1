import { execFileSync } from 'node:child_process';
import { commandLine, commandsFor, pageOf } from '../../../src/migration/core/command-text';
import type { GateConfig, MigrationEvent, MigrationState } from '../../../src/migration/core/controller/types';
import { config, NOON, state } from '../runtime/config';

const PLACE = { region: 'eu-central-1', table: 'Migrations' };
const GATES: GateConfig[] = [
  { id: 'go', kind: 'approval', point: 'full', timeoutSeconds: 60, onTimeout: 'hold' },
  { id: 'cheap', kind: 'cost', point: 'full', timeoutSeconds: 60, onTimeout: 'hold', fromHourlyPrice: 1, toHourlyPrice: 1, minimumSaving: 0.1 },
];
const CONFIG = config({ gates: GATES });
const AT_GATE = state({ phase: 'gate', gate: { id: 'go', since: NOON, token: 'go-0123' } });
const EVENT: MigrationEvent = { name: 'Holding', message: 'needs 20 requests', page: true, detail: {} };

/** What a shell makes of the line: what is called, and the values that are set. */
function pasted(line: string, user = 'ada'): { args: string[]; values: any } {
  const out = execFileSync('sh', ['-c', `aws() { for one in "$@"; do printf '%s\\0' "$one"; done; }; ${line}`], { env: { ...process.env, USER: user } });
  const args = out.toString().split('\0').slice(0, -1);
  return { args: args.slice(0, -1), values: JSON.parse(args[args.length - 1]) };
}

describe('a command line', () => {
  test('sets what the controller reads in its record, with the name of who pastes it', () => {
    const { args, values } = pasted(commandLine(PLACE, CONFIG, AT_GATE, 'approve', NOON));
    expect(args).toEqual([
      'dynamodb', 'update-item', '--region', 'eu-central-1', '--table-name', 'Migrations', '--key', '{"endpoint":{"S":"web"},"record":{"S":"CONTROL#to-inf2"}}',
      '--update-expression', 'SET #i = :i, #c = :c, #t = :t, #b = :b REMOVE #r', '--expression-attribute-names', '{"#i":"id","#c":"command","#t":"token","#b":"by","#r":"reason"}',
      '--expression-attribute-values',
    ]);
    expect(values).toEqual({ ':i': { S: `approve-${NOON}` }, ':c': { S: 'approve' }, ':t': { S: 'go-0123' }, ':b': { S: 'ada' } });
  });

  test('has the run as its token when it is not for a gate', () => {
    expect(pasted(commandLine(PLACE, CONFIG, AT_GATE, 'abort', NOON)).values).toMatchObject({ ':i': { S: `abort-${NOON}` }, ':c': { S: 'abort' }, ':t': { S: 'run-1' } });
  });

  test('survives quotes', () => {
    const odd = state({ run: 'it\'s "me"' });
    expect(pasted(commandLine(PLACE, CONFIG, odd, 'pause', NOON), 'a b').values).toMatchObject({ ':t': { S: 'it\'s "me"' }, ':b': { S: 'a b' } });
  });
});

describe('commands that make sense', () => {
  const of = (overrides: Partial<MigrationState>, detail: MigrationEvent['detail'] = {}) => commandsFor(CONFIG, state(overrides), { ...EVENT, detail });

  test.each<[string, Partial<MigrationState>, string[]]>([
    ['judging', {}, ['pause', 'skip', 'promote', 'abort']],
    ['at a gate for a person', { phase: 'gate', gate: AT_GATE.gate }, ['approve', 'abort']],
    ['at another gate', { phase: 'gate', gate: { id: 'cheap', since: NOON, token: 't' } }, ['pause', 'skip', 'promote', 'abort']],
    ['paused', { paused: { by: 'drift', why: 'w', since: NOON } }, ['resume', 'abort']],
    ['promoted', { phase: 'window', share: 100 }, ['abort']],
    ['rolling back', { phase: 'rollback' }, []],
    ['rolled back, looking', { phase: 'verify' }, []],
    ['giving back', { phase: 'release' }, []],
    ['ended', { phase: 'ended' }, []],
  ])('%s', (_, overrides, expected) => expect(of(overrides)).toEqual(expected));

  test('are those of the event when it names some; others than commands are not written', () => {
    expect(of({}, { commands: ['skip', 'abort', 'rm -rf', 7] })).toEqual(['skip', 'abort']);
    expect(of({ phase: 'ended' }, { commands: [] })).toEqual([]);
  });
});

test('a page', () => {
  expect(pageOf(PLACE, CONFIG, AT_GATE, { ...EVENT, name: 'GateWaiting', message: 'gate go waits' }, 'arn:run', NOON)).toEqual({
    subject: 'GateWaiting: migration to-inf2 of endpoint web',
    text: [
      'gate go waits',
      '',
      'endpoint web: 10 % to inf2, the rest to gpu (wanted)',
      'phase gate, step 2 of 5',
      'run arn:run',
      'what to do: https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#gate-waiting',
      '',
      'approve (let it go on through this gate):',
      commandLine(PLACE, CONFIG, AT_GATE, 'approve', NOON),
      '',
      'abort (roll back):',
      commandLine(PLACE, CONFIG, AT_GATE, 'abort', NOON),
    ].join('\n'),
  });
});

test('a page about the end has no commands', () => {
  const { text } = pageOf(PLACE, CONFIG, state({ phase: 'ended', step: 5, share: 100 }), { ...EVENT, name: 'MigrationEnded', message: 'done' }, 'arn:run', NOON);
  expect(text).toBe('done\n\nendpoint web: 100 % to inf2, the rest to gpu (wanted)\nphase ended, after the last step\nrun arn:run');
});

test('a page about a dry run says where its entry is', () => {
  const { text } = pageOf(PLACE, CONFIG, state({ phase: 'ended', share: 0 }), { ...EVENT, name: 'DryRunReport', message: 'done' }, 'arn:run', NOON);
  expect(text.split('\n').slice(-1)).toEqual(['what to do: https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#dry-run-report']);
});
