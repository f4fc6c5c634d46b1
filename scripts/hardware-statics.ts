/** Renders the statics of `AcceleratorInstance` and `ProcessingInstance` from the rows of the catalogues; pure. */

/** What a doc line says of an instance type. */
export interface StaticFacts {
  readonly name: string;
  readonly acceleratorName: string;
  readonly memoryGiB: number;
  readonly neuronCores?: number;
  readonly logicalNeuronCores?: number;
  readonly count: number;
  readonly vcpu: number;
  readonly hostMemoryGiB: number;
  readonly uses: readonly string[];
  readonly onDemand: boolean;
}

export const BEGIN = '  // <catalogue> written by scripts/generate-hardware.ts';
export const END = '  // </catalogue>';

/** `ml.p6-b200.48xlarge` becomes `P6_B200_48XLARGE`. */
export function constantName(name: string): string {
  return name.replace(/^ml\./, '').replace(/[.-]/g, '_').toUpperCase();
}

/** The key facts in one line. */
export function docLine(facts: StaticFacts): string {
  const { neuronCores, logicalNeuronCores } = facts;
  const memory = Math.round(facts.memoryGiB * facts.count * 100) / 100;
  const cores = neuronCores === undefined ? ''
    : neuronCores === logicalNeuronCores ? `, ${neuronCores * facts.count} NeuronCores`
      : `, ${neuronCores * facts.count} NeuronCores (${(logicalNeuronCores ?? 0) * facts.count} logical)`;
  const sold = facts.onDemand ? '' : '; Capacity Blocks or training plan only';
  return `${facts.count} x ${facts.acceleratorName}, ${memory} GiB${cores}; ${facts.vcpu} vCPU, ${facts.hostMemoryGiB} GiB host memory; ${facts.uses.join(', ')}${sold}.`;
}

export function renderStatics(all: readonly StaticFacts[]): string {
  return all
    .map((facts) => `  /** ${docLine(facts)} */\n  public static readonly ${constantName(facts.name)} = AcceleratorInstance.of('${facts.name}');\n`)
    .join('');
}

/** What a row of `data/processing-instances.json` says of an instance type. */
export interface ProcessingFacts {
  readonly name: string;
  readonly vcpu: number;
  readonly memoryGiB: number;
}

export function renderProcessingStatics(all: readonly ProcessingFacts[]): string {
  return all
    .map(({ name, vcpu, memoryGiB }) => `  /** ${vcpu} vCPU, ${memoryGiB} GiB memory. */\n  public static readonly ${constantName(name)} = ProcessingInstance.of('${name}');\n`)
    .join('');
}

/** Puts the statics between the two marks of the source text. */
export function replaceStatics(source: string, statics: string): string {
  const begin = source.indexOf(BEGIN);
  const end = source.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the marks "${BEGIN.trim()}" and "${END.trim()}" are not in the file`);
  return `${source.slice(0, begin + BEGIN.length)}\n${statics}${source.slice(end)}`;
}
