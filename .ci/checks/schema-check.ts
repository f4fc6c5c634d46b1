/** tsx schema-check.ts TEMPLATE...: prints findings, exit code 1 if there are any or if a planted mistake goes unnoticed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestSchema } from '../../test/support/schema/api-schema';
import { cloudFormationSchema, type SpecDatabase } from '../../test/support/schema/cloudformation-schema';
import { placeOf, PLANTED, SOUND, withMistake, type Finder } from '../../test/support/schema/planted';
import { checkTemplate, type Template } from '../../test/support/schema/template';

const { loadAwsServiceSpecSync } = require(join(__dirname, '../work/tools/node_modules/@aws-cdk/aws-service-spec'));
const db: SpecDatabase = loadAwsServiceSpecSync();

const TYPES = /^AWS::(SageMaker|ApplicationAutoScaling)::/;
const FINDERS: Record<Finder, (template: Template) => string[]> = {
  // The names of every other resource in the examples are checked as well; it costs nothing.
  names: (template) => checkTemplate(template, /^AWS::(?!CDK::)/, (type) => cloudFormationSchema(db, type)),
  values: (template) => checkTemplate(template, TYPES, requestSchema),
};

const problems: string[] = [];
for (const [name, find] of Object.entries(FINDERS)) problems.push(...find(SOUND).map((finding) => `the sound template: ${name}: ${finding}`));
let noticed = 0;
for (const planted of PLANTED) {
  for (const finder of planted.finders) {
    const found = FINDERS[finder](withMistake(planted));
    if (found.length === 1 && found[0].startsWith(placeOf(planted))) noticed++;
    else problems.push(`planted ${placeOf(planted)} ${planted.path.at(-1)} = ${JSON.stringify(planted.value)}: ${finder} found ${JSON.stringify(found)}`);
  }
}
console.log(`${noticed} planted mistakes noticed`);

let inAll = 0;
for (const file of process.argv.slice(2)) {
  const template: Template = JSON.parse(readFileSync(file, 'utf8'));
  const checked = Object.values(template.Resources).filter(({ Type }) => TYPES.test(Type)).length;
  console.log(`${file}: ${checked} resources of SageMaker and Application Auto Scaling, ${Object.keys(template.Resources).length} in all`);
  inAll += checked;
  for (const [name, find] of Object.entries(FINDERS)) problems.push(...find(template).map((finding) => `${file}: ${name}: ${finding}`));
}
if (inAll === 0) problems.push('nothing to check in any template');

for (const problem of problems) console.log(`- ${problem}`);
console.log(`${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
