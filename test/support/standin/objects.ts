import type { Eventually } from './eventually';

/** The account and region that something is done for. */
export interface Where {
  readonly account: string;
  readonly region: string;
}

/** Amazon S3, as far as jobs read and write it. Buckets are not made: one is there as soon as something is in it. */
export interface Objects {
  put(bucket: string, key: string, body: string | Buffer, where?: Where): Eventually<void>;
  get(bucket: string, key: string, where?: Where): Eventually<Buffer | undefined>;
  /** Keys that begin with `prefix`, sorted. */
  list(bucket: string, prefix: string, where?: Where): Eventually<string[]>;
  delete(bucket: string, key: string, where?: Where): Eventually<void>;
}

/** Objects in memory, one set for all accounts, as bucket names are global. */
export class ObjectStore implements Objects {
  private readonly objects = new Map<string, Map<string, Buffer>>();

  put(bucket: string, key: string, body: string | Buffer): void {
    const keys = this.objects.get(bucket) ?? new Map<string, Buffer>();
    // A copy: the caller may go on with its buffer.
    keys.set(key, Buffer.from(body as string));
    this.objects.set(bucket, keys);
  }

  get(bucket: string, key: string): Buffer | undefined {
    const body = this.objects.get(bucket)?.get(key);
    return body && Buffer.from(body);
  }

  list(bucket: string, prefix: string): string[] {
    // S3 sorts keys by their UTF-8 bytes.
    return [...this.objects.get(bucket)?.keys() ?? []]
      .filter((key) => key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  delete(bucket: string, key: string): void {
    this.objects.get(bucket)?.delete(key);
  }

  clear(): void {
    this.objects.clear();
  }
}

/** Bucket and key of an `s3://` address; the key of a bucket alone is empty. */
export function parseS3Uri(uri: string): { bucket: string; key: string } {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri);
  if (!match) throw new Error(`not an s3:// address: ${uri}`);
  return { bucket: match[1], key: match[2] };
}

/** The key of a file below an address that stands for a folder, with or without a slash at its end. */
export function below(folderKey: string, path: string): string {
  return folderKey === '' ? path : `${folderKey.replace(/\/$/, '')}/${path}`;
}
