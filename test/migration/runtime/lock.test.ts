import { config, NOON, state } from './config';
import { OWNER, World } from './world';

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(() => world.stop());

const ME = OWNER('run-1');
const OTHER = OWNER('run-0');

describe('the first tick of a run', () => {
  test('takes a lock that nobody has ever had, under epoch 1, and writes the state down under it', async () => {
    world.decide({ state: { phase: 'capacity', share: 25, safeShare: 10, unproven: true } });
    const result = await world.tick();
    expect(world.begin.mock.calls).toEqual([[{ config: config(), run: 'run-1', input: undefined, lock: undefined, epoch: 1, now: NOON }]]);
    expect(result).toEqual({ state: { ...state({ phase: 'capacity', phaseSince: NOON, started: NOON, step: 0, share: 25, safeShare: 10 }) }, wait: 30, done: false, outcome: 'running', reason: '' });
    expect(world.lock()).toEqual({
      endpoint: { S: 'web' },
      record: { S: 'LOCK' },
      owner: { S: ME },
      epoch: { N: '1' },
      migration: { S: 'to-inf2' },
      phase: { S: 'capacity' },
      state: { S: JSON.stringify(result.state) },
      safeShare: { N: '10' },
      unproven: { BOOL: true },
      safeWeightFrom: { N: '1.8' },
      safeWeightTo: { N: '0.2' },
      safeWeightFromLeast: { N: '1.7982' },
      safeWeightToMost: { N: '0.2002' },
      heartbeat: { N: String(NOON) },
    });
    expect(world.trace().filter((name) => name !== 'GetItem')).toEqual(['UpdateItem', 'DescribeEndpoint', 'UpdateItem']);
  });

  test('takes a lock that was given back, under the next epoch, and hands the last state on', async () => {
    world.putLock({ epoch: { N: '7' }, migration: { S: 'to-gpu' }, state: { S: JSON.stringify(state({ run: 'old' })) } });
    await world.tick({ input: { resume: true } });
    expect(world.begin.mock.calls[0][0]).toMatchObject({ epoch: 8, input: { resume: true }, lock: { epoch: 7, fallback: false, migration: 'to-gpu', state: { run: 'old' } } });
    expect(world.lock()).toMatchObject({ owner: { S: ME }, epoch: { N: '8' }, migration: { S: 'to-inf2' } });
  });

  test('ends a fallback that is over: the watchdog left its mark on a lock without an owner', async () => {
    world.putLock({ epoch: { N: '7' }, fallback: { BOOL: true } });
    expect((await world.tick()).outcome).toBe('running');
    expect(world.lock()).not.toHaveProperty('fallback');
  });

  test('is refused while the owner runs, and changes nothing', async () => {
    world.execution('run-0', 'RUNNING');
    world.putLock({ owner: { S: OTHER }, epoch: { N: '3' }, migration: { S: 'to-inf2' } });
    const before = world.lock();
    const reason = `endpoint web is held by ${OTHER} (migration to-inf2), which may still run: wait until it ends, or stop it with \`aws stepfunctions stop-execution\`; nothing was changed`;
    const result = await world.tick();
    expect(result).toMatchObject({ wait: 0, done: true, outcome: 'refused', reason, state: { phase: 'ended', run: 'run-1', reason } });
    expect(world.lock()).toEqual(before);
    expect(world.calls('UpdateItem', 'DescribeEndpoint', 'PutItem').map(({ input }: any) => input.Item?.record?.S)).toEqual(['LOCK']);
    expect(world.standIn.state().notifications.map(({ subject }) => subject)).toEqual(['MigrationRefused: migration to-inf2 of endpoint web']);
    const [entry] = world.inputs('PutEvents')[0].Entries;
    expect([entry.DetailType, JSON.parse(entry.Detail).owner, JSON.parse(entry.Detail).reasons]).toEqual(['MigrationRefused', OTHER, [reason]]);
  });

  test.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const)('takes the lock of a run that %s', async (status) => {
    world.execution('run-0', status);
    world.putLock({ owner: { S: OTHER }, epoch: { N: '3' }, state: { S: JSON.stringify(state({ run: 'run-0' })) } });
    expect((await world.tick()).outcome).toBe('running');
    expect(world.lock()).toMatchObject({ owner: { S: ME }, epoch: { N: '4' } });
    expect(world.begin.mock.calls[0][0].lock).toMatchObject({ owner: OTHER, state: { run: 'run-0' } });
  });

  test('takes the lock of a run that is forgotten', async () => {
    world.fail('DescribeExecution', 'ExecutionDoesNotExist');
    world.putLock({ owner: { S: OTHER }, epoch: { N: '3' } });
    expect((await world.tick()).outcome).toBe('running');
    expect(world.lock()).toMatchObject({ owner: { S: ME }, epoch: { N: '4' } });
  });

  test.each(['AccessDeniedException', 'InvalidArn'])('leaves the lock of a run that it may not look at (%s)', async (error) => {
    world.fail('DescribeExecution', error);
    world.putLock({ owner: { S: OTHER }, epoch: { N: '3' } });
    const result = await world.tick();
    expect([result.outcome, result.reason.split(':')[0]]).toEqual(['refused', 'endpoint web is held by arn']);
    expect(world.lock()).toMatchObject({ owner: { S: OTHER }, epoch: { N: '3' } });
  });

  test('fails, to be tried again, when it cannot find out', async () => {
    world.fail('DescribeExecution', 'ThrottlingException', 'Rate exceeded');
    world.putLock({ owner: { S: OTHER }, epoch: { N: '3' } });
    await expect(world.tick()).rejects.toThrow('Rate exceeded');
    expect(world.lock()).toMatchObject({ owner: { S: OTHER } });
  });

  test('that is made twice takes its own lock again, under a new epoch: the first attempt is fenced off', async () => {
    world.execution('run-1', 'RUNNING');
    const first = await world.tick();
    await world.tick();
    expect(world.lock()).toMatchObject({ owner: { S: ME }, epoch: { N: '2' } });
    expect(world.begin.mock.calls[1][0].lock).toMatchObject({ owner: ME, epoch: 1, state: { run: 'run-1' } });
    expect((await world.tick({ state: first.state })).outcome).toBe('superseded');
  });

  test('does not clear away a fallback that came while it was made twice', async () => {
    world.putLock({ owner: { S: ME }, epoch: { N: '2' }, fallback: { BOOL: true } });
    const before = world.lock();
    const result = await world.tick();
    expect([result.outcome, result.reason]).toEqual(['superseded', 'endpoint web is not this run\'s any more: the watchdog took over and sends everything to gpu; this run wrote nothing more']);
    expect(world.lock()).toEqual(before);
  });

  test('loses against one that is a moment faster, and then looks again', async () => {
    world.execution('run-0', 'RUNNING');
    const answer = world.standIn.control.refuse.bind(world.standIn.control);
    let times = 0;
    jest.spyOn(world.standIn.control, 'refuse').mockImplementation((operation, input) => {
      // Between the reading and the writing of the lock.
      if (operation === 'UpdateItem' && times++ === 0) world.putLock({ owner: { S: OTHER }, epoch: { N: '1' } });
      answer(operation, input);
    });
    const result = await world.tick();
    expect(result.outcome).toBe('refused');
    expect(world.lock()).toMatchObject({ owner: { S: OTHER }, epoch: { N: '1' } });
  });

  test('sees a watchdog that raises the epoch of a free lock in between', async () => {
    world.putLock({ epoch: { N: '5' } });
    const answer = world.standIn.control.refuse.bind(world.standIn.control);
    let times = 0;
    jest.spyOn(world.standIn.control, 'refuse').mockImplementation((operation, input) => {
      if (operation === 'UpdateItem' && times++ === 0) world.putLock({ epoch: { N: '6' }, fallback: { BOOL: true } });
      answer(operation, input);
    });
    await world.tick();
    expect(world.lock()).toMatchObject({ owner: { S: ME }, epoch: { N: '7' } });
    expect(world.begin.mock.calls).toHaveLength(1);
    expect(world.begin.mock.calls[0][0].lock).toEqual({ epoch: 6, fallback: true });
  });

  test('gives up, to be tried again, when the lock changes all the time', async () => {
    let epoch = 0;
    const answer = world.standIn.control.refuse.bind(world.standIn.control);
    jest.spyOn(world.standIn.control, 'refuse').mockImplementation((operation, input) => {
      if (operation === 'UpdateItem') world.putLock({ epoch: { N: String(++epoch) } });
      answer(operation, input);
    });
    await expect(world.tick()).rejects.toThrow('the lock of endpoint web changed 3 times while it was being taken');
  });

  test('begins anew where the last state cannot be read', async () => {
    world.putLock({ epoch: { N: '2' }, state: { S: '{"run":' } });
    await world.tick();
    expect(world.begin.mock.calls[0][0].lock).toEqual({ epoch: 2, fallback: false });
  });
});

