import { CopyObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const client = new S3Client({});

/** Whether an object is there. Who may not list a bucket is told 403 of what is not in it. */
export async function isThere(bucket: string, key: string): Promise<boolean> {
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (name === 'NotFound' || name === 'NoSuchKey' || $metadata?.httpStatusCode === 404) return false;
    throw error;
  }
}

export async function put(bucket: string, key: string, body: object): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(body), ContentType: 'application/json' }));
}

export async function copy(from: { readonly bucket: string; readonly key: string }, to: { readonly bucket: string; readonly key: string }): Promise<void> {
  await client.send(new CopyObjectCommand({ CopySource: `${from.bucket}/${encodeURIComponent(from.key)}`, Bucket: to.bucket, Key: to.key }));
}
