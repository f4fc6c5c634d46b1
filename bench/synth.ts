/**
 * Measures what this library costs against plain CDK, as `npm run bench:synth`:
 *
 *   synth     1, 10 and 100 two-variant endpoints, written with this library and with L1s
 *   import    `require('cdk-accelerators')` against `require('aws-cdk-lib')`, alone and as an app uses them
 *   package   size of the tarball npm would publish
 *   migration resources of an endpoint with two variants, migration and watchdog: of the first in a stack, and of each further one
 *
 * Every measurement is a fresh Node process; the two sides take turns. The last line is JSON.
 *
 *   --rounds N     measurements of each kind (default 9)
 *   --sizes 1,10   numbers of endpoints (default 1,10,100)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ts from 'typescript';
import { differences, type Template } from './same-template';

const ROOT = join(__dirname, '..');
/** Below `node_modules`, so that the compiled workers find `aws-cdk-lib` as any app does. */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'bench');
const SIDES = ['library', 'l1'] as const;
/** Total is from the first `require` to the end of `app.synth()`. CPU time, of all threads, suffers less from a busy machine. */
const COLUMNS = ['ms', 'cpuMs', 'importMs', 'constructMs', 'synthMs', 'rssMB'];
const GOALS = { ratio100: 1.1, growth: 1.1, importFactor: 1.05, importPlusMs: 40, packedBytes: 1_000_000, firstResources: 45, furtherResources: 25 };

type Side = typeof SIDES[number];
type Sample = Record<string, number>;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, sizes: { type: 'string', default: '1,10,100' } } });
const rounds = Number(values.rounds);
const sizes = values.sizes!.split(',').map(Number);

