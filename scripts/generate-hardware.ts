/**
 * Rewrites the statics of `AcceleratorInstance` and `ProcessingInstance` after their catalogues changed:
 *
 *   npx tsx scripts/generate-hardware.ts
 *
 * A test fails while the two differ.
 */
import { readFileSync, renameSync, writeFileSync } from 'fs';
import { join } from 'path';
import { renderProcessingStatics, renderStatics, replaceStatics, type ProcessingFacts, type StaticFacts } from './hardware-statics';

const HARDWARE = join(__dirname, '..', 'src', 'hardware');

/** Reads the rows themselves, not the classes: the classes may not compile before this has run. */
export function catalogueFacts(hardware = HARDWARE): StaticFacts[] {
  const read = (name: string) => JSON.parse(readFileSync(join(hardware, 'data', name), 'utf8'));
  const accelerators = new Map<string, any>(read('accelerators.json').accelerators.map((row: any) => [row.key, row]));
  return read('instances.json').instances.map((row: any) => {
    const accelerator = accelerators.get(row.accelerator);
    return {
      ...row,
      acceleratorName: accelerator.name.replace(/ \(.*\)$/, ''),
      memoryGiB: accelerator.memoryGiB,
      neuronCores: accelerator.neuronCores,
      logicalNeuronCores: accelerator.logicalNeuronCores,
      onDemand: row.purchase === undefined,
    };
  });
}

export function processingFacts(hardware = HARDWARE): ProcessingFacts[] {
  return JSON.parse(readFileSync(join(hardware, 'data', 'processing-instances.json'), 'utf8')).instances;
}

export function generate(hardware = HARDWARE): void {
  const statics = {
    'accelerator-instance.ts': renderStatics(catalogueFacts(hardware)),
    'processing-instance.ts': renderProcessingStatics(processingFacts(hardware)),
  };
  for (const [name, text] of Object.entries(statics)) {
    const file = join(hardware, name);
    writeFileSync(`${file}.tmp`, replaceStatics(readFileSync(file, 'utf8'), text));
    renameSync(`${file}.tmp`, file);
  }
}

if (require.main === module) generate();
