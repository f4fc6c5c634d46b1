import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { OWN_FOLDER, type CodeFile } from './code-files';
import { StoredGzip } from '../../model/core/stored-gzip';
import { tarEnd, tarHeader, tarPadding } from '../../model/core/tar';
import { throwProblems } from '../../private/problems';

/** Where the launcher lies in the archive, and in the container's code directory. */
export const LAUNCH = `${OWN_FOLDER}/launch.py`;

/** The launcher: beside this file in the sources, among the assets in the package. */
function launcherFile(): string {
  const beside = path.join(__dirname, 'launch.py');
  return fs.existsSync(beside) ? beside : path.join(__dirname, '..', '..', '..', 'assets', 'training', 'launcher', 'launch.py');
}

export interface CodeArchive {
  readonly file: string;
  /** SHA-256 of the file. */
  readonly hash: string;
}

/** A tar.gz with the same bytes on every machine and on every day (docs/decisions/010). */
export function writeCodeArchive(scope: Construct, listed: readonly CodeFile[], withLauncher: boolean): CodeArchive {
  const launcher = launcherFile();
  const files = withLauncher ? [{ path: LAUNCH, onDisk: launcher, size: fs.statSync(launcher).size }, ...listed].sort((a, b) => a.path < b.path ? -1 : 1) : listed;
  const chunks: Uint8Array[] = [];
  // A written chunk is used again by the writer.
  const gzip = new StoredGzip((chunk) => chunks.push(Uint8Array.from(chunk)));
  for (const file of files) {
    const content = contentOf(scope, file);
    gzip.add(tarHeader(file.path, content.length));
    gzip.add(content);
    gzip.add(tarPadding(content.length));
  }
  gzip.add(tarEnd());
  gzip.end();
  const bytes = Buffer.concat(chunks);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-accelerators-'));
  const file = path.join(directory, 'code.tar.gz');
  fs.writeFileSync(file, bytes);
  // The asset copies the file, unless staging is off and the assembly points at it here.
  if (scope.node.tryGetContext('aws:cdk:disable-asset-staging') === undefined) removeAtExit(directory);
  return { file, hash: createHash('sha256').update(bytes).digest('hex') };
}

/** The asset of an archive: made once in a scope, whoever asks for it. */
export function codeAsset(scope: Construct, { file, hash }: CodeArchive): assets.Asset {
  const id = `Code${hash.slice(0, 16)}`;
  return scope.node.tryFindChild(id) as assets.Asset | undefined ?? new assets.Asset(scope, id, { path: file, assetHash: hash });
}

/** Of a file that is still one: what was put in its place may lead out of the directory. */
function contentOf(scope: Construct, { path: name, onDisk }: CodeFile): Uint8Array {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let input: number | undefined;
  try {
    // Windows has neither flag, and `|` takes undefined for 0.
    // eslint-disable-next-line no-bitwise
    input = fs.openSync(onDisk, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fs.fstatSync(input).isFile()) return fs.readFileSync(input);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  } finally {
    if (input !== undefined) fs.closeSync(input);
  }
  throwProblems(scope, [{ prop: 'directory', got: `${JSON.stringify(name)}, which was removed or replaced after it was listed`, allowed: 'files that stay as they are until the app has run', fix: 'finish writing before the app runs, or name what still changes in exclude' }]);
  return new Uint8Array();
}

const temporary: string[] = [];

/** One listener for all archives: Node warns of a leak at eleven. */
function removeAtExit(directory: string): void {
  if (temporary.length === 0) process.once('exit', () => temporary.forEach((one) => fs.rmSync(one, { recursive: true, force: true })));
  temporary.push(directory);
}
