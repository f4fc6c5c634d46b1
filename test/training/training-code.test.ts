import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Aws, LegacyStackSynthesizer, Stack, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { encodeHyperParameters, type HyperParameter } from '../../src/training/core/hyper-parameters';
import type { BoundTrainingCode } from '../../src/training/launcher/bound-code';
import { TrainingCode, type DirectoryTrainingCodeOptions, type ImageTrainingCodeOptions } from '../../src/training/training-code';
import { TrainingLauncher } from '../../src/training/training-launcher';

const LAUNCHER = path.join(__dirname, '..', '..', 'src', 'training', 'launcher');
const HARDWARE = { instanceType: 'ml.trn1.32xlarge', processesPerInstance: 32, region: 'us-east-1' };
const withPython = spawnSync('python3', ['--version']).error === undefined ? test : test.skip;
const { TORCHRUN, PYTHON, SAGEMAKER_TOOLKIT } = TrainingLauncher;

let root: string;
let outs: string[];

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'training-test-'));
  outs = [];
});

afterEach(() => {
  jest.restoreAllMocks();
  for (const one of [root, ...outs]) fs.rmSync(one, { recursive: true, force: true });
});

function put(files: Record<string, string>, at = root): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(at, name)), { recursive: true });
    fs.writeFileSync(path.join(at, name), content);
  }
}

/** Whatever an intrinsic joins, as text. */
function joined(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Sub'] !== undefined) return value['Fn::Sub'];
  return value['Fn::Join'] === undefined ? `<${JSON.stringify(value)}>` : value['Fn::Join'][1].map(joined).join('');
}

/** Where the archive of a code is, without intrinsics. */
function archiveOf(stack: Stack, { archive }: BoundTrainingCode): { bucket: string; key: string; fileName: string } {
  const { bucket, key, fileName } = archive!;
  return { bucket: joined(stack.resolve(bucket)), key: joined(stack.resolve(key)), fileName };
}

interface Synthesized { readonly bound: BoundTrainingCode; readonly stack: Stack; readonly file: string; readonly bytes: Buffer }

/** Binds in an app of its own, synthesizes it and gives back the staged archive. */
function synthesized(options: Partial<DirectoryTrainingCodeOptions> = {}, directory = root): Synthesized {
  const app = new App({ outdir: fs.mkdtempSync(path.join(os.tmpdir(), 'training-out-')) });
  outs.push(app.outdir);
  const stack = new Stack(app, 'Stack');
  const bound = TrainingCode.fromDirectory(directory, { entryPoint: 'train.py', ...options })._bind(stack, HARDWARE);
  app.synth();
  const [file] = fs.readdirSync(app.outdir).filter((name) => /^asset\..*\.gz$/.test(name));
  return { bound, stack, file, bytes: fs.readFileSync(path.join(app.outdir, file)) };
}

/** Unpacks with the tar of this system; paths with their contents. */
function unpacked(bytes: Buffer): Record<string, string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'training-tar-'));
  outs.push(folder);
  execFileSync('tar', ['-xzf', '-', '-C', folder], { input: bytes });
  const files = (fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })).filter((name) => fs.statSync(path.join(folder, name)).isFile()).sort();
  return Object.fromEntries(files.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]));
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing thrown';
}

const refusal = (options: Partial<DirectoryTrainingCodeOptions> = {}, directory = root) => messageOf(() => TrainingCode.fromDirectory(directory, { entryPoint: 'train.py', ...options }));
const one = (message: string) => `TrainingCode.fromDirectory: ${message}`;

