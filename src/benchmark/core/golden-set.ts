import { checkSize, DatasetRefused } from './dataset';

/** A line of a golden set. */
export interface GoldenLine {
  /** Its number in the object, from 1. */
  readonly line: number;
  readonly input: unknown;
  /** What the answer should be; undefined when the line does not say it. */
  readonly expected?: unknown;
}

/** More would take longer than a check may. */
export const MOST_LINES = 10_000;

/** The lines of a golden set: each is `{ "input": ... }` or `{ "input": ..., "expected": ... }`. Empty lines are none; `place` says in messages which golden set. */
export function parseGoldenSet(text: string, place: string): GoldenLine[] {
  checkSize(Buffer.byteLength(text), place);
  const lines = text.split('\n').flatMap((line, i) => line.trim() === '' ? [] : [goldenLine(line, i + 1, place)]);
  if (lines.length === 0) throw new DatasetRefused(`${place} has no lines; write {"input": ...} on each`);
  if (lines.length > MOST_LINES) throw new DatasetRefused(`${place} has ${lines.length} lines, at most ${MOST_LINES} are allowed; take a part of it`);
  return lines;
}

function goldenLine(text: string, line: number, place: string): GoldenLine {
  const refuse = (why: string): never => {
    throw new DatasetRefused(`line ${line} of ${place} ${why}: ${text.trim().slice(0, 60)}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('is no JSON');
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'input')) return refuse('has no "input"; write {"input": ...} or {"input": ..., "expected": ...}');
  const { input, expected } = value as { input: unknown; expected?: unknown };
  return { line, input, ...expected === undefined ? {} : { expected } };
}
