import { Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { REGISTRIES_COLLECTED_ON, REGISTRY_ACCOUNTS } from './data-files';
import { checkPattern } from '../private/checks';
import { ProblemsError, type Problem } from '../private/problems';

/** Part of the template of every region-agnostic stack that uses the registry: renaming it changes templates. */
const MAPPING_ID = 'CdkAcceleratorsImageRegistry';

/** Which version of which repository; a digest wins over a tag. */
export interface ImageVersion {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** `repository:tag`, or `repository@digest`. */
export function imageName({ repository, tag, digest }: ImageVersion): string {
  return digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
}

/**
 * The address that SageMaker pulls an image of the AWS registry from, for the region of the scope's stack.
 *
 * @param own the static that takes images of the user's own, for the advice where there is no registry
 */
export function registryUri(scope: Construct, image: ImageVersion, own: string): string {
  const stack = Stack.of(scope);
  return `${registryAccount(scope, own)}.dkr.ecr.${stack.region}.${stack.urlSuffix}/${imageName(image)}`;
}

/** The rights to pull from one repository of the AWS registry. */
export function pullStatements(scope: Construct, repository: string, own: string): iam.PolicyStatement[] {
  const arn = Stack.of(scope).formatArn({ service: 'ecr', account: registryAccount(scope, own), resource: 'repository', resourceName: repository });
  return [
    new iam.PolicyStatement({ actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], resources: [arn] }),
    // The token is for the caller's whole registry login: IAM has no resource for it, so "*" is the narrowest there is.
    new iam.PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
  ];
}

export function checkDigest(digest: string | undefined): Problem[] {
  return checkPattern('digest', digest, /^sha256:[0-9a-f]{64}$/, '`sha256:` and 64 hexadecimal digits');
}

/** @param tested what was tested with the image: `the model` */
export function checkTag(tag: string | undefined, tested: string): Problem[] {
  if (tag === 'latest') return [{ prop: 'tag', got: '"latest"', allowed: 'a tag that names one version', fix: `pin the tag or the digest ${tested} was tested with` }];
  return checkPattern('tag', tag, /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/, 'letters, digits, `.`, `_` and `-`, 1 to 128 characters');
}

/** A version of an image in a repository of the user's own: a tag or a digest, never neither. */
export function checkVersion({ tag, digest }: Omit<ImageVersion, 'repository'>, tested: string): Problem[] {
  const none = tag === undefined && digest === undefined;
  return [
    ...checkDigest(digest),
    ...none ? [{ prop: 'tag', got: 'neither a tag nor a digest', allowed: 'one of them', fix: `give the tag or the digest ${tested} was tested with` }] : [],
    ...checkTag(tag, tested),
  ];
}

/**
 * Account that holds the AWS Deep Learning Containers in the stack's region.
 *
 * aws-cdk-lib has the same fact (region-info `dlcRepositoryAccount`), but for
 * fewer regions, and which ones depends on its version: the same app would then
 * make different templates under different versions.
 */
function registryAccount(scope: Construct, own: string): string {
  const stack = Stack.of(scope);
  if (Token.isUnresolved(stack.region)) return accountMapping(stack).findInMap(Aws.REGION, 'account');
  if (!Object.hasOwn(REGISTRY_ACCOUNTS, stack.region)) {
    throw new ProblemsError(scope.node.path, [{
      prop: 'image',
      got: `an AWS Deep Learning Containers image in ${stack.region}`,
      allowed: `a region with a known registry (as of ${REGISTRIES_COLLECTED_ON}): ${Object.keys(REGISTRY_ACCOUNTS).join(', ')}`,
      fix: `copy the image to a repository of your own and pass it with ${own}`,
    }]);
  }
  return REGISTRY_ACCOUNTS[stack.region];
}

/** One mapping per stack, however many images it uses. */
function accountMapping(stack: Stack): CfnMapping {
  const existing = stack.node.tryFindChild(MAPPING_ID);
  if (existing !== undefined) return existing as CfnMapping;
  const mapping = Object.fromEntries(Object.entries(REGISTRY_ACCOUNTS).map(([region, account]) => [region, { account }]));
  return new CfnMapping(stack, MAPPING_ID, { mapping });
}