describe('the archive', () => {
  test('holds the files and the launcher', () => {
    put({ 'train.py': 'print(1)', 'lib/a.py': 'a' });
    expect(unpacked(synthesized().bytes)).toEqual({ 'train.py': 'print(1)', 'lib/a.py': 'a', '.cdk-accelerators/launch.py': fs.readFileSync(path.join(LAUNCHER, 'launch.py'), 'utf8') });
  });

  test('holds no launcher for the toolkit of the image', () => {
    put({ 'train.py': 'print(1)' });
    expect(unpacked(synthesized({ launcher: SAGEMAKER_TOOLKIT }).bytes)).toEqual({ 'train.py': 'print(1)' });
  });

  test('leaves out what is no code, and what is excluded', () => {
    put({ 'train.py': '', '.git/HEAD': '', 'lib/__pycache__/a.pyc': '', '.DS_Store': '', '.venv/bin/python': '', 'notes.md': '', 'sub/notes.md': '', 'data/raw/x': '', 'lib/raw/x': '', 'cafe\u0301/x': '' });
    const { bytes } = synthesized({ launcher: SAGEMAKER_TOOLKIT, exclude: ['notes.md', './data/raw/', 'caf\u00e9'] });
    expect(Object.keys(unpacked(bytes))).toEqual(['lib/raw/x', 'train.py']);
  });

  test.each([TORCHRUN, SAGEMAKER_TOOLKIT])('has the same name in two synths, on another day, with other times and modes (%s)', (launcher) => {
    put({ 'train.py': '1', 'b/c.py': 'x'.repeat(70_000), 'Z.txt': '' });
    const first = synthesized({ launcher });
    const second = synthesized({ launcher });
    const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'training-test-'));
    outs.push(elsewhere);
    put({ 'Z.txt': '', 'b/c.py': 'x'.repeat(70_000), 'train.py': '1' }, elsewhere);
    fs.utimesSync(path.join(elsewhere, 'train.py'), 1, 1);
    fs.chmodSync(path.join(elsewhere, 'train.py'), 0o700);
    jest.spyOn(Date, 'now').mockReturnValue(Date.UTC(2031, 0, 1));
    const third = synthesized({ launcher }, elsewhere);
    for (const other of [second, third]) {
      expect(other.file).toBe(first.file);
      expect(other.bytes.equals(first.bytes)).toBe(true);
      expect(other.bound.digest).toBe(first.bound.digest);
      expect(archiveOf(other.stack, other.bound)).toEqual(archiveOf(first.stack, first.bound));
    }
  });

  // Pins the format: this number changes only when every user's template does.
  test('has a name that is the same on every machine', () => {
    put({ 'train.py': 'print(1)\n', 'lib/__init__.py': '' });
    expect(synthesized({ launcher: SAGEMAKER_TOOLKIT }).file).toBe('asset.da0f0087c6082e312583bfe8a85b58b481363f7cfcbcb6efcf85083a33e56fb0.tar.gz');
  });

  test('and the digest change with the code; the digest with the entry and the launcher too', () => {
    put({ 'train.py': '1', 'other.py': '2' });
    const digests = [synthesized(), synthesized({ entryPoint: 'other.py' }), synthesized({ launcher: PYTHON })].map(({ bound }) => bound.digest);
    put({ 'train.py': '3' });
    digests.push(synthesized().bound.digest);
    expect(new Set(digests).size).toBe(4);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is one asset in a scope for all hardware, and for the same code twice', () => {
    put({ 'train.py': '1' });
    const stack = new Stack(new App(), 'Stack');
    const code = TrainingCode.fromDirectory(root, { entryPoint: 'train.py' });
    const again = TrainingCode.fromDirectory(root, { entryPoint: 'train.py', launcher: PYTHON });
    const bound = [code._bind(stack, HARDWARE), code._bind(stack, { ...HARDWARE, instanceType: 'ml.p4d.24xlarge', processesPerInstance: 8 }), again._bind(stack, HARDWARE)];
    expect(new Set(bound.map((each) => JSON.stringify(archiveOf(stack, each)))).size).toBe(1);
    expect(stack.node.children).toHaveLength(1);
    expect(bound.map(({ environment }) => environment.TRAINING_PROCESSES_PER_NODE)).toEqual(['32', '8', '32']);
    const other = new Stack(stack.node.scope!, 'Other');
    expect(archiveOf(other, code._bind(other, HARDWARE))).toEqual(archiveOf(stack, bound[0]));
  });

  test('of two codes are two assets in a scope', () => {
    put({ 'a/train.py': '1', 'b/train.py': '2' });
    const stack = new Stack(new App(), 'Stack');
    const keys = ['a', 'b'].map((name) => TrainingCode.fromDirectory(path.join(root, name), { entryPoint: 'train.py' })._bind(stack, HARDWARE).archive!.key);
    expect(keys.filter((key) => /^[0-9a-f]{64}\.gz$/.test(key))).toEqual(keys);
    expect(new Set(keys).size).toBe(2);
  });

  test('stays where the assembly points at it when staging is off', () => {
    put({ 'train.py': '1' });
    const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
    TrainingCode.fromDirectory(root, { entryPoint: 'train.py' })._bind(new Stack(app, 'Stack'), HARDWARE);
    const manifest = fs.readFileSync(path.join(app.synth().directory, 'Stack.assets.json'), 'utf8');
    const file = path.resolve(app.outdir, /"path": "([^"]*code\.tar\.gz)"/.exec(manifest)![1]);
    outs.push(path.dirname(file));
    expect(fs.existsSync(file)).toBe(true);
  });

  test('may be read and listed, and nothing else', () => {
    put({ 'train.py': '1' });
    const { bound, stack } = synthesized();
    const [read, list] = bound.statements.map((statement) => stack.resolve(statement.toStatementJson()));
    expect(bound.statements).toHaveLength(2);
    expect([read.Action, list.Action]).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(joined(read.Resource)).toMatch(/:s3:::cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.gz$/);
    expect(list.Condition.StringEquals['s3:prefix']).toMatch(/^[0-9a-f]{64}\.gz$/);
    const { bucket, key, fileName } = archiveOf(stack, bound);
    expect(bucket).toMatch(/^cdk-hnb659fds-assets-\$\{AWS::AccountId\}-\$\{AWS::Region\}$/);
    expect([key, fileName]).toEqual([list.Condition.StringEquals['s3:prefix'], key]);
  });
});

