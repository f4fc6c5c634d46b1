import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import * as hardware from '../../src/hardware';

const ROOM = join(__dirname, '../../src/hardware');
const files = ['', 'core'].flatMap((folder) => readdirSync(join(ROOM, folder)).filter((name) => name.endsWith('.ts')).map((name) => join(ROOM, folder, name)));
const imports = (file: string) => [...readFileSync(file, 'utf8').matchAll(/^import (type )?.*?from '([^']+)';$/gms)].map(([, type, from]) => ({ type: type !== undefined, from }));

test('the room gives out classes and enums only: free functions and constants would vanish in other languages', () => {
  expect(Object.keys(hardware).sort()).toEqual([
    'Accelerator', 'AcceleratorInstance', 'AcceleratorKind', 'Evidence', 'InferenceAmi', 'InstanceUse', 'NeuronSdk', 'PriceBook', 'ProcessingInstance', 'PurchaseOption', 'SupportLevel',
  ]);
});

test('the room imports nothing but private/, the CDK core and node', () => {
  for (const file of files) {
    const outside = imports(file).map(({ from }) => from).filter((from) => !/^\.\/|^\.\.\/(core|data)\/|^(\.\.\/)+private\//.test(from));
    expect(outside.filter((from) => !['aws-cdk-lib', 'fs'].includes(from))).toEqual([]);
  }
});

test('core/ imports nothing of the CDK, and of private/ types only', () => {
  for (const file of files.filter((name) => name.includes('/core/'))) {
    for (const { type, from } of imports(file)) {
      expect(from).not.toMatch(/^aws-cdk-lib|^constructs/);
      if (from.includes('private/')) expect([file, type]).toEqual([file, true]);
    }
  }
});

test('only the price book knows of the bundled prices, and by type only', () => {
  const knowing = files.flatMap((file) => imports(file).filter(({ from }) => /bundled-prices|prices\.json/.test(from)).map(({ type }) => [file.slice(ROOM.length + 1), type]));
  expect(knowing).toEqual([['bundled-prices.ts', false], ['bundled-prices.ts', false], ['price-book.ts', true]]);
});
