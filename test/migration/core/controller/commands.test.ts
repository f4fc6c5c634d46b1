import { configOf, World } from './world';

const judging = (over: Parameters<typeof configOf>[0] = {}) => new World(configOf(over)).to('judge').run(120);
const refusals = (world: World) => world.said('CommandRefused');
const give = (world: World, command: string, over: Parameters<World['say']>[1] = {}) => {
  world.say(command, over);
  world.tick();
};

describe('a command', () => {
  it('is obeyed once, however long it stands in the record', () => {
    const world = judging();
    give(world, 'pause');
    world.state = { ...world.state, paused: undefined };
    world.run(300);
    expect(world.said('Paused')).toEqual(['paused: by ana']);
    expect(world.state.lastCommand).toBe('pause-1');
  });

  it.each(['', 'PAUSE', 'toString', '__proto__', 'constructor'])('that does not exist (%s) is refused, and only said', (command) => {
    const world = judging();
    give(world, command);
    expect(refusals(world)).toEqual([`command "${command}" of ana is refused: there is no such command; there are pause, resume, approve, skip, abort, promote`]);
    expect(world.events[world.events.length - 1]).toMatchObject({ page: true, detail: { id: `${command}-1`, by: 'ana' } });
  });

  it('with the token of another run is refused; with that of this one it is not', () => {
    const world = judging();
    give(world, 'pause', { token: 'run-0' });
    expect(refusals(world)).toEqual(['command "pause" of ana is refused: its token "run-0" is of another run']);
    give(world, 'pause', { token: 'run-1' });
    expect(world.state.paused?.by).toBe('operator');
  });

  it('from before the run is not for it, unless it says so', () => {
    const world = new World(configOf());
    give(world, 'abort');
    expect(refusals(world)).toEqual(['command "abort" of ana is refused: it was written before this run began']);
    world.to('judge');
    const meant = new World(configOf());
    give(meant, 'abort', { token: 'run-1' });
    expect(meant.last.outcome).toBe('refused');
  });

  it('of nobody is obeyed too', () => {
    const world = judging();
    give(world, 'pause', { by: undefined, reason: 'lunch' });
    expect(world.said('Paused')).toEqual(['paused: by somebody (lunch)']);
  });
});

describe('pause and resume', () => {
  it('stop what advances and nothing else', () => {
    const world = judging();
    give(world, 'pause');
    const judged = world.state.lastPeriod!;
    world.run(7200);
    expect([world.state.share, world.state.phase]).toEqual([5, 'judge']);
    expect(world.state.lastPeriod).toBeGreaterThan(judged + 7000);
    give(world, 'pause');
    expect(refusals(world)).toEqual(['command "pause" of ana is refused: it is paused already: by ana']);
    give(world, 'resume');
    expect(world.said('Resumed')).toEqual(['resumed by ana']);
    give(world, 'resume');
    expect(refusals(world).pop()).toBe('command "resume" of ana is refused: it is not paused');
    expect(world.until(({ state }) => state.share === 25, 60).state.step).toBe(1);
  });

  it('do not stop a rollback', () => {
    const world = judging();
    give(world, 'pause');
    world.errorRate.neuron = 0.4;
    world.to('rollback', 300);
  });

  it('end by themselves after the longest pause', () => {
    const world = judging({ policies: { maxPauseSeconds: 3600 } });
    give(world, 'pause', { reason: 'lunch' });
    world.run(3500);
    expect(world.state.phase).toBe('judge');
    world.to('rollback', 200);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: it was paused for 60 min (by ana (lunch))']);
  });

  it('do not use up the time that a change has', () => {
    const world = new World(configOf()).to('shift');
    world.foreignStatus = 'Updating';
    world.run(1200);
    give(world, 'pause');
    world.run(1200);
    give(world, 'resume');
    world.run(1200);
    expect(world.state.phase).toBe('shift');
  });

  it('are not given to an update of the endpoint', () => {
    const world = judging();
    world.configName = 'config-2';
    world.foreignStatus = 'Updating';
    world.tick();
    give(world, 'resume');
    expect(refusals(world)).toEqual(['command "resume" of ana is refused: it goes on by itself when the update of the endpoint is done']);
  });
});