describe('what is started', () => {
  test.each<[string, TrainingLauncher | undefined, string]>([['default', undefined, 'torchrun'], ['TORCHRUN', TORCHRUN, 'torchrun'], ['PYTHON', PYTHON, 'python']])('%s', (_, launcher, name) => {
    put({ 'src/train.py': '1' });
    const { bound } = synthesized({ launcher, entryPoint: './src/train.py' });
    expect(bound.environment).toEqual({ TRAINING_ENTRY_POINT: 'src/train.py', TRAINING_LAUNCHER: name, TRAINING_PROCESSES_PER_NODE: '32' });
    expect(bound.hyperParameters).toEqual({});
    expect(bound.containerArguments).toBeUndefined();
    expect(bound.containerEntrypoint).toEqual(['sh', '-c', 'mkdir -p /opt/ml/code && tar -xzf /opt/ml/input/data/code/*.gz -C /opt/ml/code && cd /opt/ml/code && exec python3 .cdk-accelerators/launch.py']);
    for (const part of bound.containerEntrypoint!) expect(part.length).toBeLessThanOrEqual(256);
  });

  test('the toolkit of the image', () => {
    put({ 'train.py': '1' });
    const { bound, file } = synthesized({ launcher: SAGEMAKER_TOOLKIT });
    expect([bound.containerEntrypoint, bound.containerArguments, bound.environment]).toEqual([undefined, undefined, {}]);
    expect(encodeHyperParameters(bound.hyperParameters)).toEqual({
      sagemaker_program: '"train.py"',
      sagemaker_submit_directory: `"/opt/ml/input/data/code/${/[0-9a-f]{64}/.exec(file)![0]}.gz"`,
      sagemaker_container_log_level: '20',
      sagemaker_torch_distributed_enabled: 'true',
      sagemaker_instance_type: '"ml.trn1.32xlarge"',
      sagemaker_region: '"us-east-1"',
    });
  });

  test('the toolkit in a region that is not known, and where keys are not', () => {
    put({ 'train.py': '1' });
    const stack = new Stack(new App(), 'Stack', { synthesizer: new LegacyStackSynthesizer() });
    const bound = TrainingCode.fromDirectory(root, { entryPoint: 'train.py', launcher: SAGEMAKER_TOOLKIT })._bind(stack, { ...HARDWARE, region: Aws.REGION });
    expect(Token.isUnresolved(bound.archive!.key)).toBe(true);
    expect(bound.archive!.fileName).toMatch(/^[0-9a-f]{64}\.gz$/);
    const encoded = stack.resolve(encodeHyperParameters(bound.hyperParameters));
    expect(joined(encoded.sagemaker_region)).toBe('"<{"Ref":"AWS::Region"}>"');
    expect(encoded.sagemaker_submit_directory).toMatch(/^"\/opt\/ml\/input\/data\/code\/[0-9a-f]{64}\.gz"$/);
  });

  test('is told in a few words', () => {
    put({ 'train.py': '1' });
    const code = TrainingCode.fromDirectory(root, { entryPoint: './train.py' });
    expect([code.description, code.launcher]).toEqual([`train.py in directory ${root}`, TORCHRUN]);
    expect([TrainingCode.inImage().description, TrainingCode.inImage().launcher]).toEqual(['code in the image', undefined]);
    expect([TORCHRUN, PYTHON, SAGEMAKER_TOOLKIT].map(String)).toEqual(['torchrun', 'python', 'sagemaker-toolkit']);
  });

  // All of it: the staged archive in a channel, the entry point in a shell, the launcher, the script.
  withPython.each([[TORCHRUN, ['--nnodes', '1', '--nproc_per_node', '32', 'deep/train.py', '--epochs', '3']], [PYTHON, ['--epochs', '3']]])('%s, in a container\'s folders', (launcher, expected) => {
    put({ 'deep/train.py': 'import json, sys, helper; print("got", json.dumps(sys.argv[1:]))', 'helper.py': '' });
    const { bound, bytes } = synthesized({ launcher, entryPoint: 'deep/train.py' });
    const ml = path.join(root, 'opt', 'ml');
    put({ 'input/config/hyperparameters.json': JSON.stringify(encodeHyperParameters({ epochs: 3 })), 'input/data/code/hash.gz': '' }, ml);
    fs.writeFileSync(path.join(ml, 'input/data/code/hash.gz'), bytes);
    put({ torchrun: '#!/usr/bin/env python3\nimport json, sys; print("got", json.dumps(sys.argv[1:]))' }, path.join(root, 'bin'));
    fs.chmodSync(path.join(root, 'bin', 'torchrun'), 0o755);
    const [command, ...parts] = bound.containerEntrypoint!.map((part) => part.replace(/\/opt\/ml/g, ml));
    const out = execFileSync(command, parts, { encoding: 'utf8', env: { ...process.env, ...bound.environment, TRAINING_ROOT: ml, PATH: `${root}/bin:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' } });
    expect(JSON.parse(/^got (.*)$/m.exec(out)![1])).toEqual(expected);
  });
});

describe('fromDirectory refuses', () => {
  test('a directory that is none', () => {
    const rest = 'allowed: a directory with the training script; fix: correct the path; it is taken from the working directory unless it is absolute';
    expect(refusal({}, 'no/such/code')).toBe(one(`\`directory\`: got "no/such/code", which does not exist; ${rest}`));
    put({ 'train.py': '' });
    const file = path.join(root, 'train.py');
    expect(refusal({}, file)).toBe(one(`\`directory\`: got ${JSON.stringify(file)}, which is not a directory; ${rest}`));
  });

  test.each<[unknown, string]>([[null, 'a value of type object'], ['', '""'], ['a\0b', '"a\\u0000b"'], [Aws.STACK_NAME, 'a path that is only known at deploy time']])('the path %j', (given, got) => {
    expect(refusal({}, given as string)).toBe(one(`\`directory\`: got ${got}; allowed: the path of a directory with the training script; fix: give the path as text, absolute or relative to the working directory`));
  });

  test('an empty directory, or one with excluded files only', () => {
    const empty = one(`\`directory\`: got ${JSON.stringify(root)}, which holds no files; allowed: a directory with the training script; fix: put the script into it, or correct the path`);
    expect(refusal()).toBe(empty);
    put({ '.git/HEAD': '', 'data/x': '' });
    expect(refusal({ exclude: ['data'] })).toBe(empty);
  });

  test('an entry that is not there', () => {
    put({ 'main.py': '', 'lib/train.py': '', 'README.md': '' });
    expect(refusal()).toBe(one(`\`entryPoint\`: got "train.py", which is not among the files of ${JSON.stringify(root)}; allowed: a file that is not excluded; fix: correct the path, e.g. "main.py"`));
    expect(refusal({ entryPoint: 'main.py', exclude: ['main.py'] })).toBe(one(`\`entryPoint\`: got "main.py", which is not among the files of ${JSON.stringify(root)}; allowed: a file that is not excluded; fix: correct the path`));
    expect(refusal({ entryPoint: 'lib', exclude: ['main.py'] })).toBe(one('`entryPoint`: got "lib", which is a directory; allowed: a file that is not excluded; fix: correct the path'));
    expect(refusal({ entryPoint: 'lib/train.py' })).toBe('nothing thrown');
    expect(refusal({ entryPoint: 'lib/../main.py' })).toBe('nothing thrown');
  });

  test.each(['../train.py', '/train.py', '..', 'lib/../../train.py', 'C:\\train.py', '..\\train.py'])('the entry %s outside', (entryPoint) => {
    put({ 'train.py': '' });
    expect(refusal({ entryPoint })).toBe(one(`\`entryPoint\`: got ${JSON.stringify(entryPoint)}, which is outside of the directory; allowed: the path of the script relative to the directory, with slashes; fix: give the path from the directory on, or a directory that holds the script`));
  });

  test.each<[unknown, string]>([['', '""'], ['.', '"."'], ['lib\\train.py', '"lib\\\\train.py"'], [3, 'a value of type number'], [Aws.STACK_NAME, 'a path that is only known at deploy time']])('the entry %j', (entryPoint, got) => {
    put({ 'train.py': '' });
    expect(refusal({ entryPoint: entryPoint as string })).toBe(one(`\`entryPoint\`: got ${got}; allowed: the path of the script relative to the directory, with slashes; fix: give e.g. "train.py"`));
  });

  test('for torchrun what is no Python', () => {
    put({ 'train.sh': '' });
    const message = (launcher: string) => one(`\`entryPoint\`: got "train.sh" with ${launcher}; allowed: a .py file: torchrun starts no other; fix: start it from a Python script, or use TrainingCode.inImage`);
    expect(refusal({ entryPoint: 'train.sh' })).toBe(message('torchrun'));
    expect(refusal({ entryPoint: 'train.sh', launcher: SAGEMAKER_TOOLKIT })).toBe(message('sagemaker-toolkit'));
    expect(refusal({ entryPoint: 'train.sh', launcher: PYTHON })).toBe('nothing thrown');
  });

  test('for the toolkit a setup.py at the top', () => {
    put({ 'train.py': '', 'setup.py': '', 'lib/setup.py': '' });
    expect(refusal({ launcher: SAGEMAKER_TOOLKIT })).toBe(one(`\`launcher\`: got sagemaker-toolkit with a "setup.py" in ${JSON.stringify(root)}; allowed: a directory without one: the toolkit takes it for a package, which it does not start with torchrun; fix: name "setup.py" in exclude, or use TrainingLauncher.TORCHRUN`));
    expect(refusal()).toBe('nothing thrown');
    expect(refusal({ launcher: SAGEMAKER_TOOLKIT, exclude: ['setup.py'] })).toBe('nothing thrown');
  });

  test('what looks like secrets, all at once', () => {
    put({ 'train.py': '', '.env': 'x', 'certs/server.PEM': '', '.aws/credentials': '', 'lib/id_rsa': '' });
    expect(refusal()).toBe(one('`directory`: got ".aws/", ".env", "certs/server.PEM", "lib/id_rsa", which look like secrets; allowed: files that whoever reads the assets of the account may read; fix: remove them, or name them in exclude; a script reads secrets from AWS Secrets Manager, with the role of the job'));
    expect(refusal({ exclude: ['.env', 'certs', '.aws'] })).toBe(one('`directory`: got "lib/id_rsa", which looks like a secret; allowed: files that whoever reads the assets of the account may read; fix: remove it, or name it in exclude; a script reads secrets from AWS Secrets Manager, with the role of the job'));
    expect(refusal({ exclude: ['.env', 'certs', '.aws', 'lib/id_rsa'] })).toBe('nothing thrown');
  });

  test.each(['.env.production', 'prod.env', '.envrc', 'a.key', 'a.p12', 'id_ed25519', '.netrc', '_netrc', '.pypirc', '.npmrc', '.git-credentials', 'credentials', 'credentials.json', 'Secrets.yaml', 'kaggle.json', 'service-account-x.json', '.ssh/config', '.docker/config.json'])('the secret %s', (name) => {
    put({ 'train.py': '', [name]: '' });
    expect(refusal()).toContain('which looks like a secret');
  });

  test.each(['.env.example', '.env.prod.sample', 'env.py', 'id_rsa.pub', 'tokenizer.json', 'keys.py', 'credentials.py', 'secrets.py', 'environment.yml', 'aws/credentials_helper.py', 'secrets/readme.md', 'pem.txt'])('not %s', (name) => {
    put({ 'train.py': '', [name]: '' });
    expect(refusal()).toBe('nothing thrown');
  });

  test('links, pipes, names that are not UTF-8 or not unique, and the folder of the launcher', () => {
    put({ 'train.py': '', '.cdk-accelerators/launch.py': '', 'caf\u00e9': '', 'cafe\u0301': '', 'lib/.cdk-accelerators/x': '' });
    fs.symlinkSync('/etc/hostname', path.join(root, 'link'));
    execFileSync('mkfifo', [path.join(root, 'pipe')]);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xe9])]), '');
    const [head, ...lines] = refusal().split('\n');
    expect(head).toBe('TrainingCode.fromDirectory: 5 problems');
    expect(lines.sort()).toEqual([
      '  - `directory`: got ".cdk-accelerators", the folder that the launcher of this library is put into; allowed: other names; fix: rename it',
      '  - `directory`: got "bad\ufffd", a name that is not UTF-8; allowed: names in UTF-8; fix: rename it',
      '  - `directory`: got "caf\u00e9" twice, in two Unicode spellings; allowed: names that differ by more than their Unicode spelling: the archive has one of them; fix: rename one of the two',
      '  - `directory`: got "link", a symbolic link; allowed: regular files and directories; fix: copy the directory with its links followed, e.g. cp -rL, or name it in exclude',
      '  - `directory`: got "pipe", not a regular file; allowed: regular files and directories; fix: remove it, or name it in exclude',
    ]);
  });

  test('more than 256 MiB, and not exactly those', () => {
    put({ 'train.py': '', 'weights.bin': '' });
    fs.truncateSync(path.join(root, 'weights.bin'), 256 * 1024 ** 2);
    expect(refusal()).toBe('nothing thrown');
    put({ 'train.py': '1' });
    expect(refusal()).toBe(one(`\`directory\`: got ${JSON.stringify(root)}, which holds 257 MiB; allowed: at most 256 MiB: it is packed at every synthesis; fix: name data and weights in exclude, and give them to the job as a channel`));
  });

  test('patterns in exclude and what is no launcher, together', () => {
    put({ 'train.py': '' });
    const [head, ...lines] = refusal({ exclude: ['*.ckpt', '', 'data'], launcher: 'torchrun' as any }).split('\n');
    const rest = 'allowed: names of files and directories at any depth, or paths below the directory, without patterns; fix: name what is to be left out';
    expect(head).toBe('TrainingCode.fromDirectory: 3 problems');
    expect(lines).toEqual([
      '  - `launcher`: got "torchrun"; allowed: a launcher; fix: use a static of TrainingLauncher such as TrainingLauncher.TORCHRUN',
      `  - \`exclude\`: got "*.ckpt"; ${rest}`,
      `  - \`exclude\`: got ""; ${rest}`,
    ]);
  });

  test.each<[string, (file: string) => void]>([
    ['removed', (file) => fs.rmSync(file)],
    ['a directory', (file) => { fs.rmSync(file); fs.mkdirSync(file); }],
    ['a link out of the directory', (file) => { fs.rmSync(file); fs.symlinkSync('/etc/hostname', file); }],
    ['a pipe', (file) => { fs.rmSync(file); execFileSync('mkfifo', [file]); }],
  ])('a file that is %s before it is packed', (_, change) => {
    put({ 'train.py': '', 'lib/a.py': '' });
    const code = TrainingCode.fromDirectory(root, { entryPoint: 'train.py' });
    change(path.join(root, 'lib', 'a.py'));
    expect(messageOf(() => code._bind(new Stack(new App(), 'Stack'), HARDWARE))).toBe('Stack: `directory`: got "lib/a.py", which was removed or replaced after it was listed; allowed: files that stay as they are until the app has run; fix: finish writing before the app runs, or name what still changes in exclude');
  });
});

