import type { Mutation } from './bundle';
import { calledOff, lostTick, overlap, redriven, registeredTwice, stoppedByHand, twice } from './scenes';

jest.setTimeout(300_000);

const NAME: Mutation = { replace: 'return `${runPrefix(prefix, run)}-${attempt}`;', by: 'return `${runPrefix(prefix, run)}-${Math.floor(Math.random() * 1e6)}`;' };
/** The name is made when the job is asked for. */
const NAMED_LATE: Mutation = {
  replace: 'const request = requestOf(config, attempt, {',
  by: 'attempt = { ...attempt, job: jobName(config.prefix, { ...identity, arn: identity.arn + Math.random() }, state.made) };\n  const request = requestOf(config, attempt, {',
};
const OWNER: Mutation = { replace: 'if (owner === ownerOf(identity)) {', by: 'if (true) {' };
const STOPPED: Mutation = { replace: 'if (status === "Completed") return "completed";', by: 'if (status === "Completed" || status === "Stopped") return "completed";' };
const RUNNING: Mutation = { replace: 'if (!found.running) await stopJob(attempt.job);', by: '' };
const CALLED_OFF: Mutation = { replace: 'const calledOff = redrives > state.redrives;', by: 'const calledOff = false;' };
const OVERLAP: Mutation = { replace: 'if (config.overlap) return void 0;', by: 'return void 0;' };
const TOKEN: Mutation = { replace: 'ClientToken: token', by: 'ClientToken: token.slice(0, 30) + String(Math.random()).slice(2, 8)' };

test.each(Object.entries({ lostTick, twice, stoppedByHand, calledOff, redriven, overlap, registeredTwice }))('%s, with the tick as it is', async (_, scene) => scene());

describe('a tick with one thing left out fails a scenario', () => {
  test('a name by chance: two executions with one run id make two jobs', async () => {
    await expect(twice(NAME)).rejects.toThrow('expect');
  });

  test('a name that is not in the state before the request: a lost tick makes two jobs', async () => {
    await expect(lostTick(NAMED_LATE)).rejects.toThrow('expect');
  });

  test('without a look at the owner two executions take one job for theirs', async () => {
    await expect(twice(OWNER)).rejects.toThrow('expect');
  });

  test('with Stopped as a success a model is registered that is none', async () => {
    await expect(stoppedByHand(STOPPED)).rejects.toThrow('expect');
  });

  test('without a look at its own execution a job goes on that nobody waits for', async () => {
    await expect(calledOff(RUNNING)).rejects.toThrow('expect');
  });

  test('without a look at the redrives a run that was called off is over for good', async () => {
    await expect(redriven(CALLED_OFF)).rejects.toThrow('expect');
  });

  test('without a look at other executions two train at a time', async () => {
    await expect(overlap(OVERLAP)).rejects.toThrow('expect');
  });

  test('with another token each time there are two versions', async () => {
    await expect(registeredTwice(TOKEN)).rejects.toThrow('expect');
  });
});
