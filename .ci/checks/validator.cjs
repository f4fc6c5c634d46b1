/** node validator.cjs OUTDIR: lists every violation in the assembly's validation report, of any severity; exit code 1 if there is one. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const [outdir] = process.argv.slice(2);
const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
const violations = pluginReports.flatMap((report) => report.violations);
for (const { ruleName, severity, description, violatingConstructs } of violations) {
  for (const { constructPath, cloudFormationResource } of violatingConstructs) {
    console.log(`- ${constructPath} ${cloudFormationResource?.propertyPaths ?? ''}: ${severity} ${ruleName}: ${description.slice(0, 200)}`);
  }
}

console.log(`${violations.length} violations`);
if (violations.length > 0) process.exit(1);
