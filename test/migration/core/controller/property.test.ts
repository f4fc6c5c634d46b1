import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { configOf, World } from './world';
import { advance } from '../../../../src/migration/core/controller';
import type { Decision, GateConfig, MigrationState } from '../../../../src/migration/core/controller';

const GATES: GateConfig[] = [
  { id: 'start', point: 'start', kind: 'approval', timeoutSeconds: 7200, onTimeout: 'hold' },
  { id: 'golden', point: 'step', kind: 'lambda', functionArn: 'arn', timeoutSeconds: 7200, onTimeout: 'rollback' },
  { id: 'full', point: 'full', kind: 'approval', timeoutSeconds: 7200, onTimeout: 'hold' },
];

type Move = (world: World) => void;

/** What the world and people do to a migration. */
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 40 }).map((ticks) => (world: World) => {
      for (let i = 0; i < ticks; i++) step(world);
    }),
  },
  { weight: 2, arbitrary: fc.constant((world: World) => world.say('approve', { token: world.state.gate?.token })) },
  fc.constantFrom(0, 3, 5, 30, 80, 100).map((share) => (world: World) => world.gpu !== undefined && world.neuron !== undefined && world.setShare(share)),
  fc.constantFrom('config-1', 'config-2', 'config-3').map((name) => (world: World) => { world.configName = name; }),
  fc.constantFrom(undefined, undefined, 'Updating', 'SystemUpdating', 'RollingBack', 'Failed').map((status) => (world: World) => { world.foreignStatus = status; }),
  fc.constantFrom({}, {}, { watchdog: 'ALARM' }, { queue: 'ALARM' }, { queue: 'INSUFFICIENT_DATA' }).map((alarms) => (world: World) => { world.alarms = alarms as Record<string, string>; }),
  fc.tuple(fc.constantFrom('pause', 'resume', 'approve', 'skip', 'abort', 'promote', 'nonsense'), fc.constantFrom(undefined, 'run-1', 'run-0', 'full-1-0')).map(([command, token]) => (world: World) => world.say(command, { token })),
  fc.constantFrom(0, 3, 100, 1000, 1e6).map((requests) => (world: World) => { world.requestsPerMinute = requests; }),
  fc.tuple(fc.constantFrom(0, 0.001, 0.02, 1, 3), fc.constantFrom(0, 0.001, 0.05)).map(([neuron, gpu]) => (world: World) => { world.errorRate = { neuron, gpu }; }),
  fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 4 })).map(([old, count]) => (world: World) => {
    const variant = old ? world.gpu : world.neuron;
    if (variant !== undefined) variant.count = variant.wantedCount = count;
  }),
  fc.boolean().map((measured) => (world: World) => { world.measured = measured; }),
  fc.constantFrom(1, Infinity).map((most) => (world: World) => { world.mostInstances = most; }),
  fc.boolean().map((pass) => (world: World) => { world.gateAnswers.golden = pass; }),
  fc.constant((world: World) => { world.state = { ...world.state, results: undefined }; }),
  fc.constant((world: World) => world.lose()),
  fc.constant((world: World) => { world.state = { ...world.state, results: { write: { status: 'busy', message: 'ThrottlingException' } } }; }),
);

const scenario = fc.record({
  begin: fc.constantFrom(0, 5, 25, 50, 80, 100),
  moves: fc.array(move, { maxLength: 30 }),
  gates: fc.boolean(),
  scaled: fc.boolean(),
  onDrift: fc.constantFrom('pause' as const, 'adopt' as const, 'restore' as const, 'abort' as const),
  onInconclusive: fc.constantFrom('hold' as const, 'rollback' as const, 'promote' as const),
  requestsPerInstance: fc.constantFrom(undefined, 200, 400),
  force: fc.boolean(),
});

function build({ begin, gates, scaled, onDrift, onInconclusive, requestsPerInstance, force }: typeof scenario extends fc.Arbitrary<infer T> ? T : never): World {
  const world = new World(configOf({
    gates: gates ? GATES : [],
    from: { scaled },
    to: { scaled, requestsPerInstance },
    policies: { onDrift, onInconclusive, maxPauseSeconds: 14400 },
    fallback: { windowSeconds: 7200 },
    plan: { maxStepSeconds: 7200, maxSeconds: 86400, unprovable: 'warn' },
  }), { force });
  // To where it is worth to disturb: with every gate open.
  world.gateAnswers.golden = true;
  while (world.state.share < begin) {
    if (world.state.gate !== undefined) world.say('approve', { token: world.state.gate.token });
    step(world);
  }
  return world;
}

