import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as zlib from 'node:zlib';
import { App, Aws, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { bindIn, joined, stackIn } from './support';
import { AcceleratorInstance } from '../../src/hardware';
import { ModelSource, ServedModel, type LocalDirectorySourceOptions } from '../../src/model';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'model-test-'));
});

afterEach(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

function put(files: Record<string, string>, at = root): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(at, name)), { recursive: true });
    fs.writeFileSync(path.join(at, name), content);
  }
}

/** Binds the directory in an app of its own and gives back the staged archive. */
function archiveOf(directory: string, options: LocalDirectorySourceOptions = {}): { file: string; bytes: Buffer; url: string } {
  const app = new App({ outdir: fs.mkdtempSync(path.join(root, '..', 'model-out-')) });
  const stack = new Stack(app, 'Stack');
  const config = ModelSource.localDirectory(directory, options).bind(stack, { instance: AcceleratorInstance.of('ml.g5.xlarge') });
  const [file] = fs.readdirSync(app.outdir).filter((name) => name.startsWith('asset.'));
  const bytes = fs.readFileSync(path.join(app.outdir, file));
  fs.rmSync(app.outdir, { recursive: true });
  return { file, bytes, url: joined(stack.resolve(config.archiveUrl)) };
}

/** Paths as the archive spells them: pax records where there are any. */
function pathsOf(bytes: Buffer): string[] {
  const tar = zlib.gunzipSync(bytes);
  const paths: string[] = [];
  let long: string | undefined;
  for (let at = 0; tar[at] !== 0;) {
    const size = parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const isPax = tar.toString('latin1', at + 156, at + 157) === 'x';
    if (isPax) long = /path=(.*)\n/.exec(tar.toString('utf8', at + 512, at + 512 + size))![1];
    else paths.push(long ?? tar.toString('latin1', at, at + 100).replace(/\0.*$/s, ''));
    if (!isPax) long = undefined;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return paths;
}

function listed(bytes: Buffer): string[] {
  const file = path.join(root, '..', `${path.basename(root)}.tar.gz`);
  fs.writeFileSync(file, bytes);
  const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
  fs.rmSync(file);
  return names;
}

test('the template is the same wherever the directory is', () => {
  const roles = ['one', 'two'].map((name) => {
    const directory = path.join(root, name);
    put({ 'config.json': '{}' }, directory);
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ModelSource.localDirectory(directory)));
    return Template.fromStack(stack).findResources('AWS::IAM::Role');
  });
  expect(Object.keys(roles[0])).toHaveLength(1);
  expect(roles[0]).toEqual(roles[1]);
});

describe('the archive', () => {
  test('is a .tar.gz that SageMaker can be pointed at', () => {
    put({ 'config.json': '{}', 'code/inference.py': 'pass' });
    const { file, url, bytes } = archiveOf(root);
    expect(file).toMatch(/^asset\.[0-9a-f]{64}\.tar\.gz$/);
    // aws-cdk-lib keeps the last part of the extension only; the alpha package deploys its artefacts under such keys too.
    expect(url).toMatch(/^s3:\/\/cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.gz$/);
    expect(listed(bytes)).toEqual(['code/inference.py', 'config.json']);
  });

  test('has the same bytes and name whatever the times, modes and order of making', () => {
    put({ 'a.json': '1', 'b/c.bin': 'x'.repeat(70_000), 'Z.txt': '' });
    const first = archiveOf(root);
    const other = fs.mkdtempSync(path.join(os.tmpdir(), 'model-test-'));
    put({ 'Z.txt': '', 'b/c.bin': 'x'.repeat(70_000), 'a.json': '1' }, other);
    fs.utimesSync(path.join(other, 'a.json'), 1, 1);
    fs.chmodSync(path.join(other, 'b/c.bin'), 0o700);
    const second = archiveOf(other);
    fs.rmSync(other, { recursive: true });
    expect(second.bytes.equals(first.bytes)).toBe(true);
    expect(second.file).toBe(first.file);
  });

  // Pins the format: this number changes only when every user's template does.
  test('has a name that is the same on every machine', () => {
    put({ 'config.json': '{"model_type":"bert"}', 'code/inference.py': 'def model_fn(d): pass\n' });
    expect(archiveOf(root).file).toBe('asset.4b779b12dba5b7c4d4fb5a706e2e6959ab100e9f8e1c524f7b260fbc99e0f34b.tar.gz');
  });

  test('changes with its content', () => {
    put({ 'a.json': '1' });
    const before = archiveOf(root).file;
    put({ 'a.json': '2' });
    expect(archiveOf(root).file).not.toBe(before);
  });

  test('leaves empty directories out', () => {
    put({ 'config.json': '{}' });
    fs.mkdirSync(path.join(root, 'cache', 'deeper'), { recursive: true });
    expect(listed(archiveOf(root).bytes)).toEqual(['config.json']);
  });

  test('is sorted by code point, not by the machine\'s language', () => {
    put({ 'b': '', 'B': '', 'a': '', 'a.b': '', 'a-b': '', 'ab/c': '', '_': '' });
    expect(listed(archiveOf(root).bytes)).toEqual(['B', '_', 'a', 'a-b', 'a.b', 'ab/c', 'b']);
  });

  test('leaves out what is not the model', () => {
    put({ 'model.bin': 'x', '.git/HEAD': '', 'code/__pycache__/a.pyc': '', '.DS_Store': '', '.cache/h': '', 'notes.md': '', 'sub/notes.md': '' });
    expect(listed(archiveOf(root, { exclude: ['notes.md'] }).bytes)).toEqual(['model.bin']);
  });

  test('is written once for all variants, with an asset for each', () => {
    put({ 'a.json': '1' });
    const app = new App({ outdir: path.join(root, '..', `${path.basename(root)}-out`) });
    const source = ModelSource.localDirectory(root);
    const stacks = ['One', 'Two'].map((id) => new Stack(app, id));
    const instance = AcceleratorInstance.of('ml.g5.xlarge');
    const urls = stacks.map((stack) => joined(stack.resolve(source.bind(stack, { instance }).archiveUrl)));
    expect(urls[0]).toBe(urls[1]);
    expect(fs.readdirSync(app.outdir).filter((name) => name.startsWith('asset.'))).toHaveLength(1);
    fs.rmSync(app.outdir, { recursive: true });
  });

  test('may be read by the role, and no other asset', () => {
    put({ 'a.json': '1' });
    const stack = new Stack(new App(), 'Stack');
    const config = ModelSource.localDirectory(root).bind(stack, { instance: AcceleratorInstance.of('ml.g5.xlarge') });
    const [statement] = config.policyStatements!.map((one) => stack.resolve(one.toStatementJson()));
    expect(statement.Action).toBe('s3:GetObject');
    expect(joined(statement.Resource)).toMatch(/:s3:::cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.gz$/);
    expect(config.decryptionKeys).toEqual([]);
  });

  test('brings the key of a bootstrap bucket with one', () => {
    put({ 'a.json': '1' });
    const stack = new Stack(new App(), 'Stack');
    const key = new kms.Key(stack, 'Key');
    const source = ModelSource.localDirectory(root, { decryptionKey: key });
    expect(source.bind(stack, { instance: AcceleratorInstance.of('ml.g5.xlarge') }).decryptionKeys).toEqual([key]);
  });
});

