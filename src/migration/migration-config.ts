import { Token } from 'aws-cdk-lib';
import type { AlarmConfig, GateConfig, MigrationConfig, VariantConfig } from './core/controller/types';
import { FallbackCapacity } from './fallback-capacity';
import type { MigrationGate } from './migration-gate';
import { limitsConfig } from './migration-limits';
import { policyConfig } from './migration-policies';
import { ShiftPlan } from './shift-plan';
import type { TrafficMigrationProps } from './traffic-migration-props';
import type { EndpointVariant } from '../endpoint';

/** What the controller is told; names and numbers of instances may be tokens. */
export function migrationConfig(props: TrafficMigrationProps, migration: string, watchdogAlarm: string): MigrationConfig {
  const { from, to, plan = ShiftPlan.auto(), advanceWindow, gates = [] } = props;
  return {
    migration,
    endpointName: from.endpoint.endpointName,
    from: variantConfig(from),
    to: variantConfig(to),
    totalWeight: from.weight + to.weight,
    plan: plan._render(advanceWindow !== undefined),
    limits: limitsConfig(props.limits),
    fallback: { windowSeconds: props.fallbackWindow?.toSeconds() ?? 86_400, floor: (props.fallbackCapacity ?? FallbackCapacity.full())._floor },
    gates: gateConfigs(gates),
    ...advanceWindow === undefined ? {} : { advanceWindow: advanceWindow._render() },
    alarms: alarmConfigs(watchdogAlarm, gates),
    policies: policyConfig(props.policies),
    warmUp: plan._warmUp,
  };
}

/** The same for those who simulate: what is known at deploy time only is named, or left out. */
export function configForRehearsal(config: MigrationConfig, endpointName: string): MigrationConfig {
  const plain = (value: unknown): unknown => {
    if (Token.isUnresolved(value)) return typeof value === 'string' ? 'known-at-deploy-time' : undefined;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]).filter(([, member]) => member !== undefined));
  };
  return { ...plain(config) as MigrationConfig, ...Token.isUnresolved(config.endpointName) ? { endpointName } : {} };
}

function variantConfig({ variantName, scaling }: EndpointVariant): VariantConfig {
  if (scaling === undefined) return { name: variantName, scaled: false };
  return {
    name: variantName,
    scaled: true,
    ...scaling.invocationsPerInstance === undefined ? {} : { requestsPerInstance: scaling.invocationsPerInstance },
    minInstances: scaling.minInstances ?? 1,
    maxInstances: scaling.maxInstances,
  };
}

/** Two functions may stand at one point; commands and events tell them apart by a number. */
function gateConfigs(gates: readonly MigrationGate[]): GateConfig[] {
  const seen = new Map<string, number>();
  return gates.flatMap(({ _configs }) => _configs).map((config) => {
    const number = (seen.get(config.id) ?? 0) + 1;
    seen.set(config.id, number);
    return number === 1 ? config : { ...config, id: `${config.id}-${number}` };
  });
}

/** The watchdog's own first: when it rings the newcomer is worse than anybody wants, whatever the judge still needs. */
function alarmConfigs(watchdogAlarm: string, gates: readonly MigrationGate[]): AlarmConfig[] {
  return [{ name: watchdogAlarm, rollBack: true }, ...gates.flatMap(({ _alarms }) => _alarms)];
}