describe('code in the image', () => {
  const bound = (options?: ImageTrainingCodeOptions, stack = new Stack(new App(), 'Stack')) => TrainingCode.inImage(options)._bind(stack, HARDWARE);
  const message = (options: ImageTrainingCodeOptions) => messageOf(() => TrainingCode.inImage(options)).replace('TrainingCode.inImage: ', '');

  test('brings nothing', () => {
    expect(bound()).toEqual({ statements: [], hyperParameters: {}, environment: {}, containerEntrypoint: undefined, containerArguments: undefined, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(bound({ entrypoint: ['python3'], arguments: ['train.py', ''] })).toMatchObject({ containerEntrypoint: ['python3'], containerArguments: ['train.py', ''] });
  });

  test('has a digest of what is run', () => {
    const all = [{}, { entrypoint: ['a'] }, { arguments: ['a'] }, { entrypoint: ['a', 'b'] }, { entrypoint: ['a'], arguments: ['b'] }, { entrypoint: ['ab'] }].map((options) => bound(options).digest);
    expect(new Set(all).size).toBe(all.length);
    expect(bound({ entrypoint: ['a'] }).digest).toBe(all[1]);
  });

  test('has tokens in the digest where the arguments have', () => {
    const stack = new Stack(new App(), 'Stack');
    const digest = bound({ entrypoint: ['a'], arguments: ['--region', Aws.REGION, Aws.REGION] }, stack).digest;
    expect(joined(stack.resolve(digest))).toMatch(/^[0-9a-f]{64}-<{"Ref":"AWS::Region"}>$/);
    Token.asString({ Ref: 'Another' });
    const again = new Stack(new App(), 'Stack');
    expect(joined(again.resolve(bound({ entrypoint: ['a'], arguments: ['--region', Token.asString({ Ref: 'AWS::Region' }), Aws.REGION] }, again).digest)).slice(0, 64)).toBe(joined(stack.resolve(digest)).slice(0, 64));
  });

  test('has limits', () => {
    expect(message({ entrypoint: Array(100).fill('x'.repeat(256)), arguments: Array(100).fill('') })).toBe('nothing thrown');
    expect(message({ entrypoint: [] })).toBe('`entrypoint`: got 0 parts; allowed: 1 to 100 parts; fix: leave it out, or give e.g. ["python3", "train.py"]');
    expect(message({ arguments: Array(101).fill('a') })).toBe('`arguments`: got 101 parts; allowed: 1 to 100 parts; fix: put the rest into a file of the image, or into hyperparameters');
    expect(message({ arguments: 'train.py' as any })).toBe('`arguments`: got a value of type string; allowed: 1 to 100 parts; fix: leave it out, or give e.g. ["python3", "train.py"]');
    expect(message({ arguments: ['a', 'x'.repeat(257)] })).toBe('`arguments[1]`: got 257 characters; allowed: at most 256; fix: put it into a file of the image, or into a hyperparameter');
    expect(message({ entrypoint: ['a\nb'] })).toBe('`entrypoint[0]`: got "a\\nb", which has a line end in it; allowed: one line; fix: separate commands with && or ;');
    expect(message({ entrypoint: [3 as any] })).toBe('`entrypoint[0]`: got a value of type number; allowed: text; fix: give it as text');
    expect(message({ entrypoint: Token.asList({ Ref: 'List' }) })).toBe('`entrypoint`: got a list that is only known at deploy time; allowed: 1 to 100 parts, each of which may be a token; fix: give the parts one by one');
    expect(message({ entrypoint: [Token.asString({ Ref: 'x'.repeat(300) })] })).toBe('nothing thrown');
    expect(message({ entrypoint: [], arguments: [] })).toContain('2 problems');
  });
});

/** `str()` of a number that JSON spells so. */
function pythonNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text;
  const [, sign, whole, fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text)!;
  const leading = /^0*/.exec(whole + fraction)![0].length;
  const digits = (whole + fraction).slice(leading).replace(/0+$/, '');
  if (digits === '') return `${sign}0.0`;
  const exponent = whole.length - leading - 1 + Number(power);
  const pad = (n: number) => String(Math.abs(n)).padStart(2, '0');
  if (exponent < -4 || exponent >= 16) return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${exponent < 0 ? '-' : '+'}${pad(exponent)}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const shown = digits.padEnd(exponent + 1, '0');
  return `${sign}${shown.slice(0, exponent + 1)}.${shown.slice(exponent + 1) || '0'}`;
}

/** `repr()` of what JSON made, for printable ASCII. */
function repr(value: any): string {
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    return `${quote}${value.replace(/\\/g, '\\\\').replace(quote === "'" ? /'/g : /$^/g, "\\'")}${quote}`;
  }
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return pythonNumber(JSON.stringify(value));
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  return `{${Object.entries(value).map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`;
}

