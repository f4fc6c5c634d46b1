/** How the JSON files of `src/hardware/data` are written: one row per line, so that a diff shows what changed. */
import { renameSync, writeFileSync } from 'fs';
import { join } from 'path';

export const DATA = join(__dirname, '..', 'src', 'hardware', 'data');

/** `{"a": 1, "b": [2, 3]}` on one line, with blanks after colons and commas. */
export function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => `${JSON.stringify(k)}: ${oneLine(v)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

function block(entries: readonly string[], indent: string, open: string, close: string): string {
  return `${open}\n${entries.map((entry) => `${indent}  ${entry}`).join(',\n')}\n${indent}${close}`;
}

const keyed = (object: object) => Object.entries(object).map(([key, value]) => `${JSON.stringify(key)}: ${oneLine(value)}`);

/** A file of rows: plain members on one line each, `sources` and the list of rows with one line per entry. */
export function renderRows(file: Record<string, unknown>): string {
  const members = Object.entries(file).map(([key, value]) => {
    const text = key === 'sources' ? block(keyed(value as object), '  ', '{', '}')
      : Array.isArray(value) ? block(value.map(oneLine), '  ', '[', ']')
        : oneLine(value);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return `${block(members, '', '{', '}')}\n`;
}

/** The price file: one line per region and type, without blanks inside the row. */
export function renderPrices(file: Record<string, unknown>): string {
  const members = Object.entries(file).map(([key, value]) => {
    const text = key === 'prices'
      ? block(Object.entries(value as object).map(([region, types]) =>
        `${JSON.stringify(region)}: ${block(Object.entries(types).map(([type, row]) => `${JSON.stringify(type)}: ${JSON.stringify(row)}`), '    ', '{', '}')}`), '  ', '{', '}')
      : key === 'sources' || key === 'provenance' ? block(keyed(value as object), '  ', '{', '}')
        : oneLine(value);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return `${block(members, '', '{', '}')}\n`;
}

/** A reader sees the old file or the new one, never half of one. */
export function replaceFile(path: string, text: string): void {
  JSON.parse(text);
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}
