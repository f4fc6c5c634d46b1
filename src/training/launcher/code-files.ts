import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Problem } from '../../private/problems';

/** Folder of this library in the archive. */
export const OWN_FOLDER = '.cdk-accelerators';

/** Never part of what is trained, at any depth. */
export const ALWAYS_EXCLUDED = [
  '.git', '.hg', '.svn', '.DS_Store', '.cache', '.venv', '.idea', '.vscode', '.mypy_cache', '.pytest_cache', '.ruff_cache', '.ipynb_checkpoints', '__pycache__', 'cdk.out',
];

/** A limit of this library: the archive is written, hashed and copied to the cloud assembly at every synthesis. Data and weights belong into channels. */
const MOST_MIB = 256;
const MIB = 1024 ** 2;

/** Folders and files that hold credentials by convention. Examples of an `.env` and public keys hold none. */
const SECRET_FOLDERS = /^\.(aws|ssh|gnupg|kube|docker|azure|kaggle|huggingface)$/i;
const SECRET_FILES = new RegExp([
  '^\\.env(?!.*\\.(example|sample|template|dist)$)(\\..*)?$', '^\\.envrc$|.\\.env$', '\\.(pem|key|p12|pfx|ppk|jks|keystore)$', '^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$',
  '^[._]netrc$', '^\\.(pgpass|pypirc|npmrc|git-credentials|htpasswd)$', '^secrets?(\\.(json|ini|toml|txt|ya?ml))?$', '^credentials(\\.(json|csv|ini|toml|ya?ml))?$', '^(kaggle|client_secret.*|service[-_]account.*)\\.json$',
].join('|'), 'i');

/** One file as it was when the directory was listed. */
export interface CodeFile {
  /** Name in the archive, in Unicode form NFC whatever the file system has. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly onDisk: string;
  readonly size: number;
}

/** What is wrong with names to leave out. */
export function excludeProblems(exclude: readonly string[]): Problem[] {
  return exclude.filter((name) => typeof name !== 'string' || /^$|[*?[\]\\]/.test(name)).map((name) => ({
    prop: 'exclude', got: JSON.stringify(name) ?? String(name), allowed: 'names of files and directories at any depth, or paths below the directory, without patterns', fix: 'name what is to be left out',
  }));
}

/** Lists the files that go in, in an order that no locale or file system decides. */
export function listCode(directory: string, exclude: readonly string[]): { files: CodeFile[]; problems: Problem[] } {
  const root = path.resolve(directory);
  const allowed = 'a directory with the training script';
  const stat = fs.statSync(root, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) {
    return { files: [], problems: [{ prop: 'directory', got: `${JSON.stringify(directory)}, which ${stat === undefined ? 'does not exist' : 'is not a directory'}`, allowed, fix: 'correct the path; it is taken from the working directory unless it is absolute' }] };
  }
  const found = new Survey(new Set([...ALWAYS_EXCLUDED, ...exclude.map((name) => name.normalize('NFC').replace(/^\.\/|\/+$/g, ''))]));
  found.walk('', root);
  const problems = [...found.problems, ...secretProblems(found.secrets)];
  const files = found.files.sort((a, b) => a.path < b.path ? -1 : 1);
  if (problems.length > 0) return { files, problems };
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length === 0) {
    problems.push({ prop: 'directory', got: `${JSON.stringify(directory)}, which holds no files`, allowed, fix: 'put the script into it, or correct the path' });
  } else if (bytes > MOST_MIB * MIB) {
    problems.push({ prop: 'directory', got: `${JSON.stringify(directory)}, which holds ${Math.ceil(bytes / MIB)} MiB`, allowed: `at most ${MOST_MIB} MiB: it is packed at every synthesis`, fix: 'name data and weights in exclude, and give them to the job as a channel' });
  }
  return { files, problems };
}

class Survey {
  public readonly files: CodeFile[] = [];
  public readonly problems: Problem[] = [];
  public readonly secrets: string[] = [];

  constructor(private readonly excluded: ReadonlySet<string>) {}

  public walk(below: string, folder: string): void {
    const names = new Set<string>();
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const name = entry.name.normalize('NFC');
      const place = `${below}${name}`;
      if (this.excluded.has(name) || this.excluded.has(place)) continue;
      const onDisk = path.join(folder, entry.name);
      const problem = (got: string, allowed: string, fix: string) => this.problems.push({ prop: 'directory', got: `${JSON.stringify(place)}${got}`, allowed, fix });
      if (name.includes('\ufffd')) {
        problem(', a name that is not UTF-8', 'names in UTF-8', 'rename it');
      } else if (names.has(name)) {
        problem(' twice, in two Unicode spellings', 'names that differ by more than their Unicode spelling: the archive has one of them', 'rename one of the two');
      } else if (place === OWN_FOLDER) {
        problem(', the folder that the launcher of this library is put into', 'other names', 'rename it');
      } else if (entry.isDirectory() ? SECRET_FOLDERS.test(name) : SECRET_FILES.test(name)) {
        this.secrets.push(entry.isDirectory() ? `${place}/` : place);
      } else if (entry.isDirectory()) {
        this.walk(`${place}/`, onDisk);
      } else if (entry.isFile()) {
        this.files.push({ path: place, onDisk, size: fs.lstatSync(onDisk).size });
      } else {
        const link = entry.isSymbolicLink();
        problem(link ? ', a symbolic link' : ', not a regular file', 'regular files and directories', link ? 'copy the directory with its links followed, e.g. cp -rL, or name it in exclude' : 'remove it, or name it in exclude');
      }
      names.add(name);
    }
  }
}

function secretProblems(secrets: readonly string[]): Problem[] {
  if (secrets.length === 0) return [];
  const sorted = [...secrets].sort();
  return [{
    prop: 'directory',
    got: `${sorted.map((one) => JSON.stringify(one)).join(', ')}, which look${sorted.length === 1 ? 's like a secret' : ' like secrets'}`,
    allowed: 'files that whoever reads the assets of the account may read',
    fix: `remove ${sorted.length === 1 ? 'it' : 'them'}, or name ${sorted.length === 1 ? 'it' : 'them'} in exclude; a script reads secrets from AWS Secrets Manager, with the role of the job`,
  }];
}
