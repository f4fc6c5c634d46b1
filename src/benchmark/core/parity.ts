/**
 * How far apart two answers to the same input are: 0 for answers that are alike. Plain data in, plain data out.
 */

/** How answers are compared. */
export interface MetricConfig {
  readonly kind: 'exactMatch' | 'topLabel' | 'relativeError' | 'cosineSimilarity' | 'lambda';
  /** Where in an answer the value is (JSON Pointer, RFC 6901); the whole answer when left out. */
  readonly path?: string;
  /** Of relative errors: numbers nearer to 0 count as this big. */
  readonly smallest?: number;
  /** Of `lambda`: who compares. */
  readonly functionArn?: string;
}

/** Of one pair of answers: how far apart they are, or why that cannot be said. */
export type Compared = { readonly difference: number; readonly note?: string } | { readonly problem: string };

/** What a body says: JSON, or else its text. */
export function answerOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** What a pointer leads to; undefined when there is nothing. */
export function valueAt(answer: unknown, pointer = ''): unknown {
  if (pointer === '') return answer;
  return pointer.slice(1).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')).reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step) || (Array.isArray(value) && step === 'length')) return undefined;
    return (value as Record<string, unknown>)[step];
  }, answer);
}

/** Compares the answers of both variants to one input. Their order matters to the words of a problem alone. */
export function compareAnswers(metric: MetricConfig, reference: unknown, candidate: unknown): Compared {
  const [a, b] = [reference, candidate].map((answer) => valueAt(answer, metric.path));
  const nowhere = [['reference', a], ['candidate', b]].find(([, value]) => value === undefined);
  if (nowhere !== undefined) return { problem: `${nowhere[0]}: the answer has nothing at ${metric.path}` };
  switch (metric.kind) {
    case 'exactMatch': return { difference: alike(a, b) ? 0 : 1 };
    case 'topLabel': return compareLabels(a, b);
    case 'relativeError': return compareNumbers(a, b, (x, y) => relativeError(x, y, metric.smallest));
    case 'cosineSimilarity': return compareNumbers(a, b, cosineDistance);
    case 'lambda': return { problem: 'a function compares these' };
  }
}

/** Whether an answer is what the golden set expects. */
export function isExpected(metric: MetricConfig, answer: unknown, expected: unknown): boolean {
  const value = valueAt(answer, metric.path);
  if (value === undefined) return false;
  if (metric.kind !== 'topLabel') return alike(value, expected);
  const [given, wanted] = [topLabel(value), topLabel(expected)];
  return given !== undefined && given === wanted;
}

/** Whether two values are the same as JSON: the order of an object's members says nothing. */
export function alike(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && alike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

function compareLabels(a: unknown, b: unknown): Compared {
  const [one, other] = [topLabel(a), topLabel(b)];
  if (one === undefined || other === undefined) return { problem: `${one === undefined ? 'reference' : 'candidate'}: the answer has no label` };
  return one === other ? { difference: 0 } : { difference: 1, note: `${clip(one)} and ${clip(other)}` };
}

/**
 * The label of a classification: a label itself, the highest of a list of `{ label, score }`, the highest of `labels` beside `scores`, or the place of the highest of a list of numbers.
 * A list of one is a batch of one. Undefined when it is none of these.
 */
export function topLabel(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (Array.isArray(value)) return ofList(value);
  if (typeof value !== 'object' || value === null) return undefined;
  const { label, labels, scores } = value as Record<string, unknown>;
  if (Array.isArray(labels) && Array.isArray(scores)) {
    const top = labels.length === scores.length ? highest(scores) : undefined;
    return top === undefined ? undefined : topLabel(labels[top]);
  }
  return typeof label === 'object' ? undefined : topLabel(label);
}

function ofList(list: unknown[]): string | undefined {
  if (list.length === 1) return topLabel(list[0]);
  if (list.every((one) => typeof one === 'number')) return highest(list)?.toString();
  const top = highest(list.map((one) => typeof one === 'object' && one !== null ? (one as { score?: unknown }).score : undefined));
  return top === undefined ? undefined : topLabel(list[top]);
}

/** Place of the highest number, the first of several; undefined when not all are numbers. */
function highest(numbers: unknown[]): number | undefined {
  if (numbers.length === 0 || !numbers.every(Number.isFinite)) return undefined;
  return (numbers as number[]).reduce((best, one, i, all) => one > all[best] ? i : best, 0);
}

function compareNumbers(a: unknown, b: unknown, distance: (x: number[], y: number[]) => number): Compared {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  for (const [side, one] of [['reference', x], ['candidate', y]] as const) {
    if (typeof one === 'string') return { problem: `${side}: ${one}` };
  }
  if (x.length !== y.length) return { problem: `the reference has ${x.length} numbers, the candidate ${y.length}` };
  return { difference: distance(x as number[], y as number[]) };
}

/** The numbers of a number, a vector or a tensor, in their order; or why there are none. */
function numbersOf(value: unknown): number[] | string {
  // A vector may have a million numbers: no spreading.
  const found: number[] = [];
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (Array.isArray(one)) {
      for (let i = one.length - 1; i >= 0; i--) left.push(one[i]);
    } else if (typeof one === 'number' && Number.isFinite(one)) {
      found.push(one);
    } else {
      return `${one === null ? 'null' : typeof one === 'object' ? 'an object' : typeof one === 'string' ? 'a text' : String(one)} is there, where numbers are wanted`;
    }
  }
  return found.length === 0 ? 'there are no numbers' : found;
}

/** The largest relative error of two vectors of one length, from 0 to 2: |x - y| / max(|x|, |y|, smallest). */
export function relativeError(x: readonly number[], y: readonly number[], smallest = 0): number {
  return x.reduce((worst, one, i) => {
    const size = Math.max(Math.abs(one), Math.abs(y[i]), smallest);
    // The difference of two very large numbers may be more than a number can be.
    return one === y[i] ? worst : Math.max(worst, Math.min(2, Math.abs(one - y[i]) / size));
  }, 0);
}

/** 1 - cosine of the angle between two vectors of one length, from 0 to 2. Two zero vectors are alike; one has no direction, and counts as a right angle. */
export function cosineDistance(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [scaled(x), scaled(y)];
  if (a === undefined || b === undefined) return a === b ? 0 : 1;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return Math.min(2, Math.max(0, 1 - dot / Math.sqrt(aa * bb)));
}

/** By its largest number, so that no square is too large or too small; undefined of a zero vector. */
function scaled(x: readonly number[]): number[] | undefined {
  const largest = x.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  return largest === 0 ? undefined : x.map((one) => one / largest);
}

const clip = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