describe('localDirectory fails for', () => {
  const message = (directory: string, options?: LocalDirectorySourceOptions): string => {
    try {
      ModelSource.localDirectory(directory, options);
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing thrown';
  };

  test('a path that does not exist', () => {
    expect(message('no/such/model')).toBe(
      'ModelSource.localDirectory: `path`: got "no/such/model", which does not exist; allowed: a directory with the files of the model; fix: correct the path; it is taken from the working directory unless it is absolute',
    );
  });

  test('a file', () => {
    put({ 'model.tar.gz': '' });
    expect(message(path.join(root, 'model.tar.gz'))).toContain('model.tar.gz", which is not a directory; allowed: a directory');
  });

  test('an empty directory, or one with excluded files only', () => {
    const empty = `ModelSource.localDirectory: \`path\`: got ${JSON.stringify(root)}, which holds no files to serve; allowed: a directory with the files of the model; fix: put the files of the model at the top of the directory`;
    expect(message(root)).toBe(empty);
    put({ '.git/HEAD': '', 'a/notes.md': '' });
    expect(message(root, { exclude: ['notes.md'] })).toBe(empty);
  });

  test('symbolic links, as in the cache of the Hub', () => {
    put({ blob: 'x' });
    fs.symlinkSync(path.join(root, 'blob'), path.join(root, 'model.safetensors'));
    expect(message(root)).toBe(
      'ModelSource.localDirectory: `path`: got "model.safetensors", a symbolic link; allowed: regular files and directories: SageMaker unpacks no others; fix: copy the directory with its links followed, e.g. cp -rL',
    );
  });

  test('every link at once', () => {
    put({ blob: 'x' });
    for (const name of ['a', 'b']) fs.symlinkSync(path.join(root, 'blob'), path.join(root, name));
    expect(message(root)).toContain('ModelSource.localDirectory: 2 problems');
  });

  test('a named pipe', () => {
    execFileSync('mkfifo', [path.join(root, 'pipe')]);
    expect(message(root)).toContain('got "pipe", not a regular file; allowed: regular files and directories: SageMaker unpacks no others; fix: remove it or name it in exclude');
    expect(message(root, { exclude: ['pipe'] })).toContain('which holds no files to serve');
  });

  test.each<[unknown, string]>([
    [undefined, 'a value of type undefined'],
    ['', 'an empty string'],
    ['a\0b', '"a\\u0000b", which has a NUL character in it'],
    [Aws.STACK_NAME, 'a path that is only known at deploy time'],
  ])('the path %j', (given, got) => {
    expect(message(given as string)).toBe(
      `ModelSource.localDirectory: \`path\`: got ${got}; allowed: the path of a directory with the files of the model; fix: give the path as text, absolute or relative to the working directory`,
    );
  });

  test('a name that is not UTF-8', () => {
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), '');
    expect(message(root)).toBe(
      'ModelSource.localDirectory: `path`: got "caf\ufffd", a name that is not UTF-8; allowed: names in UTF-8; fix: rename it',
    );
  });

  test('one name in two Unicode spellings', () => {
    put({ ['caf\u00e9']: '', ['cafe\u0301']: '' });
    expect(message(root)).toBe(
      'ModelSource.localDirectory: `path`: got "caf\u00e9" twice, in two Unicode spellings; allowed: names that differ by more than their Unicode spelling: the archive has one of them; fix: rename one of the two',
    );
  });

  test('exactly 5 GiB not, and one byte more', () => {
    put({ 'weights.bin': '', 'more.bin': '' });
    fs.truncateSync(path.join(root, 'weights.bin'), 5 * 1024 ** 3);
    expect(message(root)).toBe('nothing thrown');
    put({ 'more.bin': '1' });
    expect(message(root)).toContain('which holds 5.1 GiB; allowed: at most 5 GiB;');
  });

  test('more than 5 GiB', () => {
    put({ 'weights.bin': '' });
    fs.truncateSync(path.join(root, 'weights.bin'), 5.5 * 1024 ** 3);
    expect(message(root)).toBe(
      `ModelSource.localDirectory: \`path\`: got ${JSON.stringify(root)}, which holds 5.5 GiB; allowed: at most 5 GiB; fix: upload the files to S3 once and use ModelSource.s3Prefix`,
    );
  });
});

