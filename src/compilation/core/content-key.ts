import { createHash } from 'node:crypto';

/** A value whose spelling in JSON can be made canonical. */
export type Canonical = string | number | boolean | null | readonly Canonical[] | { readonly [key: string]: Canonical | undefined };

/**
 * JSON with one spelling for equal values: members sorted by code unit, those without a value left out, text in Unicode
 * form NFC, -0 as 0. What JSON cannot say (NaN, infinities) is refused: it would come out as `null` and hide a difference.
 */
export function canonicalJson(value: Canonical): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${value} has no spelling in JSON`);
  if (typeof value === 'string') return JSON.stringify(value.normalize('NFC'));
  if (value === null || typeof value !== 'object') return JSON.stringify(value === 0 ? 0 : value);
  if (Array.isArray(value)) return `[${(value as readonly Canonical[]).map(canonicalJson).join(',')}]`;
  const members = Object.entries(value as { readonly [key: string]: Canonical | undefined })
    .filter((entry): entry is [string, Canonical] => entry[1] !== undefined)
    .map(([key, member]) => [key.normalize('NFC'), member] as const)
    .sort(([a], [b]) => a < b ? -1 : 1);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/**
 * Everything that changes a compiled artefact, and nothing else: not the machine it is compiled on, not where it is stored,
 * not how long somebody waits for it.
 */
export interface KeyInputs {
  /** What names the bytes of the source. */
  readonly source: string;
  readonly kind: string;
  readonly task?: string;
  readonly shapes: Readonly<Record<string, number>>;
  readonly autoCast: string;
  readonly autoCastType?: string;
  readonly optimizationLevel?: number;
  readonly tensorParallelDegree: number;
  readonly target: string;
  /** Neuron SDK, when it is known. */
  readonly sdk?: string;
  /** The image that compiles. */
  readonly image: string;
  /** How the artefact is laid out: it follows the serving image. */
  readonly layout: string;
  /** Sorted: the compiler reads each flag by its name. */
  readonly flags?: readonly string[];
  readonly customOperators?: string;
  readonly script?: string;
  readonly maxCpuOperators: number;
  readonly trustRemoteCode: boolean;
  /** Version of the compile script of this library. */
  readonly scriptVersion: number;
}

/** Length of a key: 128 bits, enough that two different inputs never meet. */
export const KEY_LENGTH = 32;

/** The key of an artefact: equal inputs give equal keys, in whatever order they were written. */
export function contentKey(inputs: KeyInputs): string {
  return createHash('sha256').update(canonicalJson({ ...inputs })).digest('hex').slice(0, KEY_LENGTH);
}

/** Flags in one order: the compiler reads each by its name, and none is there twice. */
export function canonicalFlags(flags: readonly string[] = []): string[] {
  return [...flags].sort();
}