const str = (value: any) => typeof value === 'string' ? value : repr(value);
const byCode = (a: string, b: string) => a < b ? -1 : 1;

/** What sagemaker-training-toolkit 5.1.0 makes of a request's hyperparameters (`environment.read_hyperparameters`, `mapping.to_cmd_args`). */
function toolkitArguments(encoded: Record<string, string>): string[] {
  const values = Object.entries(encoded).filter(([name]) => !name.startsWith('sagemaker_')).sort(([a], [b]) => byCode(a, b)).map(([name, text]): [string, any] => {
    try {
      return [name, JSON.parse(text)];
    } catch {
      return [name, text];
    }
  });
  return values.flatMap(([name, value]) => [
    name === '' ? '' : name.length > 1 ? `--${name}` : `-${name}`,
    value === null ? '' : typeof value === 'object' && !Array.isArray(value) ? Object.entries(value).sort(([a], [b]) => byCode(a, b)).map(([key, item]) => `${key}=${str(item)}`).join(',') : str(value),
  ]);
}

/** What the launcher makes of many requests: values and arguments of each. */
function launched(requests: Record<string, string>[]): { values: any; args: string[] }[] {
  const script = 'import json, sys, launch\nout = []\nfor request in json.load(sys.stdin):\n    values = launch.of_the_script(request)\n    out.append({"values": values, "args": launch.to_arguments(values)})\njson.dump(out, sys.stdout)';
  return JSON.parse(execFileSync('python3', ['-B', '-c', script], { input: JSON.stringify(requests), encoding: 'utf8', env: { ...process.env, PYTHONPATH: LAUNCHER }, maxBuffer: 1024 ** 3 }));
}

