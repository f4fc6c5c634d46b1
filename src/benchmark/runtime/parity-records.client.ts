import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ParityRecord } from '../core/parity-verdict';

const client = new S3Client({});
const PATIENCE_MS = 20_000;
const patience = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) });

const SCHEMA: ParityRecord['schema'] = 'cdk-accelerators/parity-record/1';

/** A record; nothing when it is not there. The roles of those who ask may list the folder: else they would be told 403 of it. */
export async function readParityRecord(bucket: string, key: string): Promise<ParityRecord | undefined> {
  let text: string;
  try {
    text = await (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), patience())).Body!.transformToString();
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
  const record = JSON.parse(text) as Partial<ParityRecord> | null;
  if (record?.schema !== SCHEMA) throw new Error(`s3://${bucket}/${key} has the schema ${JSON.stringify(record?.schema ?? null)}; this version of cdk-accelerators reads "${SCHEMA}": check again`);
  return record as ParityRecord;
}

export async function writeParityRecord(bucket: string, key: string, record: ParityRecord): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(record, undefined, 2), ContentType: 'application/json' }), patience());
}
