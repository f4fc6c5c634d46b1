/**
 * Measures the judge against three rules that are in common use, as `npm run bench:judge`: simulated migrations (good, exactly as bad as
 * allowed, bad, without traffic) on the controller's schedule: steps 5, 10, 25, 50, 80 %, 10 minutes each, 30 at the last; a minute's metrics
 * are known when the next minute is over; a change of weight takes a minute. Seeded: the same numbers on every machine.
 *
 *   consecutive   5 failed checks in a row
 *   alarms        2 of 3 minutes beyond 1 % errors or 1.3 times the GPU's p99
 *   mannWhitney   as Kayenta, every 10 minutes
 *
 * Minutes are wall clock from the newcomer's first request to the decision. The last line is JSON.
 *
 *   --seeds N     migrations of each kind and rule (default 1000)
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MIGRATIONS } from './judge/migrations';
import { RULES, series, type Series } from './judge/series';

const GOALS = { falseRollback: 0.002, falsePromotion: 0.002, decideMinutes: 2 };

interface Task {
  readonly migration: number;
  readonly rule: Series['rule'];
  readonly seeds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000' } } });
  const seeds = Number(values.seeds);
  if (!Number.isInteger(seeds) || seeds < 1) throw new Error(`--seeds: got ${values.seeds}; allowed: a whole number from 1; fix: --seeds 1000`);
  const all = await measure(MIGRATIONS.flatMap((_, migration) => RULES.map((rule): Task => ({ migration, rule, seeds }))));
  const of = (migration: number, rule: Series['rule']) => all.find((one) => one.migration === migration && one.rule === rule)!;
  print(of, seeds);

  const mean = (kind: 'good' | 'bad', rule: Series['rule'], what: 'rollback' | 'promote') => {
    const cells = MIGRATIONS.flatMap((one, i) => one.kind === kind ? [of(i, rule)[what]] : []);
    return Number((cells.reduce((sum, cell) => sum + cell, 0) / cells.length).toFixed(6));
  };
  const errors = (rule: Series['rule']) => ({ falseRollback: mean('good', rule, 'rollback'), falsePromotion: mean('bad', rule, 'promote') });
  const silent = MIGRATIONS.findIndex((one) => one.kind === 'silent');
  const result = {
    ...errors('ours'),
    decideMinutes: of(MIGRATIONS.findIndex((one) => one.name === '50 % errors'), 'ours').median,
    certifyRequests: of(MIGRATIONS.findIndex((one) => one.name === '1,000 req/min'), 'ours').certifyRequests,
    verdictsWithoutData: of(silent, 'ours').rollback + of(silent, 'ours').promote,
    migrations: MIGRATIONS.length,
    seeds,
    baselines: Object.fromEntries(RULES.slice(1).map((rule) => [rule, errors(rule)])),
  };
  const missed = Object.entries(GOALS).filter(([name, goal]) => result[name as keyof typeof GOALS] > goal).map(([name, goal]) => `${name} above ${goal}`);
  if (result.verdictsWithoutData > 0) missed.push('a verdict without data');
  if (missed.length > 0) {
    console.log(`\nnot reached: ${missed.join(', ')}`);
    process.exitCode = 1;
  }
  console.log(JSON.stringify(result));
}

/** Each task in a process of its own kind, as many at once as there are cores; the longest first, so that none is waited for at the end. */
function measure(tasks: readonly Task[]): Promise<Series[]> {
  const left = [...tasks].sort((a, b) => cost(b) - cost(a));
  const done: Series[] = [];
  return new Promise((resolve, reject) => {
    for (let i = 0; i < Math.min(availableParallelism(), tasks.length); i++) {
      const child = fork(__filename, [], { execArgv: process.execArgv });
      const next = () => {
        const task = left.shift();
        if (task === undefined) child.kill(); else child.send(task);
      };
      child.on('message', (one: Series) => {
        done.push(one);
        if (done.length === tasks.length) resolve(done);
        next();
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code !== null && code !== 0) reject(new Error(`a process of the benchmark ended with code ${code}`));
      });
      next();
    }
  });
}

const cost = ({ migration, rule }: Task) => (rule === 'ours' ? 10 : 1) * (MIGRATIONS[migration].kind === 'edge' ? 10 : MIGRATIONS[migration].requestsPerMinute(0) <= 100 ? 6 : 1);

function print(of: (migration: number, rule: Series['rule']) => Series, seeds: number): void {
  const percent = (share: number) => (100 * share).toFixed(1);
  const widths = [68, 26, 18, 18, 18];
  const line = (cells: readonly string[]) => console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[i])).join(''));
  console.log(`${seeds} seeds; rolled back % / promoted %, for the judge also minutes to the decision, median / 90 %\n`);
  for (const kind of ['good', 'edge', 'bad', 'silent'] as const) {
    line([kind, ...RULES]);
    MIGRATIONS.forEach((one, i) => {
      if (one.kind !== kind) return;
      line([`  ${one.name}`, ...RULES.map((rule) => {
        const { rollback, promote, median, p90 } = of(i, rule);
        return `${percent(rollback)} / ${percent(promote)}${rule === 'ours' ? `${`${median} / ${p90}`.padStart(13)}` : ''}`;
      })]);
    });
  }
}

if (process.send !== undefined) {
  process.on('message', ({ migration, rule, seeds }: Task) => process.send!(series(migration, rule, seeds)));
} else {
  void main();
}
