import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { checkSize } from '../core/dataset';
import type { DatasetConfig, SliceResult } from '../core/types';

const client = new S3Client({});
const PATIENCE_MS = 60_000;
const patience = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) });

/** An object that was read. */
export interface ReadText {
  readonly text: string;
  readonly etag?: string;
}

/** A dataset, or undefined when it is still the one of this `etag`. */
export async function readDataset({ bucket, key }: DatasetConfig, etag?: string): Promise<ReadText | undefined> {
  try {
    const { Body, ContentLength = 0, ETag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfNoneMatch: etag }), patience());
    try {
      checkSize(ContentLength, `s3://${bucket}/${key}`);
    } catch (error) {
      (Body as { destroy?: () => void }).destroy?.();
      throw error;
    }
    return { text: await Body!.transformToString(), etag: ETag };
  } catch (error) {
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 304) return undefined;
    throw error;
  }
}

/** Keeps what a worker saw where its event says. */
export async function writeResult(place: DatasetConfig, result: SliceResult): Promise<void> {
  await writeText(place, JSON.stringify(result), 'application/json');
}

export async function writeText({ bucket, key }: DatasetConfig, text: string, contentType: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: contentType }), patience());
}

/** What a worker kept there. */
export async function readResult({ bucket, key }: DatasetConfig): Promise<SliceResult> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), patience());
  return JSON.parse(await Body!.transformToString()) as SliceResult;
}