/** One tick and everything that holds at every tick. */
function step(world: World): void {
  const before = world.state;
  const decision = world.tick();
  check(world, before, decision);
  world.pass(Math.max(1, decision.wait));
}

function check(world: World, before: MigrationState, { state, actions, events, wait, outcome }: Decision): void {
  expect(isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state)).toBe(true);
  expect(state.safeShare).toBeLessThanOrEqual(state.share);
  if (!state.unproven) expect(state.safeShare).toBe(state.share);
  if (before.phase === 'ended') expect([actions, events, state]).toEqual([[], [], before]);
  expect(wait).toBeGreaterThanOrEqual(outcome === undefined || outcome === 'continue' ? 10 : 0);
  expect(wait).toBeLessThanOrEqual(60);
  for (const { message, detail } of events) expect(`${message} ${JSON.stringify(detail)}`).not.toMatch(/undefined|NaN|Infinity|\[object/);
  for (const action of actions) {
    if (action.kind === 'setWeights') expect(action.share).toBe(state.share);
    if (action.kind === 'setCapacity') expect(action.count).toBeGreaterThan(0);
  }
  expect(actions.filter(({ kind }) => kind === 'setWeights' || kind === 'setCapacity').length).toBeLessThanOrEqual(1);
  if (['rollback', 'verify'].includes(before.phase)) expect(state.share).toBe(0);
  checkRaise(world, before, state);
}

/** More than there was is a step of the plan, and what it needs was passed. */
function checkRaise(world: World, before: MigrationState, state: MigrationState): void {
  if (state.share <= before.share || state.phase !== 'shift') return;
  const target = state.step;
  expect(state.share).toBe(world.config.plan.steps[target] ?? 100);
  const needed = state.share === 100 ? 'full' : 'golden';
  if (world.config.gates.length > 0) expect(state.passedGates).toContain(`${needed}@${target}`);
  if (state.share === 100 && state.unprovenPromotion === undefined) expect(state.verdict?.kind).toBe('promote');
  expect(state.paused).toBeUndefined();
}

describe('whatever happens', () => {
  it('the controller keeps its promises, and everything can be taken back', () => {
    const outcomes = new Set<string>();
    const phases = new Set<string>();
    const names: Record<string, number> = {};
    fc.assert(fc.property(scenario, (given) => {
      const world = build(given);
      for (const each of given.moves) each(world);
      outcomes.add(String(world.last?.outcome));
      phases.add(world.state.phase);
      takeBack(world);
      for (const name of world.names()) names[name] = (names[name] ?? 0) + 1;
    }), { numRuns: 50, seed: 42 });
    expect(phases.size).toBeGreaterThanOrEqual(5);
    expect(Object.keys(names)).toEqual(expect.arrayContaining(['Promoted', 'RolledBack', 'RollbackBlocked', 'DriftDetected', 'Paused', 'Resumed', 'CommandRefused', 'GatePassed']));
  }, 60000);

  it('the same state and observation give the same decision', () => {
    fc.assert(fc.property(scenario, (given) => {
      const world = build(given);
      for (const each of given.moves) each(world);
      const seen = world.observe();
      const state = JSON.parse(JSON.stringify(world.state));
      expect(advance(world.config, state, seen)).toEqual(advance(world.config, JSON.parse(JSON.stringify(state)), seen));
      expect(state).toEqual(JSON.parse(JSON.stringify(world.state)));
    }), { numRuns: 10, seed: 7 });
  }, 60000);
});

/** From wherever it stands an abort leads to an end with everything at the old variant. */
function takeBack(world: World): void {
  const finishing = world.state.phase === 'ended' || world.state.phase === 'release';
  [world.foreignStatus, world.mostInstances, world.measured] = [undefined, Infinity, true];
  world.say('abort', { token: 'run-1' });
  for (let i = 0; world.state.phase !== 'ended' && i < 1000; i++) step(world);
  expect(world.state.phase).toBe('ended');
  if (!finishing) {
    expect(['rolledBack', 'refused']).toContain(world.state.outcome);
    if (world.state.outcome === 'rolledBack') expect(world.share).toBe(0);
  }
  // What only a lost tick had seen is in the lock, which is the handler's; weights need no memory.
  if (world.forgot) return;
  expect(world.killSwitch).toBe('off');
  if (world.state.outcome === 'rolledBack' && world.gpu.scaling !== undefined) expect(world.gpu.scaling.scaleInSuspended).toBe(false);
}