describe('a file that changes between listing and packing', () => {
  const changed = (change: () => void): string => {
    put({ 'a.json': 'content' });
    const source = ModelSource.localDirectory(root);
    change();
    try {
      source.bind(new Stack(new App(), 'Stack'), {});
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing thrown';
  };
  const message = (what: string) => `Stack: \`path\`: got "a.json", which ${what} after it was listed; allowed: files that stay as they are until the app has run; fix: finish writing the model before the app runs, or name what still changes in exclude`;
  const file = () => path.join(root, 'a.json');

  afterEach(() => jest.restoreAllMocks());

  test.each<[string, () => void, string]>([
    ['longer', () => fs.appendFileSync(file(), 's'), 'changed its size from 7 to 8 bytes'],
    ['shorter', () => fs.truncateSync(file(), 0), 'changed its size from 7 to 0 bytes'],
    ['gone', () => fs.rmSync(file()), 'was removed'],
    ['a directory', () => { fs.rmSync(file()); fs.mkdirSync(file()); }, 'stopped being a regular file'],
    ['a pipe', () => { fs.rmSync(file()); execFileSync('mkfifo', [file()]); }, 'stopped being a regular file'],
    ['a link out of the directory', () => { fs.rmSync(file()); fs.symlinkSync('/etc/hostname', file()); }, 'became a symbolic link'],
  ])('is refused when it is %s', (_, change, what) => {
    expect(changed(change)).toBe(message(what));
  });

  test('is refused when it becomes shorter while it is read, and no half archive stays', () => {
    // Other tests make archives at the same time.
    const [own, before] = [fs.mkdtempSync(path.join(os.tmpdir(), 'own-')), process.env.TMPDIR];
    process.env.TMPDIR = own;
    try {
      expect(changed(() => { jest.spyOn(jest.requireActual<typeof fs>('node:fs'), 'readSync').mockReturnValueOnce(0); })).toBe(message('lost 7 of its 7 bytes'));
      // The app itself is there; no folder of an archive is.
      expect(fs.readdirSync(own).filter((name) => name.startsWith('cdk-accelerators-'))).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR; else process.env.TMPDIR = before;
      fs.rmSync(own, { recursive: true });
    }
  });

  test('passes when only its content is another', () => {
    expect(changed(() => fs.writeFileSync(file(), 'CONTENT'))).toBe('nothing thrown');
  });
});

describe('names outside ASCII', () => {
  test('have one spelling in the archive, and are sorted by it', () => {
    put({ ['e\u0301.json']: '1', 'z.json': '2', 'f.json': '3' });
    const names = pathsOf(archiveOf(root).bytes);
    expect(names).toEqual(['f.json', 'z.json', '\u00e9.json']);
  });

  test('are read and excluded in either spelling', () => {
    put({ ['e\u0301/a.json']: 'x', ['o\u0308.json']: '' });
    expect(pathsOf(archiveOf(root, { exclude: ['\u00f6.json'] }).bytes)).toEqual(['\u00e9/a.json']);
    expect(archiveOf(root, { exclude: ['o\u0308.json'] }).file).toBe(archiveOf(root, { exclude: ['\u00f6.json'] }).file);
  });
});

test('a file beside a directory is sorted by the whole path, whatever order the file system lists them in', () => {
  put({ 'a/x': '', 'a.b': '' });
  expect(listed(archiveOf(root).bytes)).toEqual(['a.b', 'a/x']);
});
