import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';

/*
 * The bucket's own grants also cover listing, tagging and retention of the whole bucket. Containers and SageMaker
 * need the objects below one prefix: the actions of the developer guide, "Asynchronous inference, prerequisites".
 */

/** Reads objects below a prefix. */
export function grantReadBelow(bucket: s3.IBucket, prefix: string, grantee: iam.IGrantable): iam.Grant[] {
  return [
    objects(bucket, prefix, grantee, ['s3:GetObject']),
    ...keyGrants(bucket.encryptionKey, grantee, ['kms:Decrypt']),
  ];
}

/** Writes objects below a prefix, with the key given or else the bucket's own. */
export function grantWriteBelow(bucket: s3.IBucket, prefix: string, grantee: iam.IGrantable, key?: kms.IKey): iam.Grant[] {
  return [
    objects(bucket, prefix, grantee, ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject']),
    // S3 asks for a data key for each object, and decrypts the parts of a multipart upload to put them together.
    ...keyGrants(key ?? bucket.encryptionKey, grantee, ['kms:Decrypt', 'kms:GenerateDataKey']),
  ];
}

function objects(bucket: s3.IBucket, prefix: string, grantee: iam.IGrantable, actions: string[]): iam.Grant {
  return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [bucket.arnForObjects(`${prefix}/*`)] });
}

function keyGrants(key: kms.IKey | undefined, grantee: iam.IGrantable, actions: string[]): iam.Grant[] {
  return key === undefined ? [] : [key.grant(grantee, ...actions)];
}