describe('a later tick', () => {
  const held = { owner: { S: ME }, epoch: { N: '1' } };

  test.each([
    ['another run has the lock', { owner: { S: OTHER }, epoch: { N: '1' } }, `${OTHER} has the lock now`, true],
    ['the epoch was raised', { owner: { S: ME }, epoch: { N: '2' } }, 'the lock was given back or renewed by somebody else', true],
    ['the lock was given back', { epoch: { N: '1' } }, 'the lock was given back or renewed by somebody else', true],
    ['the watchdog fell back', { ...held, fallback: { BOOL: true } }, 'the watchdog took over and sends everything to gpu', false],
    ['the lock is gone', undefined, 'the lock is gone', true],
  ])('ends as superseded and writes nothing when %s', async (_, lock, who, paged) => {
    if (lock !== undefined) world.putLock(lock);
    const before = world.lock();
    world.decide({ actions: [{ kind: 'setWeights', share: 50 }] });
    world.trace();
    const reason = `endpoint web is not this run's any more: ${who}; this run wrote nothing more`;
    expect(await world.tick({ state: state() })).toEqual({ state: { ...state(), phase: 'ended', phaseSince: NOON, reason }, wait: 0, done: true, outcome: 'superseded', reason });
    expect([...new Set(world.trace())].sort()).toEqual(['GetItem', 'PutEvents', ...paged ? ['Publish'] : []].sort());
    expect(world.lock()).toEqual(before);
    expect(world.advance).not.toHaveBeenCalled();
    expect(world.standIn.state().notifications).toHaveLength(paged ? 1 : 0);
  });

  test('whose lock is lost while it decides does nothing of what it decided', async () => {
    world.putLock(held);
    world.decide({ actions: [{ kind: 'setWeights', share: 50 }, { kind: 'setKillSwitch', value: 'gpu' }, { kind: 'releaseLock' }] });
    const decide = world.advance.getMockImplementation()!;
    world.advance.mockImplementation((...args) => {
      world.putLock({ ...held, fallback: { BOOL: true } });
      return decide(...args);
    });
    expect((await world.tick({ state: state() })).outcome).toBe('superseded');
    expect(world.calls('UpdateEndpointWeightsAndCapacities', 'PutParameter')).toEqual([]);
    expect(world.lock()).toEqual({ endpoint: { S: 'web' }, record: { S: 'LOCK' }, ...held, fallback: { BOOL: true } });
    expect(world.audits()).toEqual([]);
  });

  test('whose lock is lost between two actions leaves the rest', async () => {
    world.putLock(held);
    world.standIn.functions.set('Gate', () => {
      world.putLock({ owner: { S: OTHER }, epoch: { N: '2' } });
      return { pass: true };
    });
    world.decide({
      actions: [
        { kind: 'callGate', id: 'g', functionArn: 'Gate', payload: {} }, { kind: 'setWeights', share: 50 }, { kind: 'setCapacity', variant: 'inf2', count: 2 },
        { kind: 'setKillSwitch', value: 'gpu' }, { kind: 'setScaling', variant: 'gpu', scaling: { min: 1, max: 2, scaleInSuspended: true, scaleOutSuspended: false } },
      ],
    });
    expect((await world.tick({ state: state() })).outcome).toBe('superseded');
    expect(world.calls('UpdateEndpointWeightsAndCapacities', 'PutParameter', 'RegisterScalableTarget')).toEqual([]);
    expect(world.fleets()).toEqual({ gpu: [2, 2], inf2: [0, 1] });
  });

  test('made twice decides twice from the same state, and its records are the same', async () => {
    world.putLock(held);
    world.decide({ events: [{ name: 'StepStarted', message: 'm', page: false, detail: {} }], actions: [{ kind: 'setWeights', share: 10 }] });
    const [first, second] = [await world.tick({ state: state() }), await world.tick({ state: state() })];
    expect(world.advance.mock.calls.map(([, from]) => from)).toEqual([state(), state()]);
    expect(second.state.epoch).toBe(first.state.epoch);
    expect(world.audits()).toHaveLength(1);
    expect(world.calls('UpdateEndpointWeightsAndCapacities')).toHaveLength(1);
  });

  test('goes on with what a tick whose answer was lost has pinned', async () => {
    const pinned = { gpu: { min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false } };
    world.putLock({ ...held, state: { S: JSON.stringify(state({ pinned, raised: ['inf2'], killSwitch: true, phase: 'judge' })) } });
    await world.tick({ state: state() });
    expect(world.advance.mock.calls[0][1]).toEqual(state({ pinned, raised: ['inf2'], killSwitch: true }));
  });

  test('that is made again after the lock was given back says how the run ended, and that it did', async () => {
    const last = state({ phase: 'ended', outcome: 'promoted', share: 100, reason: 'proven' });
    world.putLock({ epoch: { N: '1' }, state: { S: JSON.stringify(last) } });
    const before = world.lock();
    expect(await world.tick({ state: state() })).toMatchObject({ done: true, outcome: 'promoted', reason: 'proven', state: { phase: 'ended', share: 100 } });
    expect(world.lock()).toEqual(before);
    expect(world.advance).not.toHaveBeenCalled();
    expect(world.inputs('PutEvents').flatMap(({ Entries }) => Entries.map(({ DetailType }: { DetailType: string }) => DetailType))).toEqual(['MigrationEnded']);
  });

  test('is superseded when another run has the lock, whatever the last state says', async () => {
    world.putLock({ owner: { S: OTHER }, epoch: { N: '2' }, state: { S: JSON.stringify(state({ phase: 'ended', outcome: 'promoted' })) } });
    expect((await world.tick({ state: state() })).outcome).toBe('superseded');
  });

  test('fails, to be tried again, when the lock cannot be read or written', async () => {
    world.putLock(held);
    world.fail('GetItem', 'InternalServerError', 'oh', { status: 500 });
    await expect(world.tick({ state: state() })).rejects.toThrow('oh');
    world.fail('UpdateItem', 'ProvisionedThroughputExceededException', 'slow down');
    await expect(world.tick({ state: state() })).rejects.toThrow('slow down');
    expect(world.calls('UpdateEndpointWeightsAndCapacities')).toEqual([]);
  });

  test('reads the lock consistently', async () => {
    world.putLock(held);
    await world.tick({ state: state() });
    expect(world.inputs('GetItem').filter((input) => input.ConsistentRead === true).length).toBe(world.inputs('GetItem').length);
  });
});