const median = (samples: number[]) => {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const medianOf = (samples: Sample[], key: string) => median(samples.map((sample) => sample[key]));
const round = (value: number, digits = 1) => Number(value.toFixed(digits));
const row = (...cells: (string | number)[]) => console.log(cells.map((cell, i) => i === 0 ? String(cell).padEnd(42) : String(cell).padStart(11)).join(''));

/** Compiles the workers to plain JavaScript: a loader in the process would be measured with it. */
function compileWorkers(): void {
  if (!existsSync(join(ROOT, 'lib', 'index.js'))) throw new Error('lib/index.js is not there: run "npx projen compile" first');
  rmSync(COMPILED, { recursive: true, force: true });
  mkdirSync(join(COMPILED, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(COMPILED, 'node_modules', 'cdk-accelerators'));
  for (const name of ['worker', 'with-library', 'with-l1', 'with-migration']) {
    const { outputText } = ts.transpileModule(readFileSync(join(__dirname, `${name}.ts`), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    writeFileSync(join(COMPILED, `${name}.js`), outputText);
  }
}

function run(...args: string[]): Sample {
  const output = execFileSync(process.execPath, [join(COMPILED, 'worker.js'), ...args], {
    encoding: 'utf8',
    // The validator of newer aws-cdk-lib costs seconds in every process and would hide the difference.
    env: { ...process.env, CDK_VALIDATION: 'false', NODE_OPTIONS: '' },
  });
  return JSON.parse(output.trim().split('\n').pop()!);
}

function readTemplates(outdir: string): { templates: Template[]; bytes: number } {
  const texts = readdirSync(outdir).filter((name) => name.endsWith('.template.json')).map((name) => readFileSync(join(outdir, name), 'utf8'));
  return { templates: texts.map((text) => JSON.parse(text)), bytes: texts.reduce((sum, text) => sum + text.length, 0) };
}

/** The comparison is fair only while both sides write the same resources. */
function demandSameTemplate(work: string): void {
  const [library, l1] = SIDES.map((side) => {
    const outdir = join(work, `${side}-same`);
    run(side, '1', outdir);
    return readTemplates(outdir).templates[0];
  });
  const found = differences(library, l1);
  if (found.length > 0) throw new Error(`the two programs no longer write the same endpoint (library -, L1 +); bring bench/with-l1.ts up to date:\n${found.join('\n')}`);
  console.log(`Both sides write the same ${Object.keys(library.Resources).length} resources for each endpoint (logical ids and policy names aside).\n`);
}

function measureSynth(work: string) {
  const samples = new Map<string, Sample[]>();
  const output = new Map<string, { resources: number; bytes: number }>();
  for (let i = 0; i < rounds; i++) {
    for (const size of sizes) {
      // Who goes first changes each round: the second one finds the file cache warmer.
      for (const side of i % 2 === 0 ? SIDES : [...SIDES].reverse()) {
        const outdir = join(work, `${side}-${size}-${i}`);
        const key = `${side} ${size}`;
        samples.set(key, [...samples.get(key) ?? [], run(side, String(size), outdir)]);
        const { templates, bytes } = readTemplates(outdir);
        output.set(key, { bytes, resources: templates.reduce((sum, template) => sum + Object.keys(template.Resources).length, 0) });
        rmSync(outdir, { recursive: true });
      }
    }
  }
  return { samples, output };
}

/** Resources are the same in every run: counted once, for one endpoint in a stack and for two. */
function countMigrationResources(work: string): { firstResources: number; furtherResources: number } {
  const [one, two] = ['1', '2'].map((endpoints) => {
    const outdir = join(work, `migration-${endpoints}`);
    run('migration', endpoints, outdir);
    return Object.keys(readTemplates(outdir).templates[0].Resources).length;
  });
  return { firstResources: one, furtherResources: two - one };
}

function measureImports(): Record<string, Sample[]> {
  const kinds = ['import-lib', 'import-package', 'import-lib-touched', 'import-package-touched'];
  const samples: Record<string, Sample[]> = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let i = 0; i < rounds; i++) {
    for (const kind of i % 2 === 0 ? kinds : [...kinds].reverse()) samples[kind].push(run(kind));
  }
  return samples;
}

function measurePackage(): { packedBytes: number; unpackedBytes: number; files: number } {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  return { packedBytes: packed.size, unpackedBytes: packed.unpackedSize, files: packed.entryCount };
}

function main(): void {
  compileWorkers();
  const work = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  try {
    const lib = JSON.parse(readFileSync(join(ROOT, 'node_modules', 'aws-cdk-lib', 'package.json'), 'utf8')).version;
    console.log(`Node ${process.version}, aws-cdk-lib ${lib}, CDK_VALIDATION=false, medians of ${rounds} fresh processes on each side\n`);
    demandSameTemplate(work);

    const { samples, output } = measureSynth(work);
    const of = (side: Side, size: number, key = 'ms') => medianOf(samples.get(`${side} ${size}`)!, key);
    row('endpoints (two variants each)', 'total ms', 'CPU ms', 'import', 'construct', 'synth', 'peak MB', 'resources', 'bytes');
    for (const size of sizes) {
      for (const side of SIDES) {
        const { resources, bytes } = output.get(`${side} ${size}`)!;
        row(`${size} with ${side === 'l1' ? 'L1s' : 'this library'}`, ...COLUMNS.map((key) => round(of(side, size, key))), resources, bytes);
      }
      row('  ratio', ...COLUMNS.map((key) => round(of('library', size, key) / of('l1', size, key), 3)));
    }
    const [small, large] = [sizes[0], sizes[sizes.length - 1]];
    const middle = sizes[Math.floor((sizes.length - 1) / 2)];
    const perEndpoint = (side: Side, from: number, to: number) => from === to ? of(side, to) / to : (of(side, to) - of(side, from)) / (to - from);
    // Linear growth: an endpoint more costs the same among many as among few.
    console.log(`\nms for one endpoint more, ${middle} to ${large}: library ${round(perEndpoint('library', middle, large), 2)}, L1s ${round(perEndpoint('l1', middle, large), 2)};`
      + ` ${small} to ${middle}: library ${round(perEndpoint('library', small, middle), 2)}, L1s ${round(perEndpoint('l1', small, middle), 2)}\n`);

    const imports = measureImports();
    row('import', 'ms', 'CPU ms', 'RSS MB', 'added MB');
    const LABELS: Record<string, string> = {
      'import-lib': 'aws-cdk-lib, required only',
      'import-package': 'cdk-accelerators, required only',
      'import-lib-touched': 'aws-cdk-lib, App and Stack touched',
      'import-package-touched': 'both, with the classes an app uses touched',
    };
    for (const [kind, label] of Object.entries(LABELS)) row(label, ...['ms', 'cpuMs', 'rssMB', 'addedRssMB'].map((key) => round(medianOf(imports[kind], key))));

    const packed = measurePackage();
    console.log(`\npackage: ${packed.packedBytes} bytes packed, ${packed.unpackedBytes} unpacked, ${packed.files} files\n`);

    const migration = countMigrationResources(work);
    console.log(`endpoint with two variants, migration and watchdog: ${migration.firstResources} resources for the first in a stack, ${migration.furtherResources} for each further one\n`);

    const importMs = medianOf(imports['import-package'], 'ms');
    const libBareImportMs = medianOf(imports['import-lib'], 'ms');
    const libImportMs = medianOf(imports['import-lib-touched'], 'ms');
    const ratios = Object.fromEntries(sizes.map((size) => [`ratio${size}`, round(of('library', size) / of('l1', size), 3)]));
    const summary = {
      ...ratios,
      cpuRatio: round(of('library', large, 'cpuMs') / of('l1', large, 'cpuMs'), 3),
      marginalRatio: round(perEndpoint('library', middle, large) / perEndpoint('l1', middle, large), 3),
      growth: sizes.length > 2 ? round(perEndpoint('library', middle, large) / perEndpoint('library', small, middle), 3) : undefined,
      importMs: round(importMs),
      libImportMs: round(libImportMs),
      libBareImportMs: round(libBareImportMs),
      importTouchedMs: round(medianOf(imports['import-package-touched'], 'ms')),
      importRssMB: round(medianOf(imports['import-package'], 'rssMB')),
      libImportRssMB: round(medianOf(imports['import-lib-touched'], 'rssMB')),
      libBareImportRssMB: round(medianOf(imports['import-lib'], 'rssMB')),
      ...packed,
      ...migration,
      rounds,
      cdkValidation: false,
      awsCdkLib: lib,
      node: process.version,
    };
    const goal = (text: string, met: boolean) => console.log(`${met ? 'met   ' : 'MISSED'} ${text}`);
    if (ratios.ratio100 !== undefined) goal(`total time at 100 endpoints <= ${GOALS.ratio100} x L1s: ${ratios.ratio100}`, ratios.ratio100 <= GOALS.ratio100);
    if (summary.growth !== undefined) goal(`linear growth, one endpoint more costs at most ${GOALS.growth} x what it does among few: ${summary.growth}`, summary.growth <= GOALS.growth);
    const importGoal = (base: number) => GOALS.importFactor * base + GOALS.importPlusMs;
    goal(`import <= 1.05 x aws-cdk-lib with App and Stack touched (libImportMs) + 40 ms = ${round(importGoal(libImportMs))}: ${round(importMs)}`, importMs <= importGoal(libImportMs));
    goal(`import <= 1.05 x aws-cdk-lib required only (libBareImportMs) + 40 ms = ${round(importGoal(libBareImportMs))}: ${round(importMs)}`, importMs <= importGoal(libBareImportMs));
    goal(`package <= ${GOALS.packedBytes} bytes: ${packed.packedBytes}`, packed.packedBytes <= GOALS.packedBytes);
    goal(`resources of the first endpoint with a migration in a stack <= ${GOALS.firstResources}: ${migration.firstResources}`, migration.firstResources <= GOALS.firstResources);
    goal(`resources of each further one <= ${GOALS.furtherResources}: ${migration.furtherResources}`, migration.furtherResources <= GOALS.furtherResources);
    console.log(JSON.stringify(summary));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main();
