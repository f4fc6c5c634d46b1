import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { textOf } from './text.client';
import { baselineKey } from '../contract';
import type { BaselineRecord, ModelVersion } from '../core/types';

const client = new S3Client({});
const PATIENCE_MS = 20_000;
const patience = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) });

const SCHEMA: BaselineRecord['schema'] = 'cdk-accelerators/baseline-record/1';
/** Records that are read beside each other. */
const AT_ONCE = 10;

/** A record; nothing when it is not there. */
export async function readRecord(bucket: string, key: string): Promise<BaselineRecord | undefined> {
  const text = await textOf(bucket, key);
  return text === undefined ? undefined : recordIn(text, `s3://${bucket}/${key}`);
}

function recordIn(text: string, where: string): BaselineRecord {
  let record: Partial<BaselineRecord> | null;
  try {
    record = JSON.parse(text) as Partial<BaselineRecord> | null;
  } catch (error) {
    throw new Error(`${where} is no JSON: ${(error as Error).message}`);
  }
  if (record?.schema !== SCHEMA) throw new Error(`${where} has the schema ${JSON.stringify(record?.schema ?? null)}; this version of cdk-accelerators reads "${SCHEMA}": run the benchmark again`);
  return record as BaselineRecord;
}

export async function writeRecord(bucket: string, key: string, record: BaselineRecord): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(record, undefined, 2), ContentType: 'application/json' }), patience());
}

/** The version of a variant that was measured last, apart from one's own: what a version is compared with. The same model on another image, of the container or of its host, is another one. */
export async function previousRecord(bucket: string, prefix: string, endpoint: string, variant: string, ownVersion: ModelVersion, round: 1 | 2): Promise<BaselineRecord | undefined> {
  const own = baselineKey(prefix, endpoint, variant, ownVersion, round);
  const keys = (await keysBelow(bucket, `${prefix}baselines/${endpoint}/${variant}/`)).filter((key) => key.endsWith(`/round-${round}.json`));
  // Newest writes first, until there is one: a variant may have had hundreds of versions.
  while (keys.length > 0) {
    const records = await Promise.all(keys.splice(0, AT_ONCE).map(async (key) => {
      const record = await readableRecord(bucket, key);
      return key === own && record !== undefined && sameImages(record.version, ownVersion) ? undefined : record;
    }));
    const measured = records.filter((record) => record?.outcome === 'measured').sort((a, b) => b!.measuredOn.localeCompare(a!.measuredOn));
    if (measured.length > 0) return measured[0];
  }
  return undefined;
}

/** A record; nothing when it cannot be understood: one that another version of this library wrote is nothing to compare with, and no reason to measure nothing. */
export async function readableRecord(bucket: string, key: string): Promise<BaselineRecord | undefined> {
  const text = await textOf(bucket, key);
  try {
    return text === undefined ? undefined : recordIn(text, `s3://${bucket}/${key}`);
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}

/** What is not known of an image is no difference; a host that is not named has the image of its time, and is another one. */
function sameImages(one: ModelVersion, other: ModelVersion): boolean {
  const image = one.image === undefined || other.image === undefined || one.image === other.image;
  return image && one.inferenceAmiVersion === other.inferenceAmiVersion;
}

/** Keys below a folder, the one that was written last first. */
async function keysBelow(bucket: string, folder: string): Promise<string[]> {
  const found: { readonly key: string; readonly written: number }[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, ContinuationToken: token }), patience());
    found.push(...(page.Contents ?? []).map(({ Key, LastModified }) => ({ key: Key!, written: LastModified?.getTime() ?? 0 })));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return found.sort((a, b) => b.written - a.written).map(({ key }) => key);
}
