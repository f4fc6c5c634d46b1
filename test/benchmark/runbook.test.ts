import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENTS } from '../../src/benchmark/contract';

/** What people are sent to by alarms and gates of benchmarks is there. */
const ROOT = join(__dirname, '..', '..');
const SOURCE = join(ROOT, 'src', 'benchmark');
const text = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8');
const anchorOf = (heading: string) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-');
const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading));
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => readFileSync(join(SOURCE, path), 'utf8')).join('\n');

const ENTRIES = ['ai-benchmark-run-failed', 'benchmark-throughput', 'benchmark-cost', 'benchmark-latency', 'benchmark-errors', 'benchmark-failed', 'benchmark-run-failed', 'parity-failed', 'parity-run-failed', 'unmeasured-version', 'idle-neuron-cores'];
const chapter = text.split(/^## /m).find((one) => one.startsWith('Benchmarks\n'))!;
const entries = new Map(chapter.split(/^### /m).slice(1).map((one) => [anchorOf(one.split('\n')[0]), one]));

test('every entry that the sources link is there', () => {
  const linked = [...sources.matchAll(/runbookUrl\('([\w-]+)'\)/g)].map(([, entry]) => entry);
  // Those of a variant's alarms are handed on before they become a link.
  const named = [...sources.matchAll(/'(benchmark-\w+)'\)?,$/gm)].map(([, entry]) => entry);
  expect([...new Set(named)].sort()).toEqual(['benchmark-cost', 'benchmark-errors', 'benchmark-failed', 'benchmark-latency', 'benchmark-throughput']);
  const handed = [...sources.matchAll(/runbookEntry: '([\w-]+)'/g)].map(([, entry]) => entry);
  expect(handed.sort()).toEqual(['ai-benchmark-run-failed', 'benchmark-run-failed', 'parity-run-failed']);
  expect(linked).toEqual(expect.arrayContaining(['unmeasured-version', 'idle-neuron-cores']));
  expect([...linked, ...named, ...handed].filter((entry) => !anchors.includes(entry))).toEqual([]);
});

test('the chapter has these entries, and no other', () => {
  expect([...entries.keys()].sort()).toEqual([...ENTRIES].sort());
});

test.each(ENTRIES)('%s says what it means, what to look at, what to do and how it ends', (entry) => {
  expect([...entries.get(entry)!.matchAll(/^- \*\*(.+?):\*\*/gm)].map(([, part]) => part)).toEqual(['Means', 'Look at', 'Do', 'Ends']);
});

test('events that tell of something bad are named', () => {
  for (const event of [EVENTS.regressed, EVENTS.failed, EVENTS.parity]) expect(chapter).toContain(`\`${event}\``);
});

test('members of a record that are named are members', () => {
  const types = readFileSync(join(SOURCE, 'core', 'types.ts'), 'utf8');
  const named = [...chapter.matchAll(/`((?:errors|cost|version)\.\w+|serviceTime|maxMs|paceRequestsPerSecond)`/g)].map(([, path]) => path.split('.').at(-1)!);
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((member) => !new RegExp(`\\b${member}\\??:`).test(types))).toEqual([]);
});
