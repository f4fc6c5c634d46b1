import { createHash } from 'node:crypto';
import { ACCOUNT, type Context } from '../../iam';
import type { ObjectStore } from '../../standin/objects';
import { TaskError } from '../errors';
import type { Integration, TaskContext } from '../execution';

/** Where the objects are: the stand-in's store in memory. */
export type Objects = Pick<ObjectStore, 'put' | 'get' | 'list'>;

export interface S3Props {
  /** ARNs of the KMS keys that buckets encrypt with by default: reading and writing their objects asks IAM for the key too. */
  readonly keys?: Readonly<Record<string, string>>;
}

interface Request {
  readonly input: any;
  readonly objects: Objects;
  readonly context: TaskContext;
  /** Notes a call on the object (with its key) or on the bucket. */
  asks(action: string, resource: string, keys?: Context): void;
  /** Notes the use of the bucket's KMS key, if it has one. */
  usesKey(action: string): void;
}

/** The SDK's list as S3 counts it: at most 1000 keys. */
const PAGE = 1000;

const etag = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`;

/**
 * Names: both operations model the error NoSuchKey (botocore, s3 2006-03-01), and the Java SDK's class for it is
 * NoSuchKeyException. The text is ours.
 */
function found({ input, objects }: Request): Buffer {
  const body = objects.get(input.Bucket, input.Key);
  if (!body) throw new TaskError('S3.NoSuchKeyException', 'The specified key does not exist. (Service: S3, Status Code: 404)');
  return body;
}

function head(request: Request): { readonly body: Buffer; readonly answer: object } {
  const body = found(request);
  return {
    body,
    answer: {
      AcceptRanges: 'bytes',
      ContentLength: body.length,
      ContentType: 'binary/octet-stream',
      ETag: etag(body),
      LastModified: new Date(request.context.now()).toISOString(),
      Metadata: {},
      ServerSideEncryption: 'AES256',
    },
  };
}

const OPERATIONS: Readonly<Record<string, (request: Request) => object>> = {
  listObjectsV2({ input, objects, asks }) {
    const { Bucket, Prefix, MaxKeys = PAGE, Delimiter, ContinuationToken } = input;
    if (Delimiter !== undefined || ContinuationToken !== undefined) throw new Error('s3: Delimiter and ContinuationToken are not there');
    const keys: Record<string, string> = {};
    if (Prefix !== undefined) keys['s3:prefix'] = Prefix;
    if (input.MaxKeys !== undefined) keys['s3:max-keys'] = String(MaxKeys);
    asks('s3:ListBucket', `arn:aws:s3:::${Bucket}`, keys);
    const all = objects.list(Bucket, Prefix ?? '');
    const page = all.slice(0, Math.min(MaxKeys, PAGE));
    const contents = page.map((Key) => {
      const body = objects.get(Bucket, Key)!;
      return { ETag: etag(body), Key, Size: body.length, StorageClass: 'STANDARD' };
    });
    return {
      // Nothing found: whether Step Functions then gives an empty list is not known, so nobody shall rely on one.
      ...(contents.length > 0 ? { Contents: contents } : {}),
      IsTruncated: all.length > page.length,
      KeyCount: page.length,
      MaxKeys,
      Name: Bucket,
      Prefix: Prefix ?? '',
    };
  },
  headObject(request) {
    request.asks('s3:GetObject', `arn:aws:s3:::${request.input.Bucket}/${request.input.Key}`);
    return head(request).answer;
  },
  getObject(request) {
    request.asks('s3:GetObject', `arn:aws:s3:::${request.input.Bucket}/${request.input.Key}`);
    request.usesKey('kms:Decrypt');
    const { body, answer } = head(request);
    return { ...answer, Body: body.toString('utf8') };
  },
  putObject({ input, objects, asks, usesKey }) {
    asks('s3:PutObject', `arn:aws:s3:::${input.Bucket}/${input.Key}`);
    usesKey('kms:GenerateDataKey');
    // The body is written as JSON, also a text, which then has quotes. Seen on AWS: LocalStack's snapshot of
    // test_s3_put_object, recorded against AWS on 2024-12-13.
    const body = Buffer.from(input.Body === undefined ? '' : JSON.stringify(input.Body));
    objects.put(input.Bucket, input.Key, body);
    return { ETag: etag(body), ServerSideEncryption: 'AES256' };
  },
};

/** `aws-sdk:s3:...` on the stand-in's objects. Answers: LocalStack's snapshots of aws-sdk tasks, recorded against AWS on 2024-05-23. */
export function s3(objects: Objects, props: S3Props = {}): Integration {
  return (operation, input, context) => {
    const { principal, record } = context;
    if (!Object.hasOwn(OPERATIONS, operation)) throw new Error(`s3: got ${operation}, there are ${Object.keys(OPERATIONS).join(', ')}`);
    const asks: Request['asks'] = (action, resource, keys = {}) => record({ principal, action, resource: [resource], context: keys });
    const usesKey: Request['usesKey'] = (action) => {
      const key = props.keys?.[input.Bucket];
      // S3 speaks to KMS for the caller (Amazon S3 user guide, "Specifying server-side encryption with AWS KMS").
      if (key) asks(action, key, { 'kms:ViaService': `s3.${key.split(':')[3]}.amazonaws.com`, 'kms:CallerAccount': ACCOUNT });
    };
    return OPERATIONS[operation]({ input, objects, context, asks, usesKey });
  };
}
