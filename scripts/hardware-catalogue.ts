/** Brings the rows of the catalogue up to the API's enumerations and to DescribeInstanceTypes; pure. */

export interface Row {
  readonly name: string;
  readonly accelerator: string;
  readonly uses: readonly string[];
  readonly [key: string]: unknown;
}

/** Use -> names that the API accepts for it. */
export type Enumerations = Readonly<Record<string, readonly string[]>>;

/** Families that the catalogue leaves out on purpose: K80 and Gaudi. */
export const LEFT_OUT = ['p2', 'dl1'];

const ACCELERATED = /^(g\d|gr\d|p\d|inf\d|trn\d|dl\d)/;

/** `ml.p6-b200.48xlarge` -> `p6-b200`. */
export const familyOf = (name: string) => name.split('.')[1];

/** Every name of the enumerations that belongs in the catalogue. */
export function namesInScope(enumerations: Enumerations): string[] {
  return [...new Set(Object.values(enumerations).flat())]
    .filter((name) => name.startsWith('ml.') && ACCELERATED.test(familyOf(name)) && !LEFT_OUT.includes(familyOf(name)))
    .sort();
}

/** Rows with the uses that the enumerations list, in the order of the enumerations. */
export function withUses(rows: readonly Row[], enumerations: Enumerations): Row[] {
  return rows.map((row) => ({ ...row, uses: Object.keys(enumerations).filter((use) => enumerations[use].includes(row.name)) }));
}

/** Families of types without accelerators that a compile may run on: x86, no local disks, not burstable. */
export const PROCESSING_FAMILIES = ['m5', 'r5', 'c5', 'm6i', 'r6i', 'c6i', 'm7i', 'r7i', 'c7i'];

/** GiB per vCPU, by the letter of the family. */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8 };

/** What has to be right of the types for processing jobs: their names are the API's, and memory goes with vCPUs. */
export function judgeProcessing(rows: readonly { readonly name: string; readonly vcpu: number; readonly memoryGiB: number }[], names: readonly string[]): string[] {
  const listed = rows.map(({ name }) => name);
  return [
    ...names.filter((name) => PROCESSING_FAMILIES.includes(familyOf(name)) && !listed.includes(name)).map((name) => `${name}: in the enumeration, not in the catalogue; add a row with its facts`),
    ...listed.filter((name) => !names.includes(name)).map((name) => `${name}: not in the enumeration`),
    ...listed.filter((name, i) => listed.indexOf(name) !== i).map((name) => `${name}: two rows`),
    ...rows.filter(({ name, vcpu, memoryGiB }) => !(vcpu > 0) || memoryGiB !== vcpu * GIB_PER_VCPU[familyOf(name)[0]])
      .map(({ name, vcpu, memoryGiB }) => `${name}: ${memoryGiB} GiB for ${vcpu} vCPU`),
  ];
}

/** The part of an element of DescribeInstanceTypes that a row needs. */
export interface Described {
  readonly InstanceType: string;
  readonly VCpuInfo: { readonly DefaultVCpus: number };
  readonly MemoryInfo: { readonly SizeInMiB: number };
  readonly InstanceStorageInfo?: { readonly TotalSizeInGB: number };
  readonly GpuInfo?: { readonly Gpus: readonly { readonly Count: number; readonly MemoryInfo: { readonly SizeInMiB: number } }[] };
  readonly NeuronInfo?: { readonly NeuronDevices: readonly { readonly Count: number; readonly MemoryInfo?: { readonly SizeInMiB: number } }[] };
  readonly NetworkInfo: {
    readonly EfaSupported?: boolean;
    readonly EfaInfo?: { readonly MaximumEfaInterfaces: number };
    readonly NetworkCards?: readonly { readonly PeakBandwidthInGbps?: number; readonly BaselineBandwidthInGbps?: number }[];
  };
}

/** Shape of a type; the network rate of several cards is their sum (the API gives the rate of each). */
export function shapeOf(type: Described): Record<string, unknown> {
  const sum = (values: readonly (number | undefined)[]) => values.some((value) => value === undefined) ? undefined : values.reduce<number>((a, b) => a + (b ?? 0), 0);
  const cards = type.NetworkInfo.NetworkCards ?? [];
  const peak = cards.length > 0 ? sum(cards.map((card) => card.PeakBandwidthInGbps)) : undefined;
  const baseline = cards.length > 0 ? sum(cards.map((card) => card.BaselineBandwidthInGbps)) : undefined;
  const efa = type.NetworkInfo.EfaSupported === true;
  return {
    count: [...type.GpuInfo?.Gpus ?? [], ...type.NeuronInfo?.NeuronDevices ?? []].reduce((n, device) => n + device.Count, 0),
    vcpu: type.VCpuInfo.DefaultVCpus,
    hostMemoryGiB: type.MemoryInfo.SizeInMiB / 1024,
    networkGbps: peak,
    networkBaselineGbps: baseline === peak ? undefined : baseline,
    efa: efa || undefined,
    efaInterfaces: efa ? type.NetworkInfo.EfaInfo?.MaximumEfaInterfaces : undefined,
    localNvmeGB: type.InstanceStorageInfo?.TotalSizeInGB ?? 0,
  };
}

/** Rows with the shapes of a dump; the order of a row's members stays. A type that the dump lacks keeps its row. */
export function withShapes(rows: readonly Row[], dump: readonly Described[], asOf: string): Row[] {
  const byName = new Map(dump.map((type) => [`ml.${type.InstanceType}`, type]));
  return rows.map((row) => {
    const described = byName.get(row.name);
    if (!described) return row;
    const { interconnect } = row.source as Record<string, string | undefined>;
    return { ...row, ...shapeOf(described), source: { shape: 'describe-instance-types', interconnect }, asOf };
  });
}

/** The explanations that a row still refers to; the enumerations are behind every row. */
export function usedSources<T>(rows: readonly Row[], sources: Readonly<Record<string, T>>): Record<string, T> {
  const used = new Set(['sdk-enums', ...rows.flatMap((row) => Object.values(row.source as object))]);
  return Object.fromEntries(Object.entries(sources).filter(([key]) => used.has(key)));
}

/** What has to be right before the file is replaced. */
export function judgeCatalogue(before: readonly Row[], after: readonly Row[], enumerations: Enumerations): { errors: string[]; questions: string[] } {
  const errors: string[] = [];
  const questions: string[] = [];
  const names = after.map((row) => row.name);
  const scope = namesInScope(enumerations);
  errors.push(...scope.filter((name) => !names.includes(name)).map((name) => `${name}: in the enumerations, not in the catalogue; add a row with its facts, or its family to LEFT_OUT`));
  errors.push(...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${name}: two rows`));
  for (const row of after) {
    if (row.uses.length === 0) questions.push(`${row.name}: no longer in any enumeration`);
    for (const member of ['count', 'vcpu', 'hostMemoryGiB']) {
      if (!(Number(row[member]) > 0)) errors.push(`${row.name}: ${member} is ${row[member]}`);
    }
    const old = before.find((candidate) => candidate.name === row.name);
    for (const member of old ? ['count', 'vcpu', 'hostMemoryGiB', 'localNvmeGB', 'networkGbps', 'efaInterfaces'] : []) {
      if (old![member] !== row[member]) questions.push(`${row.name}: ${member} ${old![member]} -> ${row[member]}`);
    }
  }
  return { errors, questions };
}
