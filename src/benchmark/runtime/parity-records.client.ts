import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { textOf } from './text.client';
import type { ParityRecord } from '../core/parity-verdict';

const client = new S3Client({});
const PATIENCE_MS = 20_000;

const SCHEMA: ParityRecord['schema'] = 'cdk-accelerators/parity-record/1';

/** A record; nothing when it is not there. */
export async function readParityRecord(bucket: string, key: string): Promise<ParityRecord | undefined> {
  const text = await textOf(bucket, key);
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as Partial<ParityRecord> | null;
  if (record?.schema !== SCHEMA) throw new Error(`s3://${bucket}/${key} has the schema ${JSON.stringify(record?.schema ?? null)}; this version of cdk-accelerators reads "${SCHEMA}": check again`);
  return record as ParityRecord;
}

export async function writeParityRecord(bucket: string, key: string, record: ParityRecord): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(record, undefined, 2), ContentType: 'application/json' }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
}
