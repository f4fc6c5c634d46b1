import * as fs from 'node:fs';
import type { BenchmarkDataset } from './benchmark-dataset';
import { MOST_LINES, parseGoldenSet } from './core/golden-set';
import type { Problem } from '../private/problems';

/** What a check would refuse of a golden set after the deploy; of an object in S3 nothing is known yet. */
export function goldenSetProblems({ _file }: BenchmarkDataset): Problem[] {
  if (_file === undefined) return [];
  try {
    parseGoldenSet(fs.readFileSync(_file, 'utf8'), _file);
    return [];
  } catch (error) {
    return [{ prop: 'goldenSet', got: (error as Error).message, allowed: `at most ${MOST_LINES} lines, each {"input": ...} or {"input": ..., "expected": ...}`, fix: 'write each input as {"input": ...} on a line of its own' }];
  }
}

/** Whether a dataset is a file whose lines say no more than those of a golden set. */
export function looksGolden({ _file }: BenchmarkDataset): boolean {
  if (_file === undefined) return false;
  return fs.readFileSync(_file, 'utf8').split('\n').every((line) => line.trim() === '' || isGolden(JSON.parse(line)));
}

function isGolden(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'input') && Object.keys(value).every((name) => name === 'input' || name === 'expected');
}
