import { Duration } from 'aws-cdk-lib';
import { since, World } from './world';
import { GatePoint, MigrationGate, ShiftPlan, type TrafficMigrationProps } from '../../../src/migration';

jest.setTimeout(600_000);
let world: World;
afterEach(async () => world.stop());

const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(10), plan: ShiftPlan.canary(25) };
const token = (gate = 0) => String(world.events('GateWaiting')[gate].detail.token);
const refusals = () => world.events('CommandRefused').map(({ detail }) => detail.message);

describe('14: gates', () => {
  test('open for 3 days while the newcomer degrades: rolled back while it waits', async () => {
    const day = 24 * 60;
    world = await World.start({
      migration: { ...SHORT, gates: [MigrationGate.approval({ at: GatePoint.FULL, timeout: Duration.days(7) })] },
      traffic: { requestsPerMinute: 2000, variants: { inf2: { errorRate: since((minute) => minute >= 3 * day ? 0.02 : 0) } } },
    });
    const run = world.run();
    await world.until(() => world.said('GateWaiting'), 60);
    await world.minutes(3 * day - world.minute);
    expect(run.status).toBe('RUNNING');
    expect(world.share).toBe(25);
    expect(world.names.filter((name) => name === 'GateWaiting')).toHaveLength(1);
    // No execution's history fills up meanwhile: 25,000 events is the end of one.
    expect(Math.max(...world.step.executions.slice(0, -1).map(({ result }) => result.events))).toBeLessThan(15_000);
    const sick = world.minute;
    await world.until(() => world.share === 0, 60, 1);
    expect(world.minute - sick).toBeLessThan(30);
    // The stale approval comes after it.
    world.command('approve', { token: token() });
    await world.ended(run);
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack' });
    expect(refusals()).toEqual(['command "approve" of ada is refused: the rollback has begun']);
    expect(world.shares).toEqual([25, 0]);
  });

  test('approved twice, without a token, with the token of another gate: each is for one gate once', async () => {
    world = await World.start({ migration: { ...SHORT, gates: [MigrationGate.approval({ at: GatePoint.START }), MigrationGate.approval({ at: GatePoint.FULL })] } });
    const run = world.run();
    await world.until(() => world.said('GateWaiting'), 5);
    world.command('approve');
    await world.minutes(2);
    expect(world.writes).toEqual([]);
    world.command('approve', { token: token(), id: 'first' });
    await world.until(() => world.share === 25, 10);
    world.command('approve', { token: token(), id: 'second' });
    await world.minutes(2);
    await world.until(() => world.events('GateWaiting').length === 2, 60);
    world.command('approve', { token: token(0), id: 'third' });
    await world.minutes(5);
    expect(world.share).toBe(25);
    world.command('approve', { token: token(1), id: 'fourth', by: 'grace', reason: 'the numbers are good' });
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    expect(refusals()).toEqual([
      `command "approve" of ada is refused: it has no token; gate approval-start has the token "${token(0)}"`,
      'command "approve" of ada is refused: no gate waits for it',
      `command "approve" of ada is refused: its token "${token(0)}" is not that of gate approval-full`,
    ]);
    expect(world.events('GatePassed').map(({ detail }) => detail.message)).toEqual([
      'gate approval-start is passed: approved by ada', 'gate approval-full is passed: approved by grace (the numbers are good)',
    ]);
  });

  test('approved after the abort: refused, nothing moves any more', async () => {
    world = await World.start({ migration: { ...SHORT, gates: [MigrationGate.approval({ at: GatePoint.FULL })] } });
    const run = world.run();
    await world.until(() => world.said('GateWaiting'), 60);
    world.command('abort', { reason: 'not today' });
    await world.until(() => world.said('RollbackStarted'), 3);
    world.command('approve', { token: token() });
    await world.ended(run);
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack', cause: 'aborted by ada (not today)' });
    expect(world.shares).toEqual([25, 0]);
    expect(refusals()).toEqual(['command "approve" of ada is refused: the rollback has begun']);
  });

  test('nonsense in the control record is refused, and stops nothing', async () => {
    world = await World.start({ migration: SHORT });
    const run = world.run();
    await world.until(() => world.share === 25, 10);
    world.command('launch-missiles');
    await world.until(() => world.said('CommandRefused'), 3);
    expect(refusals()).toEqual(['command "launch-missiles" of ada is refused: there is no such command; there are pause, resume, approve, skip, abort, promote']);
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  });

  test('a person promotes without proof: straight to 100 %, said to be unproven, guarded all the same', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 12 ? 0.03 : 0) } } } });
    const run = world.run();
    await world.until(() => world.share === 25, 10);
    await world.minutes(3);
    world.command('promote', { by: 'grace' });
    await world.until(() => world.share === 100, 10);
    await world.until(() => world.said('Promoted'), 1);
    expect(world.events('Promoted')[0].detail.message).toMatch(/^inf2 has all of the traffic, unproven, by the will of grace; /);
    await world.ended(run);
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack' });
    expect(world.shares).toEqual([25, 100, 0]);
  });
});
