import { resolve, stockValues, type Resource, type Template, type Values } from './resolve';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
  readonly [member: string]: unknown;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly Statement[];
}

/** A policy as a role has it: the template's logical id, or `Role.PolicyName` for an inline one, or the ARN of AWS's own. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

export interface PoliciesProps {
  /** Beside and before the stock values: see `stockValues`. */
  readonly values?: Values;
  /** Documents of managed policies that are not in the template, by the end of their ARN (`service-role/AWSLambdaBasicExecutionRole`). */
  readonly managed?: Readonly<Record<string, PolicyDocument>>;
}

/** AWS's own policies that CDK attaches by itself. Documents: AWS managed policy reference guide, as of 2026-11. */
const AWS_MANAGED: Readonly<Record<string, PolicyDocument>> = {
  'service-role/AWSLambdaBasicExecutionRole': {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' }],
  },
};

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? value as readonly T[] : [value as T];
}

/** A role's name, however the template refers to it. */
function nameOf(reference: unknown): string {
  return String(reference).split('/').at(-1)!;
}

/** The identity policies of a template's roles, and the resource policies that have a say. Intrinsics are resolved. */
export class Policies {
  private readonly values: Values;
  private readonly managed: Readonly<Record<string, PolicyDocument>>;

  constructor(private readonly template: Template, props: PoliciesProps = {}) {
    this.values = { ...stockValues(template), ...props.values };
    this.managed = { ...AWS_MANAGED, ...props.managed };
  }

  /** Logical ids of the roles. */
  roles(): string[] {
    return this.ofType('AWS::IAM::Role').map(([id]) => id);
  }

  /** Every policy that a role has. */
  of(role: string): NamedPolicy[] {
    const properties = this.role(role).Properties ?? {};
    const inline = listOf<any>(properties.Policies).map((policy) =>
      this.named(`${role}.${String(this.resolved(policy.PolicyName))}`, policy.PolicyDocument));
    const attached = this.attachable().filter(({ roles }) => roles.includes(this.roleName(role))).map(({ id, document }) => this.named(id, document));
    const byArn = (this.resolved(listOf(properties.ManagedPolicyArns)) as string[]).map((arn) => this.managedPolicy(arn));
    return [...inline, ...attached, ...byArn].filter((policy, at, all) => all.findIndex(({ name }) => name === policy.name) === at);
  }

  /** Services that may take the role on. */
  trustedServices(role: string): string[] {
    const trust = this.document(this.role(role).Properties?.AssumeRolePolicyDocument);
    const services = trust.Statement.filter(({ Effect, Action }) => Effect === 'Allow' && listOf(Action).includes('sts:AssumeRole'))
      .flatMap(({ Principal }) => listOf((Principal as { Service?: string | string[] } | undefined)?.Service));
    return [...new Set(services)].sort();
  }

  /** The ARN of a role: what the values say, and of a role that they do not know an error. */
  roleArn(role: string): string {
    this.role(role);
    return String(this.resolved({ 'Fn::GetAtt': [role, 'Arn'] }));
  }

  /** The policy of the resource behind an ARN, as far as the template has one: of a bucket for it and its objects, and of a key. */
  resourcePolicy(arn: string): PolicyDocument | undefined {
    if (arn.startsWith('arn:aws:s3:::')) {
      const bucket = arn.slice('arn:aws:s3:::'.length).split('/')[0];
      const found = this.ofType('AWS::S3::BucketPolicy').filter(([, { Properties }]) => this.resolved(Properties?.Bucket) === bucket);
      const statements = found.flatMap(([, { Properties }]) => this.document(Properties?.PolicyDocument).Statement);
      return statements.length === 0 ? undefined : { Version: '2012-10-17', Statement: statements };
    }
    const key = this.ofType('AWS::KMS::Key').find(([id]) => this.values[`${id}.Arn`] === arn);
    return key && this.document(key[1].Properties?.KeyPolicy);
  }

  private ofType(...types: string[]): [string, Resource][] {
    return Object.entries(this.template.Resources).filter(([, { Type }]) => types.includes(Type));
  }

  private role(id: string): Resource {
    const resource = Object.hasOwn(this.template.Resources, id) ? this.template.Resources[id] : undefined;
    if (resource?.Type !== 'AWS::IAM::Role') throw new Error(`role: got ${id}, the template's roles are ${this.roles().join(', ')}`);
    return resource;
  }

  private roleName(role: string): string {
    return nameOf(this.resolved({ Ref: role }));
  }

  /** Policies that name the roles they belong to. */
  private attachable(): { readonly id: string; readonly roles: string[]; readonly document: unknown }[] {
    return this.ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy').map(([id, { Properties = {} }]) => ({
      id,
      roles: (this.resolved([...listOf(Properties.Roles), ...listOf(Properties.RoleName)]) as unknown[]).map(nameOf),
      document: Properties.PolicyDocument,
    }));
  }

  private managedPolicy(arn: string): NamedPolicy {
    const own = this.ofType('AWS::IAM::ManagedPolicy').find(([id]) => this.resolved({ Ref: id }) === arn);
    if (own) return this.named(own[0], own[1].Properties?.PolicyDocument);
    const known = Object.keys(this.managed).find((end) => arn.endsWith(`/${end}`));
    if (known === undefined) throw new Error(`managed: nothing is given for ${arn}; add its document`);
    return { name: known, document: this.managed[known] };
  }

  private named(name: string, document: unknown): NamedPolicy {
    return { name, document: this.document(document) };
  }

  private document(document: unknown): PolicyDocument {
    const { Statement, ...rest } = this.resolved(document) as PolicyDocument;
    return { ...rest, Statement: listOf(Statement) };
  }

  private resolved(value: unknown): unknown {
    return resolve(value, this.values, this.template);
  }
}
