/** Dashboards of synthesized templates: their bodies as CloudWatch would get them. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export interface Body {
  readonly start?: string;
  readonly end?: string;
  readonly periodOverride?: string;
  readonly widgets: readonly Widget[];
}

export interface Widget {
  readonly type: string;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly properties: Properties;
}

/** All that a widget may have; what there is depends on its type. */
export interface Properties {
  readonly title?: string;
  readonly view?: string;
  readonly stacked?: boolean;
  readonly metrics?: readonly (readonly unknown[])[];
  readonly stat?: string;
  readonly period?: number;
  readonly yAxis?: { readonly left?: Axis; readonly right?: Axis };
  readonly legend?: { readonly position?: string };
  readonly annotations?: { readonly horizontal?: readonly (Horizontal | readonly Horizontal[])[]; readonly vertical?: readonly (Vertical | readonly Vertical[])[]; readonly alarms?: readonly string[] };
  readonly setPeriodToTimeRange?: boolean;
  readonly singleValueFullPrecision?: boolean;
  readonly sparkline?: boolean;
  readonly start?: string;
  readonly end?: string;
  readonly markdown?: string;
  readonly background?: string;
  readonly query?: string;
  readonly alarms?: readonly string[];
  readonly states?: readonly string[];
}

export interface Axis {
  readonly label?: string;
  readonly min?: number;
  readonly max?: number;
  readonly showUnits?: boolean;
}

export interface Horizontal {
  readonly value: number;
  readonly label?: string;
  readonly color?: string;
  readonly fill?: string;
  readonly visible?: boolean;
  readonly yAxis?: string;
}

export interface Vertical {
  readonly value: string;
  readonly label?: string;
  readonly color?: string;
  readonly fill?: string;
  readonly visible?: boolean;
}

/** What an alarm of the template watches: an alarm widget shows it. */
export interface Alarm {
  readonly name: string;
  readonly threshold?: number;
  readonly metrics: readonly (readonly unknown[])[];
}

export interface Dashboard {
  readonly name: string;
  readonly body: Body;
  readonly alarms: readonly Alarm[];
}

export interface Template {
  readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: any }>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>>;
  readonly Mappings?: Readonly<Record<string, any>>;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Region': 'us-east-1', 'AWS::AccountId': '123456789012', 'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com', 'AWS::StackName': 'stack', 'AWS::NoValue': '',
};

/** Properties that are the physical name of a resource, when somebody chose one. */
const NAMES = ['EndpointName', 'AlarmName', 'LogGroupName', 'DashboardName', 'StateMachineName', 'FunctionName', 'TableName', 'Name'];

/** CloudFormation ends the names that it makes like this: titles and legends have to have room for them. */
const CHANCE = 'aB3dE6gH9jK2';

/** The attributes that are ARNs look like them; all others are the name. */
class Resolver {
  constructor(private readonly template: Template, private readonly exported: ReadonlyMap<string, unknown>) {}

  text(value: unknown): string {
    const resolved = this.value(value);
    return typeof resolved === 'string' ? resolved : JSON.stringify(resolved);
  }

