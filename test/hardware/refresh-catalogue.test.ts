import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import dump from './fixtures/describe-instance-types.json';
import { catalogueFacts, processingFacts } from '../../scripts/generate-hardware';
import { judgeCatalogue, judgeProcessing, namesInScope, shapeOf, usedSources, withShapes, withUses, type Described, type Row } from '../../scripts/hardware-catalogue';
import { oneLine, renderRows, replaceFile } from '../../scripts/hardware-files';
import { BEGIN, constantName, docLine, END, renderProcessingStatics, renderStatics, replaceStatics } from '../../scripts/hardware-statics';
import data from '../../src/hardware/data/instances.json';

const rows = data.instances as unknown as Row[];
const types = dump.InstanceTypes as unknown as Described[];
const enumerations = Object.fromEntries(['hosting', 'training', 'processing', 'transform', 'hyperpod']
  .map((use) => [use, rows.filter((row) => row.uses.includes(use)).map(({ name }) => name)]));

describe('names in scope', () => {
  test('are the accelerated families, without those left out on purpose', () => {
    expect(namesInScope({ a: ['ml.g5.xlarge', 'ml.m5.large', 'ml.p2.xlarge', 'ml.dl1.24xlarge', 'ml.c6gn.large', 'ml.geospatial.interactive'], b: ['ml.p6-b200.48xlarge', 'ml.g5.xlarge', 'system'] }))
      .toEqual(['ml.g5.xlarge', 'ml.p6-b200.48xlarge']);
  });
});

describe('uses', () => {
  test('come from the enumerations, in their order', () => {
    const [row] = withUses(rows.filter(({ name }) => name === 'ml.inf2.xlarge'), { hosting: ['ml.inf2.xlarge'], training: [], transform: ['ml.inf2.xlarge'] });
    expect(row.uses).toEqual(['hosting', 'transform']);
  });

  test('a run that finds nothing new changes nothing', () => {
    expect(withUses(rows, enumerations)).toEqual(rows);
    expect(judgeCatalogue(rows, rows, enumerations)).toEqual({ errors: [], questions: [] });
  });
});

describe('shapes of DescribeInstanceTypes', () => {
  test('network is the sum over the cards', () => {
    expect(shapeOf(types[1])).toEqual({
      count: 8, vcpu: 192, hostMemoryGiB: 2048, networkGbps: 3200, networkBaselineGbps: undefined, efa: true, efaInterfaces: 32, localNvmeGB: 30400,
    });
  });

  test('a burst size keeps its sustained rate; no storage is 0', () => {
    expect(shapeOf(types[0])).toMatchObject({ count: 1, networkGbps: 10, networkBaselineGbps: 2.5, efa: undefined, localNvmeGB: 250 });
    expect(shapeOf(types[2])).toMatchObject({ count: 12, localNvmeGB: 0, efaInterfaces: undefined });
  });

  test('a network of unknown rate is unknown, not 0', () => {
    expect(shapeOf({ ...types[0], NetworkInfo: {} })).toMatchObject({ networkGbps: undefined, networkBaselineGbps: undefined });
    expect(shapeOf({ ...types[0], NetworkInfo: { NetworkCards: [{ PeakBandwidthInGbps: 10 }, {}] } }).networkGbps).toBeUndefined();
  });

  test('agree with the catalogue as it is', () => {
    const after = withShapes(rows, types, '2026-12-01');
    expect(judgeCatalogue(rows, after, enumerations)).toEqual({ errors: [], questions: [] });
    const row = after.find(({ name }) => name === 'ml.p5.48xlarge')!;
    expect(row).toMatchObject({ asOf: '2026-12-01', source: { shape: 'describe-instance-types', interconnect: 'aiconfigurator' } });
    expect(after.filter(({ asOf }) => asOf === '2026-12-01')).toHaveLength(3);
    expect(JSON.parse(renderRows({ instances: [row] })).instances[0]).toMatchObject({ interconnect: 'NVSwitch', efa: true });
  });
});

test('explanations that no row refers to are dropped', () => {
  const row = { name: 'ml.x.large', accelerator: 'a', uses: [], source: { shape: 'one', network: 'two' } };
  expect(usedSources([row], { 'sdk-enums': 0, 'one': 1, 'two': 2, 'three': 3 })).toEqual({ 'sdk-enums': 0, 'one': 1, 'two': 2 });
  expect(usedSources(rows, data.sources)).toEqual(data.sources);
});

describe('judgeCatalogue', () => {
  const changed = (name: string, change: object) => rows.map((row) => row.name === name ? { ...row, ...change } : row);

  test('refuses while the API has a type that the catalogue lacks', () => {
    expect(judgeCatalogue(rows, rows, { ...enumerations, training: ['ml.g9.xlarge'] }).errors)
      .toEqual(['ml.g9.xlarge: in the enumerations, not in the catalogue; add a row with its facts, or its family to LEFT_OUT']);
  });

  test('refuses two rows of a name and impossible shapes', () => {
    expect(judgeCatalogue(rows, [...rows, rows[0]], enumerations).errors).toEqual(['ml.g4dn.xlarge: two rows']);
    expect(judgeCatalogue(rows, changed('ml.g5.xlarge', { count: 0, vcpu: undefined }), enumerations).errors)
      .toEqual(['ml.g5.xlarge: count is 0', 'ml.g5.xlarge: vcpu is undefined']);
  });

  test('asks about changes and about types that went away', () => {
    expect(judgeCatalogue(rows, changed('ml.g5.xlarge', { vcpu: 8 }), enumerations).questions).toEqual(['ml.g5.xlarge: vcpu 4 -> 8']);
    expect(judgeCatalogue(rows, changed('ml.p3.2xlarge', { uses: [] }), enumerations).questions).toEqual(['ml.p3.2xlarge: no longer in any enumeration']);
  });
});

