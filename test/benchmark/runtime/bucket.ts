import { Listener, type Answer, type Received } from '../../compilation/runtime/http';

interface Stored {
  readonly body: string;
  readonly written: Date;
}

/** A bucket as the SDK speaks to it: get, put, and lists in pages of two. */
export class Bucket {
  static async start(): Promise<Bucket> {
    const objects = new Map<string, Stored>();
    const bucket: Bucket = new Bucket(objects, await Listener.start((request) => bucket.answer(request)));
    return bucket;
  }

  /** What all requests are refused with. */
  refusal: { readonly status: number; readonly code: string; readonly message: string } | undefined;
  /** Whether its reader may list it: is told 404, not 403. */
  listed = true;

  private constructor(readonly objects: Map<string, Stored>, private readonly listener: Listener) {}

  get url(): string {
    return this.listener.url;
  }

  /** Requests so far, as `GET /bucket/key`. */
  get requests(): string[] {
    return this.listener.received.map(({ method, path }) => `${method} ${decodeURIComponent(path.split('?')[0])}`);
  }

  get received(): readonly Received[] {
    return this.listener.received;
  }

  put(key: string, body: string | object, written = '2026-11-01T00:00:00.000Z'): void {
    this.objects.set(key, { body: typeof body === 'string' ? body : JSON.stringify(body), written: new Date(written) });
  }

  async stop(): Promise<void> {
    await this.listener.stop();
  }

  private answer({ method, path, body }: Received): Answer {
    if (this.refusal) return error(this.refusal.status, this.refusal.code, this.refusal.message);
    const { pathname, searchParams } = new URL(path, 'http://bucket');
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
    if (method === 'PUT') {
      this.put(key, body);
      return {};
    }
    if (key === '') return this.list(searchParams);
    const found = this.objects.get(key);
    if (found) return { body: found.body };
    return this.listed ? error(404, 'NoSuchKey', 'The specified key does not exist.') : error(403, 'AccessDenied', 'User: arn:aws:sts::123456789012:assumed-role/gate/x is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::results"');
  }

  private list(query: URLSearchParams): Answer {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const contents = keys.slice(from, from + 2).map((key) => `<Contents><Key>${key}</Key><LastModified>${this.objects.get(key)!.written.toISOString()}</LastModified></Contents>`);
    const more = from + 2 < keys.length;
    return { body: `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${contents.join('')}${more ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : ''}</ListBucketResult>` };
  }
}

function error(status: number, code: string, message: string): Answer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>` };
}
