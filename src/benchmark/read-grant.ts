import * as iam from 'aws-cdk-lib/aws-iam';
import type { ResultsPlace } from './benchmark-statements';

/** Lets a principal read the objects of a folder, and list that folder: `bucket.grantRead` opens the names of all others too. */
export function grantRead({ bucket, prefix }: ResultsPlace, grantee: iam.IGrantable): iam.Grant {
  const grants = [
    iam.Grant.addToPrincipalOrResource({ grantee, resource: bucket, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects(`${prefix}*`)] }),
    iam.Grant.addToPrincipalOrResource({ grantee, resource: bucket, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${prefix}*` } } }),
    ...bucket.encryptionKey === undefined ? [] : [bucket.encryptionKey.grantDecrypt(grantee)],
  ];
  return grants.reduce((all, one) => all.combine(one));
}
