import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Address of a page of the AWS console, in the region of the stack unless another is said; the partitions outside the public one have consoles of their own. */
export function consoleUrl(scope: Construct, service: string, fragment: string, region = Stack.of(scope).region): string {
  const known = Token.isUnresolved(region) ? '' : region;
  const domain = known.startsWith('cn-') ? 'console.amazonaws.cn' : known.startsWith('us-gov-') ? 'console.amazonaws-us-gov.com' : 'console.aws.amazon.com';
  return `https://${region}.${domain}/${service}/home?region=${region}${fragment}`;
}
