import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

const client = new S3Client({});
const PATIENCE_MS = 20_000;

/**
 * The text of an object; nothing when it is not there. Who may not list a bucket is told 403 of what is not in it, and so may be who is allowed to list a folder alone: that is
 * taken for "not there", and said in the log. A denial that names the object or its key is one.
 */
export async function textOf(bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
    return await Body!.transformToString();
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (name === 'NoSuchKey') return undefined;
    if (name !== 'AccessDenied' || $metadata?.httpStatusCode !== 403 || /kms|s3:GetObject/i.test(message)) throw error;
    console.error(`s3://${bucket}/${key} is taken for not there: ${message}`);
    return undefined;
  }
}
