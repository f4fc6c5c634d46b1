import * as fc from 'fast-check';
import { compareVersions, FIRST_MINOR, LAST_MINOR, nxdInference, onDriver, parseSdkVersion, xlaInference, xlaTraining, type Support } from '../../../src/hardware/core/neuron-support';
import data from '../../../src/hardware/data/neuron-sdks.json';

const RULES: [string, (minor: number, architecture: string) => Support][] = [['nxdInference', nxdInference], ['xlaInference', xlaInference], ['xlaTraining', xlaTraining]];
const WORSE = ['supported', 'maintenance', 'unsupported'];

test('the range that was read is the range of the data', () => {
  const minors = data.sdks.map(({ version }) => parseSdkVersion(version)![1]);
  expect([Math.min(...minors), Math.max(...minors)]).toEqual([FIRST_MINOR, LAST_MINOR]);
});

describe.each(RULES)('%s', (_, rule) => {
  test.each(['NeuronCore-v2', 'NeuronCore-v3'])('support on %s only ever gets worse', (architecture) => {
    const levels = Array.from({ length: 30 }, (__, i) => WORSE.indexOf(rule(15 + i, architecture).level));
    expect(levels).toEqual([...levels].sort());
    expect(levels).not.toContain(-1);
  });

  test('a newer chip is never served worse', () => {
    for (let minor = 20; minor < 40; minor++) {
      expect(WORSE.indexOf(rule(minor, 'NeuronCore-v3').level)).toBeLessThanOrEqual(WORSE.indexOf(rule(minor, 'NeuronCore-v2').level));
    }
  });

  test('outside the range that was read nothing is documented', () => {
    for (const minor of [1, FIRST_MINOR - 1, LAST_MINOR + 1, 99]) expect(rule(minor, 'NeuronCore-v2').evidence).toBe('inferred');
    expect(rule(FIRST_MINOR, 'NeuronCore-v2').evidence).toBe('documented');
    expect(rule(LAST_MINOR, 'NeuronCore-v2').evidence).toBe('documented');
  });
});

test('a newer driver is never worse for a release', () => {
  const rank = ['unsupported', 'unknown', 'supported'];
  for (let minor = 20; minor < 36; minor++) {
    const levels = ['2.10', '2.19', '2.26.5', '2.27', '2.29'].map((driver) => rank.indexOf(onDriver(minor, driver, '2.29').level));
    expect([minor, levels]).toEqual([minor, [...levels].sort()]);
  }
});

test.each([['2.26.1', [2, 26, 1]], ['2.26', [2, 26, 0]], ['10.0.0', [10, 0, 0]], ['2', undefined], ['2.26.1.0', undefined], ['v2.26', undefined], ['', undefined], ['2.26.1 ', undefined]])(
  'parseSdkVersion(%j)', (text, parts) => {
    expect(parseSdkVersion(text)).toEqual(parts);
  });

test('compareVersions is the order of the numbers, and missing parts are 0', () => {
  expect(compareVersions('2.26', '2.26.0')).toBe(0);
  fc.assert(fc.property(fc.nat(300), fc.nat(300), fc.nat(300), fc.nat(300), (a, b, c, d) => {
    expect(Math.sign(compareVersions(`2.${a}.${b}`, `2.${c}.${d}`))).toBe(Math.sign(a === c ? b - d : a - c));
  }), { numRuns: 60 });
});
