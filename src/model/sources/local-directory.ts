import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as nodePath from 'node:path';
import { Token } from 'aws-cdk-lib';
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

/** One file as it was when the directory was listed. */
interface ListedFile {
  /** Name in the archive: file systems differ in how they spell accented letters, the archive does not. */
  readonly path: string;
  /** Name on this machine, below the directory. */
  readonly onDisk: string;
  readonly size: number;
}

interface Found {
  readonly files: ListedFile[];
  readonly problems: Problem[];
}

export function localDirectory(path: string, options: LocalDirectoryOptions): SourceParts {
  throwProblems('ModelSource.localDirectory', checkPath(path));
  const root = nodePath.resolve(path);
  const found = survey(root, path, new Set([...ALWAYS_EXCLUDED, ...options.exclude ?? []].map((name) => name.normalize('NFC'))));
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
        contentId: `sha256:${archive.hash}`,
      };
    },
  };
}

/** What no directory can be called. */
function checkPath(path: unknown): Problem[] {
  if (typeof path === 'string' && path !== '' && !path.includes('\0') && !Token.isUnresolved(path)) return [];
  const got = typeof path !== 'string' ? `a value of type ${typeof path}`
    : path === '' ? 'an empty string'
      : Token.isUnresolved(path) ? 'a path that is only known at deploy time' : `${JSON.stringify(path)}, which has a NUL character in it`;
  return [{ prop: 'path', got, allowed: 'the path of a directory with the files of the model', fix: 'give the path as text, absolute or relative to the working directory' }];
}

/** Lists the files that go in, in an order that no locale or file system decides. */
function survey(root: string, given: string, excluded: ReadonlySet<string>): Found {
  const found: Found = { files: [], problems: [] };
  const stat = fs.statSync(root, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) {
    found.problems.push({ prop: 'path', got: `${JSON.stringify(given)}, which ${stat === undefined ? 'does not exist' : 'is not a directory'}`, allowed: 'a directory with the files of the model', fix: 'correct the path; it is taken from the working directory unless it is absolute' });
    return found;
  }
  walk(root, { path: '', onDisk: '' }, excluded, found);
  found.files.sort((a, b) => a.path < b.path ? -1 : 1);
  if (found.problems.length > 0) return found;
  const bytes = found.files.reduce((sum, file) => sum + file.size, 0);
  if (found.files.length === 0) {
    found.problems.push({ prop: 'path', got: `${JSON.stringify(given)}, which holds no files to serve`, allowed: 'a directory with the files of the model', fix: 'put the files of the model at the top of the directory' });
  } else if (bytes > MAX_GIB * 1024 ** 3) {
    found.problems.push({ prop: 'path', got: `${JSON.stringify(given)}, which holds ${Math.ceil(bytes / 1024 ** 3 * 10) / 10} GiB`, allowed: `at most ${MAX_GIB} GiB`, fix: 'upload the files to S3 once and use ModelSource.s3Prefix' });
  }
  return found;
}

function walk(root: string, below: Pick<ListedFile, 'path' | 'onDisk'>, excluded: ReadonlySet<string>, found: Found): void {
  const names = new Set<string>();
  for (const entry of fs.readdirSync(nodePath.join(root, below.onDisk), { withFileTypes: true })) {
    const name = entry.name.normalize('NFC');
    if (excluded.has(name)) continue;
    const [path, onDisk] = below.path === '' ? [name, entry.name] : [`${below.path}/${name}`, `${below.onDisk}/${entry.name}`];
    if (name.includes('\ufffd')) {
      found.problems.push({ prop: 'path', got: `${JSON.stringify(path)}, a name that is not UTF-8`, allowed: 'names in UTF-8', fix: 'rename it' });
    } else if (names.has(name)) {
      found.problems.push({ prop: 'path', got: `${JSON.stringify(path)} twice, in two Unicode spellings`, allowed: 'names that differ by more than their Unicode spelling: the archive has one of them', fix: 'rename one of the two' });
    } else if (entry.isDirectory()) {
      walk(root, { path, onDisk }, excluded, found);
    } else if (entry.isFile()) {
      found.files.push({ path, onDisk, size: fs.lstatSync(nodePath.join(root, onDisk)).size });
    } else {
      const link = entry.isSymbolicLink();
      found.problems.push({ prop: 'path', got: `${JSON.stringify(path)}, ${link ? 'a symbolic link' : 'not a regular file'}`, allowed: 'regular files and directories: SageMaker unpacks no others', fix: link ? 'copy the directory with its links followed, e.g. cp -rL' : 'remove it or name it in exclude' });
    }
    names.add(name);
  }
}

function writeArchive(root: string, files: readonly ListedFile[], scope: Construct): { file: string; hash: string } {
  const directory = fs.mkdtempSync(nodePath.join(os.tmpdir(), 'cdk-accelerators-'));
  const file = nodePath.join(directory, 'model.tar.gz');
  const out = fs.openSync(file, 'w');
  const hash = createHash('sha256');
  let complete = false;
  try {
    const gzip = new StoredGzip((chunk) => { hash.update(chunk); fs.writeFileSync(out, chunk); });
    for (const entry of files) {
      gzip.add(tarHeader(entry.path, entry.size));
      copyContent(root, entry, gzip, scope);
      gzip.add(tarPadding(entry.size));
    }
    gzip.add(tarEnd());
    gzip.end();
    complete = true;
  } finally {
    fs.closeSync(out);
    if (!complete) fs.rmSync(directory, { recursive: true, force: true });
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

/**
 * Adds the content of a file that is still what was listed. Its size is already in the header: a longer or shorter file
 * would shift everything behind it, and a link put in its place could lead out of the directory.
 */
function copyContent(root: string, { path, onDisk, size }: ListedFile, gzip: StoredGzip, scope: Construct): void {
  const changed = (what: string): void => throwProblems(scope, [{
    prop: 'path', got: `${JSON.stringify(path)}, which ${what} after it was listed`, allowed: 'files that stay as they are until the app has run', fix: 'finish writing the model before the app runs, or name what still changes in exclude',
  }]);
  const input = openListed(nodePath.join(root, onDisk), changed);
  try {
    const stat = fs.fstatSync(input);
    if (!stat.isFile()) changed('stopped being a regular file');
    if (stat.size !== size) changed(`changed its size from ${size} to ${stat.size} bytes`);
    const buffer = Buffer.alloc(Math.min(CHUNK, Math.max(1, size)));
    let left = size;
    while (left > 0) {
      const read = fs.readSync(input, buffer, 0, Math.min(buffer.length, left), null);
      if (read === 0) changed(`lost ${left} of its ${size} bytes`);
      gzip.add(buffer.subarray(0, read));
      left -= read;
    }
  } finally {
    fs.closeSync(input);
  }
}

function openListed(file: string, changed: (what: string) => void): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    // Not through a link, and without waiting for the writer of a pipe. Windows has neither flag, and `|` takes undefined for 0.
    // eslint-disable-next-line no-bitwise
    return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    changed(code === 'ENOENT' ? 'was removed' : code === 'ELOOP' ? 'became a symbolic link' : `could not be read (${code})`);
    throw error;
  }
}
