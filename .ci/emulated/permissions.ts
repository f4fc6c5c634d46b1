/** What the execution roles of the deployed endpoint allow, asked of an IAM simulator over the policies that were really deployed. */
import { deepStrictEqual as equal, ok } from 'node:assert';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT, calls, endpoint } from './cloud';
import type { Expected } from './expected';

const tool = createRequire(join(ROOT, '.ci/work/tools/package.json'));
const ACCOUNT = process.env.CDK_DEFAULT_ACCOUNT!;

interface Policy {
  readonly name: string;
  readonly policy: any;
}

interface Role {
  readonly trust: any;
  readonly policies: Policy[];
}

async function readRole(roleName: string): Promise<Role> {
  const { IAMClient, GetRoleCommand, GetRolePolicyCommand, ListRolePoliciesCommand } = tool('@aws-sdk/client-iam');
  const iam = new IAMClient({});
  const document = (text: string) => JSON.parse(decodeURIComponent(text));
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
  const { PolicyNames: names } = await iam.send(new ListRolePoliciesCommand({ RoleName: roleName }));
  return {
    trust: document(role.AssumeRolePolicyDocument),
    policies: await Promise.all(names.map(async (name: string) => {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: roleName, PolicyName: name }));
      return { name, policy: document(PolicyDocument) };
    })),
  };
}

async function allowed(roleArn: string, identityPolicies: Policy[], action: string, resource: string): Promise<boolean> {
  const { runSimulation } = tool('@cloud-copilot/iam-simulate');
  const result = await runSimulation({
    request: { principal: roleArn, action, resource: { resource, accountId: ACCOUNT }, contextVariables: {} },
    identityPolicies,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {});
  ok(result.errors === undefined, JSON.stringify(result.errors));
  return result.overallResult === 'Allowed';
}

type Question = readonly [action: string, resource: string];

/** What SageMaker does in the role's name to start and run a model, by the CreateModel request that was made. */
function needed(model: any, endpointName: string): Question[] {
  const container = model.PrimaryContainer;
  const [, account, region, repository] = /^(\d+)\.dkr\.ecr\.([^.]+)\.amazonaws\.com\/([^:@]+)/.exec(container.Image)!;
  const images = `arn:aws:ecr:${region}:${account}:repository/${repository}`;
  const logs = `arn:aws:logs:${region}:${ACCOUNT}:log-group:/aws/sagemaker/Endpoints/${endpointName}`;
  const source = container.ModelDataSource?.S3DataSource;
  const uri: string | undefined = container.ModelDataUrl ?? source?.S3Uri;
  const object = uri?.replace(/^s3:\/\//, 'arn:aws:s3:::');
  return [
    ['ecr:GetAuthorizationToken', '*'],
    ...['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'].map((action): Question => [action, images]),
    ['logs:CreateLogGroup', logs],
    ['logs:CreateLogStream', `${logs}:log-stream:gpu/i-0123456789abcdef0`],
    ['logs:PutLogEvents', `${logs}:log-stream:gpu/i-0123456789abcdef0`],
    ...object === undefined ? [] : [['s3:GetObject', source?.S3DataType === 'S3Prefix' ? `${object}weights.bin` : object] as const],
    ...source?.S3DataType === 'S3Prefix' ? [['s3:ListBucket', object!.split('/')[0]] as const] : [],
  ];
}

const FORBIDDEN: readonly Question[] = [
  ['s3:GetObject', 'arn:aws:s3:::somebody-elses-bucket/model.tar.gz'],
  ['s3:PutObject', 'arn:aws:s3:::amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz'],
  ['s3:DeleteObject', 'arn:aws:s3:::amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz'],
  ['ecr:BatchGetImage', `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/somebody-elses-image`],
  ['ecr:PutImage', 'arn:aws:ecr:us-east-1:763104351884:repository/huggingface-pytorch-inference'],
  ['logs:PutLogEvents', `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/lambda/other:log-stream:x`],
  ['logs:DeleteLogGroup', `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/sagemaker/Endpoints/llama-3-1-8b`],
  ['sagemaker:CreateEndpoint', `arn:aws:sagemaker:us-east-1:${ACCOUNT}:endpoint/x`],
  ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/other`],
  ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:other-AbCdEf`],
];

export async function checkRoles(expected: Expected): Promise<void> {
  const { described, config } = await endpoint();
  const created = await calls('CreateModel');
  const roles = new Set<string>();
  for (const variant of config.ProductionVariants!) {
    const model = created.find(({ input }) => input.ModelName === variant.ModelName)!.input;
    const roleArn: string = model.ExecutionRoleArn;
    roles.add(roleArn);
    const { trust, policies } = await readRole(roleArn.split('/').pop()!);
    equal(trust.Statement.map((statement: any) => [statement.Action, statement.Principal]), [['sts:AssumeRole', { Service: 'sagemaker.amazonaws.com' }]]);
    if (!expected.variants[variant.VariantName!].ownRole) continue;
    const denied: Question[] = [];
    for (const question of needed(model, described.EndpointName!)) if (!await allowed(roleArn, policies, ...question)) denied.push(question);
    equal(denied, [], `${variant.VariantName}: needed and denied`);
    const granted: Question[] = [];
    for (const question of FORBIDDEN) if (await allowed(roleArn, policies, ...question)) granted.push(question);
    equal(granted, [], `${variant.VariantName}: granted and not needed`);
  }
  equal(roles.size, config.ProductionVariants!.length, 'a role for each variant');
}
