import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What people are sent to is there: every link of an alarm, every event, every command. */
const ROOT = join(__dirname, '..', '..');
const SOURCE = join(ROOT, 'src', 'migration');
const text = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8');
const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'));
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => readFileSync(join(SOURCE, path), 'utf8')).join('\n');
const types = readFileSync(join(SOURCE, 'core', 'controller', 'types.ts'), 'utf8');
const union = (name: string) => [...new RegExp(`export type ${name} =([^;]+);`).exec(types)![1].matchAll(/'(\w+)'/g)].map(([, member]) => member);

const section = (heading: string) => text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`))!;

test('every entry that the sources link is there', () => {
  const linked = [...sources.matchAll(/runbookUrl\('([\w-]+)'\)/g)].map(([, entry]) => entry);
  expect(linked).toEqual(expect.arrayContaining(['needs-attention', 'fallback', 'watchdog-errors', 'watchdog-latency']));
  expect(linked.filter((entry) => !anchors.includes(entry))).toEqual([]);
});

test('its own links lead somewhere, and no two headings are alike', () => {
  const links = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  expect(anchors).toEqual([...new Set(anchors)]);
});

test('every command is explained, and no other', () => {
  const explained = [...section('Commands').matchAll(/^\| `(\w+)` \|/gm)].map(([, command]) => command);
  expect([...explained].sort()).toEqual([...union('CommandName')].sort());
});

test('every event that people are told of has an entry', () => {
  const told = union('EventName').filter((name) => new RegExp(`event\\('${name}'|name: '${name}'`).test(sources));
  // Progress, and answers to a command just given.
  const plain = ['MigrationStarted', 'StepStarted', 'StepPassed', 'GatePassed', 'Resumed', 'MigrationEnded'];
  expect(told.length).toBeGreaterThan(15);
  expect(told.filter((name) => !plain.includes(name) && !text.includes(`\`${name}\``))).toEqual([]);
});

test('every reason to hold is explained, and no other', () => {
  // Of reasons like `gate:<id>` what is before the colon. Of commands' help and the judge nothing is a reason.
  const controller = readdirSync(join(SOURCE, 'core', 'controller'), { encoding: 'utf8' }).map((path) => readFileSync(join(SOURCE, 'core', 'controller', path), 'utf8')).join('\n');
  const given = [...controller.matchAll(/\bkey: (?:late \? )?['`](\w+)(:)?/g)].map(([, key, more]) => `${key}${more === undefined ? '' : ':...'}`);
  const explained = [...section('Holding').matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, keys]) => [...keys.matchAll(/`([^`]+)`/g)].map(([, key]) => key)).filter((key) => key !== 'reason');
  expect(given.length).toBeGreaterThan(20);
  expect([...new Set([...given, 'silent'])].sort()).toEqual([...explained].sort());
});

test('the watchdog\'s events have one too', () => {
  const told = [...readFileSync(join(SOURCE, 'watchdog-parts.ts'), 'utf8').matchAll(/^ {2}\w+: '(\w+)',$/gm)].map(([, name]) => name);
  expect(told).toHaveLength(4);
  expect(told.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});