describe('judgeProcessing', () => {
  const processing = processingFacts();
  const names = processing.map(({ name }) => name);
  const changed = (name: string, change: object) => processing.map((row) => row.name === name ? { ...row, ...change } : row);

  test('has nothing to say about the catalogue as it is', () => {
    expect(judgeProcessing(processing, names)).toEqual([]);
  });

  test('leaves other families alone: local disks, burstable, Arm, accelerators', () => {
    expect(judgeProcessing(processing, [...names, 'ml.m5d.large', 'ml.t3.large', 'ml.m6g.large', 'ml.g5.xlarge', 'ml.c5n.xlarge'])).toEqual([]);
  });

  test('names that only one of the two has, and two rows of a name', () => {
    expect(judgeProcessing(processing, [...names, 'ml.m7i.metal'])).toEqual(['ml.m7i.metal: in the enumeration, not in the catalogue; add a row with its facts']);
    expect(judgeProcessing(processing, names.slice(1))).toEqual(['ml.m5.large: not in the enumeration']);
    expect(judgeProcessing([...processing, processing[0]], names)).toEqual(['ml.m5.large: two rows']);
  });

  test.each<[string, object, string]>([
    ['ml.m5.large', { memoryGiB: 16 }, 'ml.m5.large: 16 GiB for 2 vCPU'],
    ['ml.c7i.large', { memoryGiB: 8 }, 'ml.c7i.large: 8 GiB for 2 vCPU'],
    ['ml.r5.large', { memoryGiB: undefined }, 'ml.r5.large: undefined GiB for 2 vCPU'],
    ['ml.r5.large', { vcpu: 0, memoryGiB: 0 }, 'ml.r5.large: 0 GiB for 0 vCPU'],
  ])('memory of %s that does not go with its vCPUs: %j', (name, change, expected) => {
    expect(judgeProcessing(changed(name, change), names)).toEqual([expected]);
  });
});

describe('statics', () => {
  test.each([['ml.inf2.xlarge', 'INF2_XLARGE'], ['ml.p6-b200.48xlarge', 'P6_B200_48XLARGE'], ['ml.p6e-gb200.36xlarge', 'P6E_GB200_36XLARGE']])('%s is %s', (name, constant) => {
    expect(constantName(name)).toBe(constant);
  });

  const facts = { name: 'ml.trn2.48xlarge', acceleratorName: 'Trainium2', memoryGiB: 96, count: 16, vcpu: 192, hostMemoryGiB: 2048, uses: ['hosting', 'training'] };

  test('the doc line has the key facts', () => {
    expect(docLine({ ...facts, neuronCores: 8, logicalNeuronCores: 4, onDemand: false }))
      .toBe('16 x Trainium2, 1536 GiB, 128 NeuronCores (64 logical); 192 vCPU, 2048 GiB host memory; hosting, training; Capacity Blocks or training plan only.');
    expect(docLine({ ...facts, acceleratorName: 'A10G', memoryGiB: 22.35, count: 4, onDemand: true })).toBe('4 x A10G, 89.4 GiB; 192 vCPU, 2048 GiB host memory; hosting, training.');
  });

  test('the source has what the generator writes', () => {
    const source = readFileSync(join(__dirname, '../../src/hardware/accelerator-instance.ts'), 'utf8');
    // when this fails: npx tsx scripts/generate-hardware.ts
    expect(source.slice(source.indexOf(BEGIN), source.indexOf(END))).toBe(`${BEGIN}\n${renderStatics(catalogueFacts())}`);
    expect(replaceStatics(source, renderStatics(catalogueFacts()))).toBe(source);
  });

  test('a doc line without accelerators', () => {
    expect(renderProcessingStatics([{ name: 'ml.r7i.48xlarge', vcpu: 192, memoryGiB: 1536 }]))
      .toBe("  /** 192 vCPU, 1536 GiB memory. */\n  public static readonly R7I_48XLARGE = ProcessingInstance.of('ml.r7i.48xlarge');\n");
  });

  test('the source of ProcessingInstance has what the generator writes', () => {
    const source = readFileSync(join(__dirname, '../../src/hardware/processing-instance.ts'), 'utf8');
    // when this fails: npx tsx scripts/generate-hardware.ts
    expect(replaceStatics(source, renderProcessingStatics(processingFacts()))).toBe(source);
  });

  test('fails for a file without marks', () => {
    expect(() => replaceStatics('class X {}', '')).toThrow(/^the marks ".*" and ".*" are not in the file$/);
    expect(() => replaceStatics(`${END}\n${BEGIN}`, '')).toThrow(/^the marks/);
  });
});

describe('files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rows-'));
  const path = join(directory, 'rows.json');
  afterAll(() => rmSync(directory, { recursive: true }));

  test('one line leaves out what is undefined and keeps null and 0', () => {
    expect(oneLine({ a: undefined, b: null, c: [0, 'x'], d: {} })).toBe('{"b": null, "c": [0, "x"], "d": {}}');
  });

  test('a file is replaced whole', () => {
    replaceFile(path, '{"a": 1}\n');
    expect(readFileSync(path, 'utf8')).toBe('{"a": 1}\n');
    expect(readdirSync(directory)).toEqual(['rows.json']);
  });

  test('what is not JSON replaces nothing', () => {
    writeFileSync(path, '{}');
    expect(() => replaceFile(path, '{"a":')).toThrow(SyntaxError);
    expect(readFileSync(path, 'utf8')).toBe('{}');
    expect(readdirSync(directory)).toEqual(['rows.json']);
  });
});