describe('skip', () => {
  it('leaves this step now, and the next not', () => {
    const world = judging();
    give(world, 'skip');
    world.until(({ state }) => state.share === 25 && state.phase === 'judge', 120).run(500);
    expect(world.state.share).toBe(25);
  });

  it('leaves a step of which nothing was judged, and says no more than that', () => {
    const world = new World(configOf()).to('judge');
    world.measured = false;
    give(world, 'skip');
    world.until(({ state }) => state.share === 25, 120);
    expect(world.said('StepPassed')).toEqual(['neuron passed 5 %: nothing was judged, by the will of a person']);
  });

  it('does not skip the proof before 100 %, nor what is wrong now', () => {
    const world = judging();
    world.alarms = { queue: 'ALARM' };
    give(world, 'skip');
    world.run(300);
    expect(world.state.share).toBe(5);
    world.alarms = {};
    world.until(({ state }) => state.share === 80 && state.phase === 'judge').run(60);
    const hold = { ...world.state.verdict!, kind: 'hold' as const };
    world.measured = false;
    world.state = { ...world.state, verdict: hold };
    give(world, 'skip');
    world.run(120);
    expect([world.state.share, world.state.holding]).toEqual([80, 'proof']);
  });

  it('ends the fallback window', () => {
    const world = new World(configOf()).to('window').run(60);
    give(world, 'skip');
    expect(world.to('ended', 120).last.outcome).toBe('promoted');
  });

  it('has nothing to skip elsewhere, or while it is paused', () => {
    const world = new World(configOf()).to('shift');
    give(world, 'skip');
    world.to('judge');
    give(world, 'pause');
    give(world, 'skip');
    expect(refusals(world)).toEqual(['command "skip" of ana is refused: there is no step or window to leave in phase shift', 'command "skip" of ana is refused: it is paused']);
  });
});

describe('abort', () => {
  it.each(['gate', 'capacity', 'shift', 'judge', 'window'])('rolls back from phase %s', (phase) => {
    const gates = [{ id: 'ok', point: 'step' as const, kind: 'lambda' as const, functionArn: 'arn', timeoutSeconds: 86400, onTimeout: 'hold' as const }];
    const world = new World(configOf(phase === 'gate' ? { gates } : {})).to(phase);
    give(world, 'abort', { reason: 'enough' });
    expect(world.said('RollbackStarted')).toEqual(['rolling back: aborted by ana (enough)']);
    expect(world.to('ended').last.outcome).toBe('rolledBack');
    expect(world.share).toBe(0);
  });
});

describe('promote', () => {
  it('goes to 100 % by a person\'s will, through gates and instances, and says so', () => {
    const gates = [{ id: 'ok', point: 'full' as const, kind: 'approval' as const, timeoutSeconds: 86400, onTimeout: 'hold' as const }];
    const world = judging({ gates });
    give(world, 'promote', { reason: 'the GPU is gone tomorrow' });
    expect(world.state).toMatchObject({ phase: 'gate', step: 4, share: 5, gate: { id: 'ok' } });
    give(world, 'approve', { token: world.state.gate!.token });
    world.to('window');
    expect(world.neuron.count).toBe(3);
    expect(world.said('StepStarted').pop()).toBe('shifting neuron from 5 % to 100 %, unproven, by the will of ana (the GPU is gone tomorrow)');
    expect(world.said('Promoted')).toEqual(['neuron has all of the traffic, unproven, by the will of ana (the GPU is gone tomorrow); gpu keeps 3 instances for 24 h']);
    world.errorRate.neuron = 0.3;
    world.to('rollback', 900);
  });

  it('lets a shift arrive first', () => {
    const world = new World(configOf()).to('shift');
    give(world, 'promote');
    expect(world.state).toMatchObject({ phase: 'shift', share: 5 });
    world.to('window', 1200);
    expect(world.names()).not.toContain('DriftDetected');
  });

  it('ends a pause of a person, and no other', () => {
    const world = judging();
    give(world, 'pause');
    give(world, 'promote');
    expect(world.state.paused).toBeUndefined();
    const drifted = judging();
    drifted.setShare(30);
    drifted.tick();
    give(drifted, 'promote');
    expect(refusals(drifted)).toEqual(['command "promote" of ana is refused: it is paused: somebody set neuron to 30 % of the traffic; expected was 5 %']);
  });

  it('is nothing before the start, at 100 % and in a dry run', () => {
    const world = new World(configOf());
    world.foreignStatus = 'Updating';
    world.tick();
    give(world, 'promote');
    world.foreignStatus = undefined;
    world.to('window');
    give(world, 'promote');
    expect(refusals(world)).toEqual(['command "promote" of ana is refused: it is in phase preflight', 'command "promote" of ana is refused: it has all of the traffic already']);
    const dry = new World(configOf({ policies: { dryRun: true } })).run(60);
    give(dry, 'promote');
    expect(refusals(dry)).toEqual(['command "promote" of ana is refused: this is a dry run']);
  });
});
