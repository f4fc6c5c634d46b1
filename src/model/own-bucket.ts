import { Duration } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** A bucket for what jobs write, where the user has given none: encrypted, closed, and kept when its stack is deleted. */
export function ownBucket(scope: Construct, id: string, encryptionKey: kms.IKey | undefined, rules: readonly s3.LifecycleRule[] = []): s3.Bucket {
  return new s3.Bucket(scope, id, {
    encryption: encryptionKey === undefined ? s3.BucketEncryption.S3_MANAGED : s3.BucketEncryption.KMS,
    encryptionKey,
    bucketKeyEnabled: encryptionKey === undefined ? undefined : true,
    enforceSSL: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    // What is left of a large upload that was broken off is paid for and cannot be seen.
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }, ...rules],
  });
}