describe('hyperparameters', () => {
  // Objects whose names look like numbers come back in another order from JavaScript, and `__proto__` not at all.
  const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/^\d+$|^__proto__$/.test(text));
  const ascii = fc.letrec<{ value: HyperParameter }>((tie) => ({
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true })),
  })).value;
  const request = (value: fc.Arbitrary<HyperParameter>) => fc.dictionary(name.filter((text) => !text.startsWith('sagemaker_')), value, { maxKeys: 12, noNullPrototype: true });
  const sample = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: 400, seed: 20261123 });

  test('of Python numbers', () => {
    expect(['1', '-0', '0.1', '1e-7', '0.00001', '0.0001', '1.5e+300', '123456.789', '1e+21', '-2.5e-9'].map(pythonNumber)).toEqual(['1', '0', '0.1', '1e-07', '1e-05', '0.0001', '1.5e+300', '123456.789', '1e+21', '-2.5e-09']);
  });

  test('reach a script as they were, by the rules of the toolkit', () => {
    fc.assert(fc.property(request(ascii), (values) => {
      const args = toolkitArguments(encodeHyperParameters(values));
      expect(args.filter((_, i) => i % 2 === 0)).toEqual(Object.keys(values).sort(byCode).map((key) => `${key.length > 1 ? '--' : '-'}${key}`));
      for (const [i, key] of Object.keys(values).sort(byCode).entries()) if (typeof values[key] === 'string') expect(args[2 * i + 1]).toBe(values[key]);
    }));
  });

  withPython('reach it through the launcher as through the toolkit', () => {
    const requests = sample(request(ascii)).map((values) => encodeHyperParameters({ ...values, sagemaker_program: 'train.py' }));
    for (const [i, { args }] of launched(requests).entries()) expect(args).toEqual(toolkitArguments(requests[i]));
  });

  withPython('of any alphabet come out of the launcher as they were', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
    const requests = sample(request(fc.oneof(text, fc.array(text), fc.dictionary(name, text, { noNullPrototype: true }), fc.double({ noNaN: true, noDefaultInfinity: true }))));
    for (const [i, { values }] of launched(requests.map((raw) => encodeHyperParameters(raw))).entries()) expect(values).toEqual(JSON.parse(JSON.stringify(requests[i])));
  });

  withPython('that are no JSON come out as text', () => {
    const requests = sample(fc.dictionary(name, fc.oneof(fc.string({ unit: fc.constantFrom(...'0123456789e+-.tfruals"[]{}: ,') }), fc.string()).filter((text) => !/NaN|Infinity/.test(text) && Math.abs(Number(text)) !== Infinity), { maxKeys: 12, noNullPrototype: true }));
    for (const [i, { values }] of launched(requests).entries()) {
      for (const [key, text] of Object.entries(requests[i])) {
        if (!(key in values)) continue;
        let expected: unknown = text;
        try {
          expected = JSON.parse(text);
        } catch { /* text */ }
        expect([key, values[key]]).toEqual([key, expected]);
      }
    }
  });
});
