import { deepStrictEqual as equal } from 'node:assert';
import type { Run } from './cloud';

export async function step(name: string, action: () => Promise<void>): Promise<void> {
  const start = Date.now();
  await action();
  console.log(`ok   ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
}

export function succeeded({ code, output }: Run): void {
  equal(code, 0, output);
}
