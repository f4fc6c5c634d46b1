import * as fc from 'fast-check';
import { checkFlags } from '../../../src/compilation/core/flags';
import { problemText } from '../../../src/private/problems';

const refused = (flags: unknown) => checkFlags(flags as string[] | undefined, (value) => value === 'TOKEN').map(problemText);

test.each([
  undefined, [], ['--enable-fast-loading-neuron-binaries'], ['--model-type=transformer', '--verbose=35'], ['-v'], ['--tensorizer-options=--enable-ccop-compute-overlap'],
  ['--internal_hlo2tensorizer=--x=1'], ['--auto-cast-types=bf16'], ['-Os'], [`--x=${'y'.repeat(236)}`],
])('%j are flags', (flags) => {
  expect(refused(flags)).toEqual([]);
});

test.each([
  'model-type', '--', '-', '', ' --x', '--x y', '--x=', '--x=a b', '--1', '--x\n', '---x', '--x=1\n', `--x=${'y'.repeat(237)}`, 5, null, undefined, ['--x'], { flag: '--x' },
])('%j is no flag', (flag) => {
  expect(refused([flag])).toEqual([
    `\`compiler.flags[0]\`: got ${JSON.stringify(flag)}; allowed: one flag of neuronx-cc with its value behind \`=\`, at most 240 characters; fix: write e.g. "--model-type=transformer"`,
  ]);
});

test.each([
  ['--auto-cast', 'use precision'], ['--auto-cast=all', 'use precision'], ['--auto-cast-type=fp16', 'use precision'], ['--target=trn2', 'use target'],
  ['--optlevel=3', 'use compiler.optimizationLevel'], ['-O', 'use compiler.optimizationLevel'], ['-O1', 'use compiler.optimizationLevel'],
  ['-O2', 'use compiler.optimizationLevel'], ['-O3', 'use compiler.optimizationLevel'],
  ['--framework=XLA', 'leave it out: the exporter sets it'], ['--output=x', 'leave it out: the exporter sets it'], ['--logfile=x', 'leave it out: the log goes to CloudWatch'],
])('%s is set by something else', (flag, fix) => {
  expect(refused([flag])).toEqual([`\`compiler.flags[0]\`: got ${JSON.stringify(flag)}; allowed: flags that no prop stands for; fix: ${fix}`]);
});

test.each([['--x', '"--x"'], [null, 'null'], [5, '5'], [{ 0: '--x' }, '{"0":"--x"}']])('%j is no list', (flags, got) => {
  expect(refused(flags)).toEqual([`\`compiler.flags\`: got ${got}; allowed: a list of flags; fix: put it into a list, e.g. ['--enable-fast-loading-neuron-binaries']`]);
});

test('each flag once, whatever its value', () => {
  expect(refused(['--x=1', '--y', '--x=2'])).toEqual(['`compiler.flags[2]`: got "--x" a second time; allowed: each flag once; fix: remove one of them']);
});

test('a token is refused, and all are reported together', () => {
  expect(refused(['TOKEN', '--ok', 'bad'])).toEqual([
    '`compiler.flags[0]`: got a token (a value known only at deploy time); allowed: a flag known at synth: the key of the artefact is made of it; fix: give a plain value',
    '`compiler.flags[2]`: got "bad"; allowed: one flag of neuronx-cc with its value behind `=`, at most 240 characters; fix: write e.g. "--model-type=transformer"',
  ]);
});

test('what passes is an argument of a job, whole', () => {
  fc.assert(fc.property(fc.string({ maxLength: 260 }), (text) => {
    const flag = `--x=${text}`;
    if (refused([flag]).length > 0) return;
    expect(`--compiler-flag=${flag}`.length).toBeLessThanOrEqual(256);
    expect(flag.split(/\s/)).toEqual([flag]);
  }), { numRuns: 200 });
});
