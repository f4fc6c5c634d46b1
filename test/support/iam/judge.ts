import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { RecordedCall } from './call';
import { listOf, Policies, type NamedPolicy, type PolicyDocument, type Statement } from './policies';
import { ACCOUNT, REGION } from './resolve';

/** Something in a policy that no call needs, and why it is there all the same. */
export interface Exception {
  /**
   * A statement's Sid, an action or a resource, as the policy spells it. A statement without Sid is spared when each of its actions is.
   */
  readonly what: string;
  readonly reason: string;
}

/** A call on one of its resources. */
interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: RecordedCall['context'];
}

/**
 * The policy of a resource that leaves the decision to the account's IAM policies. KMS keys have it by default (KMS developer guide,
 * "Default key policy"). Owners of resources in other accounts, such as AWS's own images, are taken to grant it: only our side of
 * the permission is in the template.
 */
const IAM_DECIDES: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: '*', Resource: '*' }],
};

/** Judges calls by the policies of a template's roles, with `@cloud-copilot/iam-simulate`: actions, resources and conditions. */
export class Judge {
  constructor(private readonly policies: Policies) {}

  /** Throws unless IAM allows every call of the role. Calls of other roles are an error: they belong to another question. */
  async expectAllowed(role: string, calls: readonly RecordedCall[]): Promise<void> {
    const policies = this.policies.of(role);
    const denied: string[] = [];
    for (const request of this.requests(role, calls)) {
      const verdict = await this.verdict(role, policies, request);
      if (verdict !== 'Allowed') denied.push(`role ${role}: ${verdict}: ${described(request)}`);
    }
    if (denied.length > 0) throw new Error(denied.join('\n'));
  }

  /** Throws unless IAM denies every call: for what a role must not be able to do. */
  async expectDenied(role: string, calls: readonly RecordedCall[]): Promise<void> {
    const policies = this.policies.of(role);
    const allowed: string[] = [];
    for (const request of this.requests(role, calls)) {
      const verdict = await this.verdict(role, policies, request);
      if (verdict === 'Allowed') allowed.push(`role ${role}: Allowed: ${described(request)}`);
    }
    if (allowed.length > 0) throw new Error(allowed.join('\n'));
  }

  /**
   * Throws when something that the role is allowed can be taken away and every call still passes: a statement, or one action or one
   * resource of a statement that has several. Denials are not looked at: they give nothing. Two statements that allow the same are
   * both reported, for either can go.
   */
  async expectNeeded(role: string, calls: readonly RecordedCall[], exceptions: readonly Exception[] = []): Promise<void> {
    const blank = exceptions.filter(({ reason }) => reason.trim() === '').map(({ what }) => `exception ${what}: it needs a written reason`);
    const requests = this.requests(role, calls);
    const excepted = new Set(exceptions.map(({ what }) => what));
    const used = new Set<string>();
    const idle: string[] = [];
    const superfluous: string[] = [];
    for (const { names, path, without } of removals(this.policies.of(role))) {
      // What lies inside a statement that nobody needs has been said with the statement.
      if (idle.some((other) => path.startsWith(`${other} `))) continue;
      if (await this.someDenied(role, without, requests)) continue;
      idle.push(path);
      const sparedBy = names.find((all) => all.length > 0 && all.every((name) => excepted.has(name)));
      if (sparedBy) sparedBy.forEach((name) => used.add(name));
      else superfluous.push(`role ${role}: no call needs ${path}`);
    }
    const unused = [...excepted].filter((what) => !used.has(what)).map((what) => `exception ${what}: it is needed or not there, take it off the list`);
    const problems = [...blank, ...superfluous, ...unused];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  private async someDenied(role: string, policies: readonly NamedPolicy[], requests: readonly Request[]): Promise<boolean> {
    for (const request of requests) {
      if (await this.verdict(role, policies, request) !== 'Allowed') return true;
    }
    return false;
  }

  /** One request per resource, each only once: a poll makes the same call a thousand times. */
  private requests(role: string, calls: readonly RecordedCall[]): Request[] {
    const requests = new Map<string, Request>();
    for (const { principal, action, resource, context } of calls) {
      if (principal !== role) throw new Error(`calls: got a call of ${principal} (${action}) among those of ${role}; filter them by principal`);
      for (const one of resource) requests.set(JSON.stringify([action, one, context]), { action, resource: one, context });
    }
    return [...requests.values()];
  }

  /** `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`, or what makes the request or a policy invalid. */
  private async verdict(role: string, policies: readonly NamedPolicy[], { action, resource, context }: Request): Promise<string> {
    // Some ARNs have no account, such as those of buckets: they are taken to be ours.
    const owner = resource.split(':')[4] ?? '';
    const account = /^\d{12}$/.test(owner) ? owner : ACCOUNT;
    const leftToUs = account !== ACCOUNT || resource.startsWith('arn:aws:kms:');
    const resourcePolicy = this.policies.resourcePolicy(resource) ?? (leftToUs ? IAM_DECIDES : undefined);
    const roleArn = this.policies.roleArn(role);
    const simulation: Simulation = {
      request: {
        principal: roleArn,
        action,
        resource: { resource, accountId: account },
        contextVariables: {
          'aws:PrincipalAccount': ACCOUNT,
          'aws:PrincipalArn': roleArn,
          'aws:RequestedRegion': REGION,
          'aws:ResourceAccount': account,
          'aws:SecureTransport': 'true',
          ...context,
        },
      },
      identityPolicies: policies.map(({ name, document }) => ({ name, policy: document })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy,
    };
    const result = await runSimulation(simulation, {});
    return result.resultType === 'error' ? `invalid (${JSON.stringify(result.errors)})` : result.overallResult;
  }
}

interface Removal {
  /** By which exceptions name it: all of one of these. */
  readonly names: readonly (readonly string[])[];
  readonly path: string;
  readonly without: readonly NamedPolicy[];
}

/** Everything that can be taken away from what is allowed: statements first, then what is inside them. */
function removals(policies: readonly NamedPolicy[]): Removal[] {
  return policies.flatMap((policy) => policy.document.Statement.flatMap((statement, index) => {
    if (statement.Effect !== 'Allow') return [];
    const path = `statement ${statement.Sid ?? `#${index + 1}`} of ${policy.name} (${summary(statement)})`;
    const replaced = (put: readonly Statement[]): NamedPolicy[] => policies.map((other) => other !== policy ? other : {
      ...other,
      document: { ...other.document, Statement: other.document.Statement.flatMap((one) => one === statement ? put : [one]) },
    }).filter(({ document }) => document.Statement.length > 0);
    const inside = (['Action', 'Resource'] as const).flatMap((member) => {
      const items = listOf(statement[member]);
      return items.length < 2 ? [] : items.map((item) => ({
        names: [[item]],
        path: `${path} ${member} ${item}`,
        without: replaced([{ ...statement, [member]: items.filter((other) => other !== item) }]),
      }));
    });
    return [{ names: [listOf(statement.Sid), listOf(statement.Action)], path, without: replaced([]) }, ...inside];
  }));
}

function summary({ Action, Resource }: Statement): string {
  return `${listOf(Action).join(', ')} on ${listOf(Resource).join(', ')}`;
}

function described({ action, resource, context }: Request): string {
  return `${action} on ${resource}${Object.keys(context).length === 0 ? '' : ` with ${JSON.stringify(context)}`}`;
}
