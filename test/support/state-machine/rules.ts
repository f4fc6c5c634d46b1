import type { TestStateMachine } from './machine';
import { resolve, stockValues, type RecordedCall, type Template, type Values } from '../iam';
import { matches, type BusEvent, type EventBus } from '../standin/events';
import { functionName, type LambdaHandler } from '../standin/lambda';

interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, string>>; readonly InputTemplate: string };
}

export interface Rule {
  /** Logical id. */
  readonly id: string;
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly bus: string;
  readonly targets: readonly Target[];
}

/** One target that got an event. */
export interface Delivery {
  readonly rule: string;
  readonly target: string;
  readonly event: BusEvent;
  readonly input: unknown;
}

/** The rules on events of a template; schedules and rules that are off are left out. */
export function rulesOf(template: Template, values: Values = {}): Rule[] {
  const own = { ...stockValues(template), ...values };
  return Object.entries(template.Resources)
    .filter(([, { Type, Properties }]) => Type === 'AWS::Events::Rule' && Properties?.EventPattern !== undefined && Properties.State !== 'DISABLED')
    .map(([id, { Properties }]) => {
      const { EventPattern, EventBusName, Targets } = Properties!;
      const resolved = (value: unknown) => resolve(value, own, template);
      return {
        id,
        pattern: resolved(EventPattern) as Rule['pattern'],
        bus: EventBusName === undefined ? 'default' : String(resolved(EventBusName)).split('/').at(-1)!,
        targets: resolved(Targets ?? []) as Target[],
      };
    });
}

/** The simple paths of EventBridge: `$.detail.state.value`, `$.resources[0]`. */
function at(event: BusEvent, path: string): unknown {
  const steps = path.match(/[\w-]+/g) ?? [];
  return steps.reduce<any>((value, step) => value?.[step], event);
}

/**
 * What a target gets of an event. A placeholder inside quotes takes the text of the value, one outside its JSON; what the event does not
 * have is empty text (EventBridge user guide, "Amazon EventBridge input transformation", 2026-11).
 */
export function inputOf(target: Target, event: BusEvent, rule: string): unknown {
  if (target.Input !== undefined) return JSON.parse(target.Input);
  if (target.InputPath !== undefined) return at(event, target.InputPath);
  if (!target.InputTransformer) return event;
  const { InputPathsMap = {}, InputTemplate: template } = target.InputTransformer;
  const named = (name: string): unknown => {
    if (name === 'aws.events.event' || name === 'aws.events.event.json') return event;
    if (name === 'aws.events.rule-name') return rule;
    if (!Object.hasOwn(InputPathsMap, name)) throw new Error(`rule ${rule}: the template uses <${name}>, which is no path of it`);
    return at(event, InputPathsMap[name]);
  };
  const quoted = (value: unknown) => JSON.stringify(typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)).slice(1, -1);
  const filled = template.replace(/"(?:[^"\\]|\\.)*"|<([\w.-]+)>/g, (found, bare?: string) => bare === undefined
    ? found.replace(/<([\w.-]+)>/g, (_, name: string) => quoted(named(name)))
    : JSON.stringify(named(bare) ?? ''));
  return JSON.parse(filled);
}

export interface RulesProps {
  readonly bus: EventBus;
  readonly rules: readonly Rule[];
  /** Targets that are state machines. */
  readonly machines?: Iterable<TestStateMachine>;
  /** Targets that are functions, by name. */
  readonly functions?: ReadonlyMap<string, LambdaHandler>;
}

/**
 * EventBridge between the stand-in and the machines: rules of a template start what they name. An event for a target that is neither a
 * machine nor a function of the test is kept in `deliveries` and goes nowhere.
 */
export class Rules {
  readonly deliveries: Delivery[] = [];
  /** What the targets' roles did. */
  readonly calls: RecordedCall[] = [];
  /** Ends the listening. */
  readonly stop: () => void;
  private readonly machines: readonly TestStateMachine[];

  constructor(private readonly props: RulesProps) {
    this.machines = [...props.machines ?? []];
    this.stop = props.bus.listen((event, bus) => this.take(event, bus));
  }

  private take(event: BusEvent, bus: string): void {
    for (const rule of this.props.rules) {
      if (rule.bus !== bus || !matches(rule.pattern, event)) continue;
      for (const target of rule.targets) this.deliver(rule.id, target, event);
    }
  }

  private deliver(rule: string, target: Target, event: BusEvent): void {
    const input = inputOf(target, event, rule);
    this.deliveries.push({ rule, target: target.Id, event, input });
    const machine = this.machines.find(({ arn }) => arn === target.Arn);
    if (machine) {
      // Each delivery of an event that comes twice is an execution of its own: what must happen once has to see to it itself.
      machine.start(input, `${event.id}_${this.deliveries.length}`);
      const principal = target.RoleArn?.split('/').at(-1) ?? 'none';
      this.calls.push({ principal, action: 'states:StartExecution', resource: [target.Arn], context: {} });
      return;
    }
    const handler = target.Arn.includes(':lambda:') ? this.props.functions?.get(functionName(target.Arn)) : undefined;
    if (handler) void handler(input, { functionName: functionName(target.Arn) });
  }
}
