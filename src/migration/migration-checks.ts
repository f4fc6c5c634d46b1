import { Annotations, CfnResource, Duration, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { MigrationGate } from './migration-gate';
import { LARGEST_INCREASE, limitProblems } from './migration-limits';
import { notificationProblems } from './migration-notifications';
import { policyProblems } from './migration-policies';
import { MAX_DURATION } from './shift-plan';
import type { TrafficMigrationProps } from './traffic-migration-props';
import { checkAlarmPlace, checkDuration, checkRegion } from './value-checks';
import { versionProblems } from './version-gate';
import type { EndpointVariant, InferenceEndpoint } from '../endpoint';
import { checkNumber, checkObject, checkPattern } from '../private/checks';
import { problemText, type Problem } from '../private/problems';

const MAX_GATES = 10;
/** Also part of sort keys, where `#` divides. */
const NAME = /^[A-Za-z0-9][\w-]{0,59}$/;

/** What is wrong with the props of a migration; `scope` is the migration, whose stack may be another one than the endpoint's. */
export function migrationProblems(props: TrafficMigrationProps, scope: Construct): Problem[] {
  if (typeof props !== 'object' || props === null) return [{ prop: 'props', got: String(props), allowed: 'the props of a migration', fix: 'give at least { from, to }' }];
  const types = typeProblems(props);
  return [
    ...types,
    ...nameProblems(props.migrationName),
    ...limitProblems(props.limits),
    ...checkDuration('fallbackWindow', props.fallbackWindow, Duration.seconds(0), MAX_DURATION, 'Duration.days(1)'),
    ...notificationProblems(props.notifications),
    ...policyProblems(props.policies),
    ...networkProblems(props),
    // Variants and gates are compared once they are what they should be.
    ...types.length > 0 ? [] : [...variantProblems(props), ...capacityProblems(props), ...gateProblems(props), ...placeProblems(props, scope)],
  ];
}

/** What is allowed, and seldom meant. The props have been checked. */
export function warnOfMigration(scope: Construct, { gates = [], limits = {}, notifications }: TrafficMigrationProps): void {
  const warn = (id: string, problem: Problem) => Annotations.of(scope).addWarningV2(`cdk-accelerators:${id}`, problemText(problem));
  const approvals = gates.flatMap((gate, i) => gate._approval ? [`gates[${i}]`] : []);
  if (approvals.length > 0 && notifications?.topic === undefined) {
    warn('approvalWithoutTopic', {
      prop: 'notifications.topic',
      got: `nothing, with an approval in ${approvals.join(', ')}`,
      allowed: 'an approval without a topic: the question is on the event bus only, and the alarm `needsAttentionAlarm` has no actions of its own',
      fix: 'give a topic; or send the events `GateWaiting` to somebody with `onEvent`, and acknowledge this warning',
    });
  }
  const unmeasured = gates.find(({ _unmeasured }) => _unmeasured !== undefined);
  if (unmeasured !== undefined) Annotations.of(scope).addInfoV2('cdk-accelerators:unmeasuredVersion', `versions are promoted that nobody measured: ${unmeasured._unmeasured}`);
  const large = Object.entries({ latencyIncrease: limits.latencyIncrease, latencyIncreaseP99: limits.latencyIncreaseP99 }).flatMap(([name, value]) => value !== undefined && value > 1 ? [{ prop: `limits.${name}`, value }] : []);
  if (large.length > 0) {
    const meant = Number((large[0].value <= 2 ? large[0].value - 1 : large[0].value / 100).toPrecision(3));
    const percent = Number((100 * large[0].value).toPrecision(3));
    warn('largeLatencyIncrease', {
      prop: large.map(({ prop }) => prop).join('`, `'),
      got: large.map(({ value }) => value).join(', '),
      allowed: `up to ${LARGEST_INCREASE}, as a fraction that comes on top: ${large[0].value} accepts a newcomer that takes ${percent} % longer`,
      fix: `give ${meant} for ${Number((100 * meant).toPrecision(3))} %, or acknowledge this warning`,
    });
  }
}

function typeProblems({ from, to, plan, fallbackCapacity, gates, advanceWindow, encryptionKey }: TrafficMigrationProps): Problem[] {
  const variant = (prop: string, value: unknown): Problem[] => {
    const notOne = checkObject(prop, value, 'variantName', 'a variant of an endpoint', 'pass what addVariant returned');
    // What an imported endpoint returns has no scaling and no weight.
    if (notOne.length > 0 || 'weight' in (value as EndpointVariant)) return notOne;
    return [{ prop, got: 'a variant of an endpoint that was made elsewhere', allowed: 'a variant made by InferenceEndpoint.addVariant: its weight and scaling have to be known', fix: 'put the migration into the app that has the endpoint' }];
  };
  return [
    ...variant('from', from),
    ...variant('to', to),
    ...plan === undefined ? [] : checkObject('plan', plan, 'percentages', 'a plan', 'use ShiftPlan.auto, steps, linear or canary'),
    ...fallbackCapacity === undefined ? [] : checkObject('fallbackCapacity', fallbackCapacity, '_floor', 'a capacity', 'use FallbackCapacity.full or instances'),
    ...advanceWindow === undefined ? [] : checkObject('advanceWindow', advanceWindow, 'freeze', 'a window', 'use AdvanceWindow.weekdays, daily, days or always'),
    ...encryptionKey === undefined ? [] : checkObject('encryptionKey', encryptionKey, 'keyArn', 'a key of KMS', 'pass a Key, or Key.fromKeyArn'),
    ...gates === undefined ? [] : !Array.isArray(gates)
      ? [{ prop: 'gates', got: 'another object', allowed: 'a list of gates', fix: 'give e.g. [MigrationGate.approval()]' }]
      : gates.flatMap((gate, i) => checkObject(`gates[${i}]`, gate, '_alarms', 'a gate', 'use MigrationGate.approval, lambdaFunction, alarmsOk, costFalls, measuredVersion, measuredElsewhere, sameAnswers or unmeasuredVersion')),
  ];
}

function nameProblems(migrationName: string | undefined): Problem[] {
  if (Token.isUnresolved(migrationName)) return [{ prop: 'migrationName', got: 'a token (a value known only at deploy time)', allowed: 'a name known at synth: the state machine is named after it', fix: 'give a plain text' }];
  return checkPattern('migrationName', migrationName, NAME, 'letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit', 'give e.g. "gpu-to-inferentia2"');
}

function variantProblems({ from, to }: TrafficMigrationProps): Problem[] {
  if (from === to) return [{ prop: 'to', got: `${name(to)}, which is \`from\` too`, allowed: 'another variant of the same endpoint', fix: 'pass the variant that shall get the traffic' }];
  if (from.endpoint !== to.endpoint) return [{ prop: 'to', got: `${name(to)} of ${to.endpoint.node.path}`, allowed: `a variant of ${from.endpoint.node.path}, the endpoint of \`from\``, fix: 'add both variants to one endpoint' }];
  const { shadowVariant } = from.endpoint as InferenceEndpoint;
  const shadow = [['from', from], ['to', to]].flatMap(([prop, variant]) => variant !== shadowVariant ? [] : [{ prop: prop as string, got: `${name(variant as EndpointVariant)}, a shadow variant`, allowed: 'production variants: the answers of a shadow are dropped', fix: 'add the newcomer with addVariant and weight 0' }]);
  if (shadow.length > 0) return shadow;
  if (from.asynchronous) return [{ prop: 'from', got: `a variant of ${from.endpoint.node.path}, an asynchronous endpoint`, allowed: 'variants of real-time endpoints: requests that wait in a queue for minutes cannot be compared by the minute', fix: 'leave asyncInference out, or shift the weights of an asynchronous endpoint yourself' }];
  return [...weightProblems(from, to), ...frequencyProblems(from.endpoint as InferenceEndpoint)];
}

/** The template's weights count when the endpoint is made and when something resets it: a reset has to be a fallback (docs/decisions/003). */
function weightProblems(from: EndpointVariant, to: EndpointVariant): Problem[] {
  const unknown = [['from', from], ['to', to]].flatMap(([prop, variant]) => !Token.isUnresolved((variant as EndpointVariant).weight) ? [] : [{ prop: `${prop}.weight`, got: 'a token (a value known only at deploy time)', allowed: 'a weight known at synth', fix: 'give the variant a plain number' }]);
  if (unknown.length > 0) return unknown;
  if (from.weight > 0 && to.weight === 0) return [];
  // The way back to the GPU: what the template names is where the traffic goes.
  if (from.weight === 0 && to.weight > 0 && to.instanceType.isGpu && from.instanceType.isNeuron) return [];
  if (from.weight === 0 && to.weight === 0) return [{ prop: 'from.weight', got: '0, and 0 for `to`', allowed: 'a weight above 0 for the variant that has the traffic when the endpoint is made', fix: `give ${name(from)} weight 1` }];
  return [{
    prop: 'to.weight',
    got: `${to.weight}, with ${from.weight} for \`from\``,
    allowed: '0: the newcomer gets no traffic when the endpoint is made, nor when something resets the weights to the template',
    fix: `give ${name(to)} weight 0${from.weight === 0 ? ` and ${name(from)} weight 1` : ''}; updates keep the live weights`,
  }];
}

/** The periods that are judged are a minute; a metric that comes less often would leave most of them empty. */
function frequencyProblems(endpoint: InferenceEndpoint): Problem[] {
  const seconds = endpoint._metricSeconds;
  if (seconds === undefined || seconds <= 60) return [];
  return [{ prop: 'metricPublishing.frequency', got: `${seconds} seconds on ${endpoint.node.path}`, allowed: 'at most 60 seconds with a migration: it judges by the minute', fix: 'leave `frequency` out' }];
}

function capacityProblems({ from, fallbackCapacity }: TrafficMigrationProps): Problem[] {
  const floor = fallbackCapacity?._floor ?? 'full';
  const most = from.scaling?.maxInstances;
  if (floor === 'full' || most === undefined || Token.isUnresolved(most) || floor <= most) return [];
  return [{ prop: 'fallbackCapacity', got: `${floor} instances, with scaling.maxInstances ${most} of ${name(from)}`, allowed: `at most ${most} instances`, fix: 'lower it, raise `maxInstances`, or use FallbackCapacity.full()' }];
}

/** What is in another stack than the endpoint. */
function placeProblems({ from, encryptionKey }: TrafficMigrationProps, scope: Construct): Problem[] {
  const problems = checkRegion('from', from.endpoint, scope, 'migration');
  // An imported key is of no stack.
  if (encryptionKey === undefined || !CfnResource.isCfnResource(encryptionKey.node.defaultChild)) return problems;
  const [own, endpoint, key] = [scope, from.endpoint, encryptionKey].map((one) => Stack.of(one));
  // The migration's stack depends on the endpoint's.
  if (key === endpoint || !(key === own || [own, endpoint].some((one) => dependsOn(key, one)))) return problems;
  return [...problems, {
    prop: 'encryptionKey',
    got: `key ${encryptionKey.node.path} of stack ${key.node.path}, which depends on stack ${endpoint.node.path}`,
    allowed: `a key of stack ${endpoint.node.path}, where the endpoint and the table are, of a stack that does not depend on it, or an imported one`,
    fix: `make the key in stack ${endpoint.node.path}, or pass Key.fromKeyArn`,
  }];
}

function dependsOn(stack: Stack, other: Stack): boolean {
  return stack.dependencies.some((one) => one === other || dependsOn(one, other));
}

function gateProblems(props: TrafficMigrationProps): Problem[] {
  const { from, gates = [] } = props;
  // What asks nobody is not counted.
  const asked = gates.filter(({ _unmeasured }) => _unmeasured === undefined).length;
  if (asked > MAX_GATES) return [{ prop: 'gates', got: `${asked} gates`, allowed: `at most ${MAX_GATES}`, fix: 'combine checks in one function' }];
  const problems = gates.flatMap((gate, i): Problem[] => {
    const earlier = gates.slice(0, i).findIndex((one) => commonId(one, gate) !== undefined);
    return earlier < 0 ? [] : [{ prop: `gates[${i}]`, got: `${commonId(gates[earlier], gate)}, which gates[${earlier}] is too`, allowed: 'each gate once', fix: 'remove one of them, or move it to another point (`at`)' }];
  });
  const alarms = gates.flatMap(({ _alarms }) => _alarms.map((alarm) => alarm.name)).filter((one) => !Token.isUnresolved(one));
  const twice = alarms.find((one, i) => alarms.indexOf(one) !== i);
  if (problems.length === 0 && twice !== undefined) problems.push({ prop: 'gates', got: `alarm ${JSON.stringify(twice)} twice`, allowed: 'each alarm once', fix: 'name it in one of the gates' });
  return [...problems, ...versionProblems(props), ...gates.flatMap(({ _watched }, i) => _watched.flatMap((alarm, j) => checkAlarmPlace(`gates[${i}].alarms[${j}]`, alarm, from.endpoint)))];
}

/** What both would be called, when they ask the same at the same point. Alarms are compared by their names. */
function commonId(one: MigrationGate, other: MigrationGate): string | undefined {
  if (one !== other && (one._functionArn !== other._functionArn || other._alarms.length > 0)) return undefined;
  return other._ids.find((id) => one._ids.includes(id));
}

function networkProblems({ vpc, vpcSubnets, securityGroups }: TrafficMigrationProps): Problem[] {
  if (vpc === undefined) {
    return Object.entries({ vpcSubnets, securityGroups }).flatMap(([prop, value]) => value === undefined ? [] : [{ prop, got: 'a value', allowed: 'nothing without `vpc`', fix: `pass vpc, or remove ${prop}` }]);
  }
  const notVpc = checkObject('vpc', vpc, 'vpcId', 'a VPC', 'pass a Vpc, or Vpc.fromLookup');
  // AWS Lambda API, VpcConfig: at most 5 security groups.
  return notVpc.length > 0 || securityGroups === undefined ? notVpc : checkNumber('securityGroups.length', securityGroups.length, { min: 1, max: 5, integer: true }, 'leave it out to get one');
}

const name = ({ variantName }: EndpointVariant): string => `variant '${variantName}'`;
