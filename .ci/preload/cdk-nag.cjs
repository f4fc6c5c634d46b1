/**
 * `node --require` this: after the app is synthesized, cdk-nag's AwsSolutions rules go over its construct tree. The process fails on
 * a finding that nobody acknowledged, on an acknowledgement without a real reason, and on one that no finding needs any more.
 */
const { Stage, Validations } = require('aws-cdk-lib');
const { AwsSolutionsChecks } = require('cdk-nag');

const KEY = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
const MIN_REASON = 30;

/** What `Validations.of(x).acknowledge()` left in the tree: one row per construct and rule. */
function acknowledgements(root) {
  return root.node.findAll().flatMap((construct) => construct.node.metadata
    .filter((entry) => entry.type === KEY)
    .flatMap((entry) => Object.entries(entry.data ?? {}))
    .map(([id, reason]) => ({ construct, id: id.replace(/^annotation::/i, ''), reason, used: false }))
    .filter(({ id }) => id.startsWith('AwsSolutions-') || id.startsWith('CdkNag')));
}

class Checks extends AwsSolutionsChecks {
  constructor(known) {
    super();
    this.known = known;
    this.evaluated = 0;
  }

  applyRule(params) {
    this.evaluated++;
    super.applyRule(params);
  }

  /** Called once per finding: this is where it shows which acknowledgements are needed. */
  isAcknowledged(resource, ruleId) {
    const matching = this.known.filter(({ construct, id }) => id === ruleId && resource.node.scopes.includes(construct));
    for (const row of matching) row.used = true;
    return super.isAcknowledged(resource, ruleId);
  }
}

function check(app) {
  const known = acknowledgements(app);
  const checks = new Checks(known);
  const problems = [];
  for (const { ruleName, description, violatingResources } of checks.validateScope(app).violations) {
    for (const { constructPath } of violatingResources) problems.push(`${constructPath}: ${ruleName}: ${description}`);
  }
  for (const { construct, id, reason, used } of known) {
    const where = `${construct.node.path}: acknowledgement of ${id}`;
    console.log(`${where}: ${reason}`);
    if (!used) problems.push(`${where} matches no finding any more`);
    if (String(reason ?? '').trim().length < MIN_REASON) problems.push(`${where} gives no reason: ${reason}`);
  }
  console.log(`${checks.evaluated} rules evaluated, ${known.length} acknowledgements, ${problems.length} problems`);
  for (const problem of problems) console.log(`- ${problem}`);
  if (checks.evaluated === 0 || problems.length > 0) process.exitCode = 1;
}

const synth = Stage.prototype.synth;
const seen = new WeakSet();
Stage.prototype.synth = function (...args) {
  const assembly = synth.apply(this, args);
  if (this.node.scope === undefined && !seen.has(this)) {
    seen.add(this);
    check(this);
  }
  return assembly;
};
