import { Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { REGISTRIES_COLLECTED_ON, REGISTRY_ACCOUNTS } from './data-files';
import { ProblemsError } from '../private/problems';

/** Part of the template of every region-agnostic stack that uses the registry: renaming it changes templates. */
const MAPPING_ID = 'CdkAcceleratorsImageRegistry';

/**
 * Account that holds the AWS Deep Learning Containers in the stack's region.
 *
 * aws-cdk-lib has the same fact (region-info `dlcRepositoryAccount`), but for
 * fewer regions, and which ones depends on its version: the same app would then
 * make different templates under different versions.
 */
export function registryAccount(scope: Construct): string {
  const stack = Stack.of(scope);
  if (Token.isUnresolved(stack.region)) return accountMapping(stack).findInMap(Aws.REGION, 'account');
  if (!Object.hasOwn(REGISTRY_ACCOUNTS, stack.region)) {
    throw new ProblemsError(scope.node.path, [{
      prop: 'image',
      got: `an AWS Deep Learning Containers image in ${stack.region}`,
      allowed: `a region with a known registry (as of ${REGISTRIES_COLLECTED_ON}): ${Object.keys(REGISTRY_ACCOUNTS).join(', ')}`,
      fix: 'copy the image to a repository of your own and pass it with ServingImage.fromEcrRepository',
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