  value(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.value(each));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 1) {
      const [[key, operand]] = entries;
      switch (key) {
        case 'Ref': return this.reference(operand);
        case 'Fn::GetAtt': return this.attribute(...(typeof operand === 'string' ? operand.split(/\.(.*)/s) : operand) as [string, string]);
        case 'Fn::Join': return (this.value(operand[1]) as unknown[]).join(operand[0]);
        case 'Fn::Select': return (this.value(operand[1]) as unknown[])[Number(operand[0])];
        case 'Fn::Split': return this.text(operand[1]).split(operand[0]);
        case 'Fn::ImportValue': return this.exported.get(this.text(operand)) ?? this.text(operand);
        case 'Fn::Sub': return this.substituted(...(typeof operand === 'string' ? [operand, {}] : operand) as [string, Record<string, unknown>]);
        case 'Fn::FindInMap': return this.mapped(operand);
      }
    }
    return Object.fromEntries(entries.map(([key, each]) => [key, this.value(each)]));
  }

  name(id: string): string {
    const { Properties: properties = {} } = this.template.Resources?.[id] ?? {};
    const given = NAMES.find((name) => properties[name] !== undefined);
    return given === undefined ? `${id}-${CHANCE}` : this.text(properties[given]);
  }

  private reference(id: string): unknown {
    return PSEUDO[id] ?? this.template.Parameters?.[id]?.Default ?? this.name(id);
  }

  private attribute(id: string, name: string): string {
    if (name !== 'Arn') return this.name(id);
    const [, service, kind] = (this.template.Resources?.[id]?.Type ?? 'AWS::Unknown::Thing').toLowerCase().split('::');
    return `arn:aws:${service}:us-east-1:123456789012:${kind}:${this.name(id)}`;
  }

  private substituted(text: string, values: Readonly<Record<string, unknown>>): string {
    return text.replace(/\$\{([^!}]+)\}/g, (_all, name: string) => {
      if (Object.hasOwn(values, name)) return this.text(values[name]);
      return String(name.includes('.') ? this.attribute(...name.split(/\.(.*)/s) as [string, string]) : this.reference(name));
    });
  }

  private mapped(path: readonly unknown[]): unknown {
    return path.slice(0, 3).reduce<any>((at, key) => at?.[this.text(key)], this.template.Mappings);
  }
}

/** An alarm's metrics in the form that a widget has them. */
function alarmOf(name: string, properties: any): Alarm {
  const row = (metric: any, rest: object) => [metric.Namespace, metric.MetricName, ...(metric.Dimensions ?? []).flatMap(({ Name, Value }: any) => [Name, Value]), rest];
  const metrics = properties.Metrics
    ? properties.Metrics.map((each: any) => {
      const rest = { id: each.Id, ...each.Label !== undefined && { label: each.Label }, ...each.ReturnData === false && { visible: false } };
      return each.Expression === undefined ? row(each.MetricStat.Metric, { ...rest, stat: each.MetricStat.Stat, period: each.MetricStat.Period }) : [{ ...rest, expression: each.Expression }];
    })
    : [row(properties, { stat: properties.Statistic ?? properties.ExtendedStatistic, period: properties.Period })];
  return { name, threshold: properties.Threshold, metrics };
}

/** Every dashboard of these templates. References to what only a deploy knows become names that say what they are. */
export function dashboardsOf(templates: readonly Template[]): Dashboard[] {
  const exported = new Map<string, unknown>();
  for (const template of templates) {
    const resolver = new Resolver(template, exported);
    for (const output of Object.values(template.Outputs ?? {})) {
      if (output.Export) exported.set(resolver.text(output.Export.Name), resolver.value(output.Value));
    }
  }
  return templates.flatMap((template) => {
    const resolver = new Resolver(template, exported);
    const of = (type: string) => Object.entries(template.Resources ?? {}).filter(([, resource]) => resource.Type === type);
    const alarms = of('AWS::CloudWatch::Alarm').map(([id, { Properties: properties }]) => alarmOf(resolver.name(id), resolver.value(properties)));
    return of('AWS::CloudWatch::Dashboard').map(([id, { Properties: properties }]) => ({ name: resolver.name(id).replace(`-${CHANCE}`, ''), body: JSON.parse(resolver.text(properties.DashboardBody)) as Body, alarms }));
  });
}

/** The templates that a path names: one file, or all of a cdk.out folder with its nested assemblies. */
export function templatesAt(path: string): Template[] {
  const files = statSync(path).isDirectory()
    ? (readdirSync(path, { recursive: true }) as string[]).filter((name) => name.endsWith('.template.json') && !/(^|\/)asset\./.test(name)).sort().map((name) => join(path, name))
    : [path];
  return files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Template);
}
