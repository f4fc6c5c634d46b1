import data from '../data/compile-times.json';

/** How long a compile for Neuron may take, as far as published figures tell. */
export interface CompileTimeInterval {
  /** The shortest time to expect, in minutes. */
  readonly lowMinutes: number;
  /** The longest time to expect, in minutes; not a limit. */
  readonly highMinutes: number;
  /** What the two rest on, in words to be printed beside them. */
  readonly basis: string;
}

interface CompileTime {
  readonly kind: string;
  readonly parametersBillion: number;
  readonly minutes: number[];
  /** Programs that the time covers; 1 when left out. */
  readonly graphs?: number;
}

const ROWS: readonly CompileTime[] = data.rows;

/**
 * How long it takes to compile one model of a kind, for one set of shapes.
 *
 * From the shortest to the longest published figure of the kind, from `data/compile-times.json`:
 *
 * - A time for several sets of shapes counts whole for the upper end and divided by their number for the lower one.
 * - A kind with one figure has no spread of its own: half of it to twice it.
 * - For a model larger than every one of the figures, the upper end grows with its size; for one smaller than every
 *   one, the lower end shrinks with it. The size never makes the interval narrower, for among the figures size
 *   explains little: 70 billion parameters took 5 minutes on 192 vCPUs, 6.7 billion 45 minutes on 32.
 *
 * The figures are of other hosts, releases and shapes than those of your compile: an interval for people who wait,
 * not for a timeout. The start of a job and its downloads are in some of the figures and not in most.
 *
 * @param kind of the model, as in `ModelKind` of the room `compilation`
 * @param parametersBillion size of the model, in billions of parameters; what is no number above 0 is ignored
 * @returns undefined where nothing was published (audio) or the kind is unknown
 */
export function compileTimeInterval(kind: string, parametersBillion?: number): CompileTimeInterval | undefined {
  const rows = ROWS.filter((row) => row.kind === kind);
  if (rows.length === 0) return undefined;
  const sizes = rows.map((row) => row.parametersBillion);
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  const spread = rows.length > 1 ? 1 : 2;
  const size = parametersBillion !== undefined && Number.isFinite(parametersBillion) && parametersBillion > 0 ? parametersBillion : undefined;
  const low = Math.min(...rows.map(({ minutes, graphs }) => minutes[0] / (graphs ?? 1))) / spread * Math.min(1, (size ?? smallest) / smallest);
  const high = Math.max(...rows.map(({ minutes }) => minutes[1])) * spread * Math.max(1, (size ?? largest) / largest);
  return {
    lowMinutes: Math.max(0.1, Math.floor(low * 10 + 1e-9) / 10),
    highMinutes: Math.ceil(high - 1e-9),
    basis: basisText(kind, sizes, size),
  };
}

function basisText(kind: string, sizes: readonly number[], size: number | undefined): string {
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  const figures = sizes.length === 1 ? `the only published figure for ${kind}, halved and doubled` : `${sizes.length} published figures for ${kind}`;
  const range = smallest === largest ? `${smallest}` : `${smallest} to ${largest}`;
  const widened = size === undefined ? ''
    : size > largest ? '; the upper end grown with the size of the model'
      : size < smallest ? '; the lower end shrunk with the size of the model' : '';
  return `${figures} (${range} billion parameters, other hosts and Neuron releases)${widened}`;
}