describe('the lock is given back', () => {
  test('with epoch and last state left for the next run', async () => {
    world.decide({ actions: [{ kind: 'releaseLock' }], outcome: 'promoted', state: { phase: 'ended', share: 100, safeShare: 100, unproven: false, reason: 'proven' } });
    const result = await world.tick();
    expect(result).toMatchObject({ done: true, outcome: 'promoted', reason: 'proven' });
    const lock = world.lock()!;
    expect(lock).not.toHaveProperty('owner');
    expect([lock.epoch, lock.phase, lock.safeWeightFrom, lock.safeWeightTo, JSON.parse(String(lock.state.S)).share]).toEqual([{ N: '1' }, { S: 'ended' }, { N: '0' }, { N: '2' }, 100]);
  });

  test('a failure of that is logged: the run is over, and the next one takes the lock of a dead run', async () => {
    world.putLock({ owner: { S: ME }, epoch: { N: '1' } });
    world.decide({ actions: [{ kind: 'releaseLock' }], outcome: 'rolledBack' });
    const answer = world.standIn.control.refuse.bind(world.standIn.control);
    let times = 0;
    jest.spyOn(world.standIn.control, 'refuse').mockImplementation((operation, input) => {
      if (operation === 'UpdateItem' && ++times === 2) world.fail('UpdateItem', 'InternalServerError', 'oh', { status: 500 });
      answer(operation, input);
    });
    expect((await world.tick({ state: state() })).outcome).toBe('rolledBack');
    expect(world.errors).toEqual([{ level: 'error', what: 'release of the lock', error: 'InternalServerError', message: 'oh' }]);
    expect(world.lock()).toMatchObject({ owner: { S: ME } });
  });
});
