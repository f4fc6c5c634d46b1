/**
 * Refreshes `src/hardware/data/instances.json`. For maintainers.
 *
 *   npx tsx scripts/refresh-catalogue.ts                             # what each type is accepted for, from the installed AWS SDK
 *   npx tsx scripts/refresh-catalogue.ts --shapes types.json         # shapes too; types.json is the answer of
 *       aws ec2 describe-instance-types --region us-east-1
 *   ... --accept-changes                                             # after reading the questions it printed
 *
 * The checks run before the file is touched; a new type needs a row by hand first, because no API tells its TFLOPS.
 * So does a new size for processing jobs, in `processing-instances.json`, which is checked here and never written.
 */
import { readFileSync } from 'fs';
import { join } from 'path';
import { parseArgs } from 'util';
import * as sdk from '@aws-sdk/client-sagemaker';
import { generate, processingFacts } from './generate-hardware';
import { judgeCatalogue, judgeProcessing, usedSources, withShapes, withUses, type Described, type Enumerations, type Row } from './hardware-catalogue';
import { DATA, renderRows, replaceFile } from './hardware-files';

const ENUMERATIONS: Enumerations = {
  hosting: Object.values(sdk.ProductionVariantInstanceType),
  training: Object.values(sdk.TrainingInstanceType),
  processing: Object.values(sdk.ProcessingInstanceType),
  transform: Object.values(sdk.TransformInstanceType),
  hyperpod: Object.values(sdk.ClusterInstanceType),
};

function main(): void {
  const { values } = parseArgs({ options: { 'shapes': { type: 'string' }, 'accept-changes': { type: 'boolean', default: false } } });
  const path = join(DATA, 'instances.json');
  const file: { instances: Row[]; sources: Record<string, Record<string, string>> } = JSON.parse(readFileSync(path, 'utf8'));
  const version = JSON.parse(readFileSync(require.resolve('@aws-sdk/client-sagemaker/package.json'), 'utf8')).version;
  const today = new Date().toISOString().slice(0, 10);

  let rows = withUses(file.instances, ENUMERATIONS);
  const sources = { ...file.sources };
  // the date changes only with the version, so that a run that finds nothing new writes the same file
  const what = `npm @aws-sdk/client-sagemaker ${version} enumerations ProductionVariantInstanceType, TrainingInstanceType, ProcessingInstanceType, TransformInstanceType, ClusterInstanceType`;
  if (sources['sdk-enums'].what !== what) sources['sdk-enums'] = { what, date: today };
  if (values.shapes !== undefined) {
    const dump: Described[] = JSON.parse(readFileSync(values.shapes, 'utf8')).InstanceTypes;
    rows = withShapes(rows, dump, today);
    sources['describe-instance-types'] = { what: 'EC2 DescribeInstanceTypes', date: today };
  }
  const { errors, questions } = judgeCatalogue(file.instances, rows, ENUMERATIONS);
  errors.push(...judgeProcessing(processingFacts(), ENUMERATIONS.processing));
  errors.forEach((line) => console.error(`error: ${line}`));
  questions.forEach((line) => console.error(`question: ${line}`));
  if (errors.length > 0) throw new Error(`${errors.length} errors; the file stays as it is`);
  if (questions.length > 0 && !values['accept-changes']) throw new Error(`${questions.length} questions; read them, then run again with --accept-changes`);
  replaceFile(path, renderRows({ ...file, sources: usedSources(rows, sources), instances: rows }));
  generate();
  console.log(`${rows.length} instance types, enumerations of SDK ${version}`);
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
