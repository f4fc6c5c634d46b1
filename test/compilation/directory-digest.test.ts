import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as recorded from '../../src/compilation/data/script.json';
import { directoryDigest } from '../../src/compilation/directory-digest';

const SCRIPT = path.join(__dirname, '..', '..', 'src', 'compilation', 'script');

test('the compile script is the recorded one', () => {
  // When this fails: does the change alter artefacts? Then raise `version` in src/compilation/data/script.json, and every model of every user is
  // compiled again. Else renew the digest alone.
  expect(directoryDigest(SCRIPT)).toBe(recorded.sha256);
});

test('the version is a whole number, which belongs to every key', () => {
  expect(Number.isInteger(recorded.version) && recorded.version >= 1).toBe(true);
});

test('Python comes to the same digest, by the same rule', () => {
  let python: string;
  try {
    python = execFileSync('python3', ['-B', path.join(__dirname, 'script', 'script_hash.py')], { encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  expect(python.trim().split(/\s+/).pop()).toBe(recorded.sha256);
});

describe('a digest', () => {
  let root: string;
  beforeEach(() => { root = fs.mkdtempSync(path.join(os.tmpdir(), 'digest-')); });
  afterEach(() => fs.rmSync(root, { recursive: true }));
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  };

  test('of nothing is the digest of nothing', () => {
    expect(directoryDigest(root)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('is made of names and contents, in one order', () => {
    write('b.py', '2');
    write('a/c.py', '1');
    // sha256 of "a/c.py\0" "1\0" "1" "b.py\0" "1\0" "2"
    expect(directoryDigest(root)).toBe(execFileSync(process.execPath, ['-p', 'require("crypto").createHash("sha256").update("a/c.py\\u00001\\u00001b.py\\u00001\\u00002").digest("hex")'], { encoding: 'utf8' }).trim());
  });

  test.each([
    ['a content', () => write('a.py', '2')],
    ['a name', () => fs.renameSync(path.join(root, 'a.py'), path.join(root, 'b.py'))],
    ['another file', () => write('sub/b.py', '')],
    ['where one file ends and the next begins', () => write('a.py', '1b')],
  ])('changes with %s', (_, change) => {
    write('a.py', '1');
    const before = directoryDigest(root);
    change();
    expect(directoryDigest(root)).not.toBe(before);
  });

  test.each([
    ['times', () => fs.utimesSync(path.join(root, 'a.py'), 1, 1)],
    ['modes', () => fs.chmodSync(path.join(root, 'a.py'), 0o755)],
    ['what Python leaves behind', () => { write('__pycache__/a.pyc', 'x'); write('b.pyc', 'x'); }],
    ['an empty directory', () => fs.mkdirSync(path.join(root, 'empty'))],
  ])('does not change with %s', (_, change) => {
    write('a.py', '1');
    const before = directoryDigest(root);
    change();
    expect(directoryDigest(root)).toBe(before);
  });
});
