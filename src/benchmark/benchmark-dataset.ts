import * as fs from 'node:fs';
import { Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { checkString, TOKEN } from './benchmark-checks';
import { LARGEST_DATASET } from './core/dataset';
import { checkWildcards } from '../model/core/s3-uri';
import { checkObject, printed } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** A dataset in its place. */
export interface BoundDataset {
  readonly bucket: s3.IBucket;
  readonly key: string;
}

/**
 * The inputs of a benchmark: an object with one input as JSON on each line (JSON Lines), at most 64 MiB. Every variant gets the same lines in the same order; when they are over, it begins
 * again with the first. A golden set is `{"input": ...}` on each line (`AccuracyParity`).
 */
export abstract class BenchmarkDataset {
  /**
   * An object in S3.
   *
   * @param bucket its bucket; one of another app, encrypted with a key of KMS, by `Bucket.fromBucketAttributes({ bucketName, encryptionKey })`
   * @param key its key
   * @throws for a key that would open other objects as well: it goes into a policy
   */
  public static fromBucket(bucket: s3.IBucket, key: string): BenchmarkDataset {
    throwProblems('BenchmarkDataset.fromBucket', [
      ...checkObject('bucket', bucket, 'bucketArn', 'a bucket of S3', 'pass a Bucket, or Bucket.fromBucketAttributes({ bucketName, encryptionKey })'),
      ...checkString('key', key, /^[^/].*[^/]$|^[^/]$/, 'the key of an object, e.g. benchmark/questions.jsonl'),
      ...typeof key === 'string' ? checkWildcards('key', key, 'the dataset') : [],
    ]);
    return new ObjectDataset({ bucket, key });
  }

  /**
   * A file on this machine. It is read at synth, so that a line that is not JSON is found before a deploy.
   *
   * @param path its path
   * @throws for a file that is not there, has no lines, or a line that is no JSON
   */
  public static fromFile(path: string): BenchmarkDataset {
    throwProblems('BenchmarkDataset.fromFile', fileProblems(path));
    return new FileDataset(path);
  }

  /**
   * The file that it is, on this machine.
   *
   * @internal
   */
  public readonly _file?: string;

  /**
   * Puts it where the workers find it.
   *
   * @internal
   */
  public abstract _bind(scope: Construct): BoundDataset;
}

class ObjectDataset extends BenchmarkDataset {
  constructor(private readonly bound: BoundDataset) {
    super();
  }

  public _bind(): BoundDataset {
    return this.bound;
  }
}

class FileDataset extends BenchmarkDataset {
  constructor(public readonly _file: string) {
    super();
  }

  public _bind(scope: Construct): BoundDataset {
    const { bucket, s3ObjectKey: key } = new assets.Asset(scope, 'Dataset', { path: this._file });
    return { bucket, key };
  }
}

function fileProblems(path: string): Problem[] {
  const allowed = 'a file with JSON on each line, at most 64 MiB';
  const fix = 'write JSON on each line: of a benchmark the input, e.g. "a text" or {"text": "..."}; of a golden set {"input": "a text"}';
  const wrong = (got: string): Problem[] => [{ prop: 'path', got, allowed, fix }];
  if (Token.isUnresolved(path)) return [{ prop: 'path', got: TOKEN, allowed, fix: 'give a plain text' }];
  if (typeof path !== 'string' || path === '') return [{ prop: 'path', got: printed(path), allowed, fix: 'give the path of a file' }];
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return [{ prop: 'path', got: `${path}, which is ${stat === undefined ? 'not there' : 'no file'}`, allowed, fix: 'give the path of a file' }];
  if (stat.size > LARGEST_DATASET) return [{ prop: 'path', got: `${path} of ${Math.ceil(stat.size / 1024 / 1024)} MiB`, allowed, fix: 'take a part of it: it is read from the beginning again when it is over' }];
  const lines = fs.readFileSync(path, 'utf8').split('\n');
  const filled = lines.flatMap((line, i) => line.trim() === '' ? [] : [{ line, number: i + 1 }]);
  if (filled.length === 0) return wrong(`${path}, which has no lines`);
  const bad = filled.find(({ line }) => !isJson(line));
  return bad === undefined ? [] : wrong(`${path}, whose line ${bad.number} is no JSON: ${bad.line.slice(0, 60)}`);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
