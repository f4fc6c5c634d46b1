import { Duration } from 'aws-cdk-lib';
import { COMPILED_AGAIN, ENDPOINT, holds, live, serve, settled } from './version-support';
import { migrationStack, World, type StackOptions } from './world';
import { parityKey } from '../../../src/benchmark/contract';
import type { ParityRecord } from '../../../src/benchmark/core/parity-verdict';
import { MigrationGate, ShiftPlan } from '../../../src/migration';
import { parityOf } from '../construct-support';

/** What is in the bucket of the check; the rest of its gate is the real one. */
const records = new Map<string, ParityRecord>();
jest.mock('../../../src/benchmark/runtime/parity-records.client', () => ({ readParityRecord: async (_: string, key: string) => records.get(key) }));

jest.setTimeout(600_000);
let world: World;
beforeEach(() => records.clear());
afterEach(async () => world?.stop());

const STACK: StackOptions = {
  migration: (all) => ({
    fallbackWindow: Duration.minutes(10),
    plan: ShiftPlan.canary(25),
    gates: [MigrationGate.sameAnswers(parityOf(all))],
  }),
};

async function start(): Promise<void> {
  world = await World.start(STACK);
  serve(world, 'ParityGate', jest.requireActual('../../../src/benchmark/runtime/parity-gate.lambda').handler);
}

/** A check of the versions that are live, which ended so. */
function checked(outcome: ParityRecord['outcome'], reason: string, settings: { readonly fingerprint?: string } = {}): void {
  const { fingerprint } = JSON.parse(process.env.PARITY!);
  const reference = { variant: 'gpu', ...live(world, 'gpu') };
  const candidate = { variant: 'inf2', ...live(world, 'inf2') };
  const record: Partial<ParityRecord> = { schema: 'cdk-accelerators/parity-record/1', run: 'run-1', endpoint: ENDPOINT, reference, candidate, checkedOn: '2026-11-23T10:00:00.000Z', outcome, reason, fingerprint, ...settings };
  records.set(parityKey('benchmark/', ENDPOINT, reference, candidate), record as ParityRecord);
}

const names = () => `inf2 \\(${live(world, 'inf2').modelName}\\) and gpu \\(${live(world, 'gpu').modelName}\\)`;
const START = 'aws stepfunctions start-execution --region us-east-1 --state-machine-arn arn:aws:states:';

test('a version whose answers nobody compared gets no traffic; with the same answers it is promoted', async () => {
  await start();
  const run = world.run();
  await world.minutes(120);
  expect(holds(world).at(-1)).toMatch(new RegExp(`^gate parity-step is closed: the answers of ${names()} were not compared yet: ${START}`));
  expect([run.status, world.writes]).toEqual(['RUNNING', []]);
  checked('passed', '0 of 100 answers differ');
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  expect(world.shares).toEqual([25, 100]);
  expect(world.events('GatePassed').map(({ detail }) => detail.message)).toEqual(['step', 'full'].map((point) => expect.stringMatching(
    new RegExp(`^gate parity-${point} is passed: the answers of ${names()} are the same, as of 2026-11-23T10:00:00\\.000Z: 0 of 100 answers differ$`),
  )));
});

test.each<[string, () => void, string]>([
  ['differ', () => checked('differs', '20 of 100 answers differ'), 'differ, as of 2026-11-23T10:00:00\\.000Z: 20 of 100 answers differ; once that is mended: aws'],
  ['could not be compared', () => checked('failed', 'the endpoint answered nothing'), 'could not be compared, as of 2026-11-23T10:00:00\\.000Z: the endpoint answered nothing; once that is mended: aws'],
  ['were compared by another tolerance', () => checked('passed', '20 of 100 answers differ', { fingerprint: 'before' }), 'were compared with another metric, tolerance, payload or golden set: aws'],
])('answers that %s keep all traffic away', async (_, before, reason) => {
  await start();
  before();
  const run = world.run();
  await world.minutes(120);
  expect(holds(world).at(-1)).toMatch(new RegExp(`^gate parity-step is closed: the answers of ${names()} ${reason} stepfunctions`));
  expect([run.status, world.writes]).toEqual(['RUNNING', []]);
});

test('a deploy of another version in the middle stops there until its answers were compared', async () => {
  await start();
  checked('passed', '0 of 100 answers differ');
  const run = world.run();
  await world.until(() => world.share === 25, 120);
  world.deploy(migrationStack({ ...STACK, ...COMPILED_AGAIN }));
  await settled(world);
  expect(holds(world).at(-1)).toMatch(new RegExp(`^gate parity-step is closed: the answers of ${names()} were not compared yet: `));
  expect([run.status, world.share]).toEqual(['RUNNING', 25]);
  checked('passed', '0 of 100 answers differ');
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
});
