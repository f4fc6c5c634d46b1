import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as nodePath from 'node:path';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { throwProblems, type Problem } from '../../private/problems';
import { StoredGzip } from '../core/stored-gzip';
import { tarEnd, tarHeader, tarPadding } from '../core/tar';
import type { ModelProfile } from '../model-profile';
import type { SourceParts } from './source-parts';

export interface LocalDirectoryOptions {
  readonly exclude?: string[];
  readonly decryptionKey?: kms.IKey;
  readonly profile?: ModelProfile;
}

const ALWAYS_EXCLUDED = ['.git', '.DS_Store', '.cache', '__pycache__', '.ipynb_checkpoints'];

/** A limit of this library: the archive is written, hashed and copied to the cloud assembly at every synthesis. */
const MAX_GIB = 5;
const CHUNK = 1024 * 1024;

interface Found {
  readonly files: { readonly path: string; readonly size: number }[];
  readonly problems: Problem[];
}

export function localDirectory(path: string, options: LocalDirectoryOptions): SourceParts {
  const root = nodePath.resolve(path);
  const found = survey(root, path, new Set([...ALWAYS_EXCLUDED, ...options.exclude ?? []]));
  throwProblems('ModelSource.localDirectory', found.problems);
  // Both variants of an endpoint bind the same source: one archive serves them.
  let archive: { file: string; hash: string } | undefined;
  return {
    description: `directory ${path}`,
    profile: options.profile,
    bind: (scope: Construct) => {
      archive ??= writeArchive(root, found.files, scope);
      const asset = new assets.Asset(scope, 'Artifact', { path: archive.file, assetHash: archive.hash });
      return {
        archiveUrl: asset.s3ObjectUrl,
        policyStatements: [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [asset.bucket.arnForObjects(asset.s3ObjectKey)] })],
        decryptionKeys: options.decryptionKey === undefined ? [] : [options.decryptionKey],
      };
    },
  };
}

/** Lists the files that go in, in an order that no locale or file system decides. */
function survey(root: string, given: string, excluded: ReadonlySet<string>): Found {
  const found: Found = { files: [], problems: [] };
  const stat = fs.statSync(root, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) {
    found.problems.push({ prop: 'path', got: `${JSON.stringify(given)}, which ${stat === undefined ? 'does not exist' : 'is not a directory'}`, allowed: 'a directory with the files of the model', fix: 'correct the path; it is taken from the working directory unless it is absolute' });
    return found;
  }
  walk(root, '', excluded, found);
  found.files.sort((a, b) => a.path < b.path ? -1 : 1);
  if (found.problems.length > 0) return found;
  const bytes = found.files.reduce((sum, file) => sum + file.size, 0);
  if (found.files.length === 0) {
    found.problems.push({ prop: 'path', got: `${JSON.stringify(given)}, which holds no files to serve`, allowed: 'a directory with the files of the model', fix: 'put the files of the model at the top of the directory' });
  } else if (bytes > MAX_GIB * 1024 ** 3) {
    found.problems.push({ prop: 'path', got: `${JSON.stringify(given)}, which holds ${(bytes / 1024 ** 3).toFixed(1)} GiB`, allowed: `at most ${MAX_GIB} GiB`, fix: 'upload the files to S3 once and use ModelSource.s3Prefix' });
  }
  return found;
}

function walk(root: string, below: string, excluded: ReadonlySet<string>, found: Found): void {
  for (const entry of fs.readdirSync(nodePath.join(root, below), { withFileTypes: true })) {
    if (excluded.has(entry.name)) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      walk(root, path, excluded, found);
    } else if (entry.isFile()) {
      found.files.push({ path, size: fs.statSync(nodePath.join(root, path)).size });
    } else {
      const link = entry.isSymbolicLink();
      found.problems.push({ prop: 'path', got: `${JSON.stringify(path)}, ${link ? 'a symbolic link' : 'not a regular file'}`, allowed: 'regular files and directories: SageMaker unpacks no others', fix: link ? 'copy the directory with its links followed, e.g. cp -rL' : 'remove it or name it in exclude' });
    }
  }
}

function writeArchive(root: string, files: Found['files'], scope: Construct): { file: string; hash: string } {
  const directory = fs.mkdtempSync(nodePath.join(os.tmpdir(), 'cdk-accelerators-'));
  const file = nodePath.join(directory, 'model.tar.gz');
  const out = fs.openSync(file, 'w');
  const hash = createHash('sha256');
  try {
    const gzip = new StoredGzip((chunk) => { hash.update(chunk); fs.writeFileSync(out, chunk); });
    for (const entry of files) {
      // One spelling of accented letters: file systems differ in it.
      gzip.add(tarHeader(entry.path.normalize('NFC'), entry.size));
      copyContent(nodePath.join(root, entry.path), entry.size, gzip);
      gzip.add(tarPadding(entry.size));
    }
    gzip.add(tarEnd());
    gzip.end();
  } finally {
    fs.closeSync(out);
  }
  // The asset copies the file, unless staging is off and the assembly points at it here.
  if (scope.node.tryGetContext('aws:cdk:disable-asset-staging') === undefined) removeAtExit(directory);
  return { file, hash: hash.digest('hex') };
}

const temporary: string[] = [];

/** One listener for all archives: Node warns of a leak at eleven. */
function removeAtExit(directory: string): void {
  if (temporary.length === 0) {
    process.once('exit', () => temporary.forEach((one) => fs.rmSync(one, { recursive: true, force: true })));
  }
  temporary.push(directory);
}

function copyContent(file: string, size: number, gzip: StoredGzip): void {
  const input = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(CHUNK, Math.max(1, size)));
    let left = size;
    while (left > 0) {
      const read = fs.readSync(input, buffer, 0, Math.min(buffer.length, left), null);
      // The size is already in the header: a shorter file would shift everything behind it.
      if (read === 0) throw new Error(`${file} became shorter while it was read`);
      gzip.add(buffer.subarray(0, read));
      left -= read;
    }
  } finally {
    fs.closeSync(input);
  }
}
