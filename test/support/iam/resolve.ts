/** Turns what a template leaves to CloudFormation into values, so that what was synthesized can be run and judged. */

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, any>>;
}

/** A synthesized template, as far as it is read here. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** What an intrinsic stands for: `LogicalId` for Ref, `LogicalId.Attribute` for Fn::GetAtt, `AWS::Region` and the like. */
export type Values = Readonly<Record<string, unknown>>;

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

const PSEUDO: Values = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/test/1`,
  'AWS::StackName': 'test',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Ref and ARN of the resources that policies and state machines speak of: by service, and how the ARN goes on behind the account. */
const NAMED: Readonly<Record<string, { readonly arn: (name: string) => string; readonly refIsArn?: boolean }>> = {
  'AWS::IAM::ManagedPolicy': { arn: (name) => `arn:aws:iam::${ACCOUNT}:policy/${name}`, refIsArn: true },
  'AWS::IAM::Role': { arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}` },
  'AWS::KMS::Key': { arn: (name) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}` },
  'AWS::Lambda::Function': { arn: (name) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}` },
  // The ARN of a log group ends in `:*`, see AWS::Logs::LogGroup in the CloudFormation reference.
  'AWS::Logs::LogGroup': { arn: (name) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}:*` },
  'AWS::S3::Bucket': { arn: (name) => `arn:aws:s3:::${name}` },
  'AWS::SecretsManager::Secret': { arn: (name) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`, refIsArn: true },
  'AWS::SNS::Topic': { arn: (name) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`, refIsArn: true },
  'AWS::StepFunctions::StateMachine': { arn: (name) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`, refIsArn: true },
};

/** Values for a template's own resources, named by their logical ids (buckets in lower case). A test's own values go after these. */
export function stockValues(template: Template): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    const kind = Object.hasOwn(NAMED, Type) ? NAMED[Type] : undefined;
    if (!kind) continue;
    const name = Type === 'AWS::S3::Bucket' ? id.toLowerCase() : id;
    values[id] = kind.refIsArn ? kind.arn(name) : name;
    values[`${id}.Arn`] = kind.arn(name);
    values[`${id}.Name`] = name;
  }
  return values;
}

const NOTHING = Symbol('AWS::NoValue');

class Resolver {
  readonly unresolved = new Set<string>();

  constructor(private readonly values: Values, private readonly template?: Template) {}

  value(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.value(item)).filter((item) => item !== NOTHING);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 1 && (entries[0][0] === 'Ref' || entries[0][0].startsWith('Fn::'))) return this.intrinsic(entries[0][0], entries[0][1]);
    return Object.fromEntries(entries.map(([key, item]) => [key, this.value(item)]).filter(([, item]) => item !== NOTHING));
  }

  private intrinsic(name: string, argument: any): unknown {
    switch (name) {
      case 'Ref': return argument === 'AWS::NoValue' ? NOTHING : this.named(argument, `Ref ${argument}`);
      case 'Fn::GetAtt': {
        const attribute = Array.isArray(argument) ? argument.join('.') : String(argument);
        return this.named(attribute, `Fn::GetAtt ${attribute}`);
      }
      case 'Fn::Join': return this.list(argument[1]).map(String).join(argument[0]);
      case 'Fn::Split': return String(this.value(argument[1])).split(argument[0]);
      case 'Fn::Select': return this.list(argument[1])[Number(argument[0])];
      case 'Fn::Sub': return this.substitute(argument);
      case 'Fn::FindInMap': {
        const [map, top, second] = this.list(argument).map(String);
        const found = this.template?.Mappings?.[map]?.[top]?.[second];
        return found ?? this.missing(`Fn::FindInMap ${map}.${top}.${second}`);
      }
      default: return this.missing(`${name} ${JSON.stringify(argument)}`);
    }
  }

  private list(value: unknown): unknown[] {
    const resolved = this.value(value);
    return Array.isArray(resolved) ? resolved : [resolved];
  }

  private substitute(argument: string | [string, Record<string, unknown>]): string {
    const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
    // `${!x}` is how CloudFormation spells a literal `${x}`.
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      return String(Object.hasOwn(own, name) ? this.value(own[name]) : this.named(name, `Fn::Sub \${${name}}`));
    });
  }

  private named(name: string, what: string): unknown {
    if (Object.hasOwn(this.values, name)) return this.values[name];
    if (Object.hasOwn(PSEUDO, name)) return PSEUDO[name];
    return this.template?.Parameters?.[name]?.Default ?? this.missing(what);
  }

  private missing(what: string): string {
    this.unresolved.add(what);
    return `<${what}>`;
  }
}

/** A value of a template without intrinsics. What the values do not cover is an error that names all of it. */
export function resolve(value: unknown, values: Values, template?: Template): unknown {
  const resolver = new Resolver(values, template);
  const resolved = resolver.value(value);
  if (resolver.unresolved.size > 0) {
    throw new Error(`values: nothing is given for ${[...resolver.unresolved].join(', ')}; add it to the map of values`);
  }
  return resolved;
}
