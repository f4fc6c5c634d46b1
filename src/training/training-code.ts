import * as path from 'node:path';
import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { directoryCode, imageCode, type BoundTrainingCode, type CodeParts, type TrainingCodeBindOptions } from './launcher/bound-code';
import { excludeProblems, listCode, type CodeFile } from './launcher/code-files';
import { TrainingLauncher } from './training-launcher';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** Options of training code in a directory of this machine. */
export interface DirectoryTrainingCodeOptions {
  /** The script, relative to the directory, e.g. `train.py`. */
  readonly entryPoint: string;

  /**
   * What starts the script.
   *
   * @default TrainingLauncher.TORCHRUN
   */
  readonly launcher?: TrainingLauncher;

  /**
   * Names of files and directories to leave out at any depth, or paths below the directory, without patterns; besides `.git`, `.hg`, `.svn`, `.DS_Store`,
   * `.cache`, `.venv`, `.idea`, `.vscode`, `.mypy_cache`, `.pytest_cache`, `.ruff_cache`, `.ipynb_checkpoints`, `__pycache__` and `cdk.out`.
   *
   * @default - only those
   */
  readonly exclude?: string[];
}

/** Options of training code that the image brings. */
export interface ImageTrainingCodeOptions {
  /**
   * What the container runs instead of its own entry point: 1 to 100 parts of at most 256 characters.
   *
   * @default - that of the image
   */
  readonly entrypoint?: string[];

  /**
   * Arguments of the entry point: 1 to 100 parts of at most 256 characters.
   *
   * @default - none; without an entry point too, SageMaker runs the image with `train`
   */
  readonly arguments?: string[];
}

/** ContainerEntrypoint and ContainerArguments of CreateTrainingJob: botocore 1.43.11, `sagemaker/2017-07-24`; their pattern `.*` takes no line ends. */
const MOST_PARTS = 100;
const LONGEST_PART = 256;

/** The script of a training, and what starts it in the container. */
export class TrainingCode {
  /**
   * A directory of this machine, uploaded as an archive when the stack is deployed and unpacked to `/opt/ml/code`, where the script starts.
   *
   * The script gets its hyperparameters as arguments and the `SM_*` variables of the SageMaker toolkits, whatever the launcher; a `requirements.txt` at
   * the top is installed before. The archive has the same bytes on every machine: sorted files, no times, owners or modes, so that a file is not executable
   * there. At most 256 MiB. Symbolic links are refused, and so are files that look like secrets (`.env`, `*.pem`, `*.key`, `id_rsa`, `credentials`,
   * `.netrc`, `.aws/`, `.ssh/` and the like) unless they are excluded: assets can be read by many.
   *
   * @param directory absolute, or relative to the working directory
   */
  public static fromDirectory(directory: string, options: DirectoryTrainingCodeOptions): TrainingCode {
    const where = 'TrainingCode.fromDirectory';
    const { entryPoint, launcher = TrainingLauncher.TORCHRUN, exclude = [] } = options;
    throwProblems(where, [
      ...directoryProblems(directory),
      ...entryNameProblems(entryPoint),
      ...checkObject('launcher', launcher, 'name', 'a launcher', 'use a static of TrainingLauncher such as TrainingLauncher.TORCHRUN'),
      ...excludeProblems(exclude),
    ]);
    const { files, problems } = listCode(directory, exclude);
    const entry = path.posix.normalize(entryPoint).normalize('NFC');
    throwProblems(where, [...problems, ...files.length === 0 ? [] : entryProblems(directory, entry, files, launcher)]);
    return new TrainingCode(directoryCode(`${entry} in directory ${directory}`, files, entry, launcher));
  }

  /** Code that the image brings: nothing is uploaded and nothing of this library runs in the container. */
  public static inImage(options: ImageTrainingCodeOptions = {}): TrainingCode {
    throwProblems('TrainingCode.inImage', [...partProblems('entrypoint', options.entrypoint), ...partProblems('arguments', options.arguments)]);
    return new TrainingCode(imageCode(options.entrypoint, options.arguments));
  }

  /** The code in a few words. */
  public readonly description: string;
  /** What starts the script; nothing for code in the image. */
  public readonly launcher?: TrainingLauncher;

  /**
   * Whether packages are installed before the script runs.
   *
   * @internal
   */
  public readonly _installs: boolean;

  private constructor(private readonly parts: CodeParts) {
    this._installs = parts.installs === true;
    this.description = parts.description;
    this.launcher = parts.launcher;
  }

  /**
   * What a job on one kind of hardware needs. To be called once for each: what is uploaded is one asset in a scope.
   *
   * @internal
   */
  public _bind(scope: Construct, options: TrainingCodeBindOptions): BoundTrainingCode {
    return this.parts.bind(scope, options);
  }
}

/** What no directory can be called. */
function directoryProblems(directory: unknown): Problem[] {
  if (typeof directory === 'string' && directory !== '' && !directory.includes('\0') && !Token.isUnresolved(directory)) return [];
  const got = typeof directory !== 'string' ? `a value of type ${typeof directory}` : Token.isUnresolved(directory) ? 'a path that is only known at deploy time' : JSON.stringify(directory);
  return [{ prop: 'directory', got, allowed: 'the path of a directory with the training script', fix: 'give the path as text, absolute or relative to the working directory' }];
}

/** What no script below a directory can be called. */
function entryNameProblems(entryPoint: unknown): Problem[] {
  const prop = 'entryPoint';
  const allowed = 'the path of the script relative to the directory, with slashes';
  if (typeof entryPoint !== 'string' || Token.isUnresolved(entryPoint)) {
    return [{ prop, got: typeof entryPoint === 'string' ? 'a path that is only known at deploy time' : `a value of type ${typeof entryPoint}`, allowed, fix: 'give e.g. "train.py"' }];
  }
  if (path.posix.isAbsolute(entryPoint) || /^[a-z]:[\\/]/i.test(entryPoint) || /^\.\.([\\/]|$)/.test(path.posix.normalize(entryPoint))) {
    return [{ prop, got: `${JSON.stringify(entryPoint)}, which is outside of the directory`, allowed, fix: 'give the path from the directory on, or a directory that holds the script' }];
  }
  if (/^(\.\/?)?$|[\\\0]/.test(entryPoint)) return [{ prop, got: JSON.stringify(entryPoint), allowed, fix: 'give e.g. "train.py"' }];
  return [];
}

function entryProblems(directory: string, entry: string, files: readonly CodeFile[], launcher: TrainingLauncher): Problem[] {
  const problems: Problem[] = [];
  const got = JSON.stringify(entry);
  if (!files.some((file) => file.path === entry)) {
    const folder = files.some((file) => file.path.startsWith(`${entry.replace(/\/+$/, '')}/`));
    const others = files.map((file) => file.path).filter((one) => /^[^/]+\.py$/.test(one)).slice(0, 5);
    problems.push({
      prop: 'entryPoint',
      got: folder ? `${got}, which is a directory` : `${got}, which is not among the files of ${JSON.stringify(directory)}`,
      allowed: 'a file that is not excluded',
      fix: others.length === 0 ? 'correct the path' : `correct the path, e.g. ${others.map((one) => JSON.stringify(one)).join(', ')}`,
    });
  } else if (launcher.name !== TrainingLauncher.PYTHON.name && !entry.endsWith('.py')) {
    problems.push({ prop: 'entryPoint', got: `${got} with ${launcher}`, allowed: 'a .py file: torchrun starts no other', fix: 'start it from a Python script, or use TrainingCode.inImage' });
  }
  // The toolkit takes a directory with a setup.py for a package, and torchrun refuses those (sagemaker-training-toolkit 5.1.0, `_entry_point_type.py`).
  if (launcher.name === TrainingLauncher.SAGEMAKER_TOOLKIT.name && files.some((file) => file.path === 'setup.py')) {
    problems.push({ prop: 'launcher', got: `${launcher} with a "setup.py" in ${JSON.stringify(directory)}`, allowed: 'a directory without one: the toolkit takes it for a package, which it does not start with torchrun', fix: 'name "setup.py" in exclude, or use TrainingLauncher.TORCHRUN' });
  }
  return problems;
}

function partProblems(prop: string, parts: string[] | undefined): Problem[] {
  if (parts === undefined) return [];
  // The parts of such a list cannot be counted, and it has no digest.
  if (Token.isUnresolved(parts)) return [{ prop, got: 'a list that is only known at deploy time', allowed: `1 to ${MOST_PARTS} parts, each of which may be a token`, fix: 'give the parts one by one' }];
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > MOST_PARTS) {
    return [{ prop, got: Array.isArray(parts) ? `${parts.length} parts` : `a value of type ${typeof parts}`, allowed: `1 to ${MOST_PARTS} parts`, fix: Array.isArray(parts) && parts.length > 0 ? 'put the rest into a file of the image, or into hyperparameters' : 'leave it out, or give e.g. ["python3", "train.py"]' }];
  }
  return parts.flatMap((part, i): Problem[] => {
    const at = `${prop}[${i}]`;
    if (typeof part !== 'string') return [{ prop: at, got: `a value of type ${typeof part}`, allowed: 'text', fix: 'give it as text' }];
    if (Token.isUnresolved(part)) return [];
    return [
      ...part.length > LONGEST_PART ? [{ prop: at, got: `${part.length} characters`, allowed: `at most ${LONGEST_PART}`, fix: 'put it into a file of the image, or into a hyperparameter' }] : [],
      ...(/[\r\n]/).test(part) ? [{ prop: at, got: `${JSON.stringify(part.slice(0, 40))}, which has a line end in it`, allowed: 'one line', fix: 'separate commands with && or ;' }] : [],
    ];
  });
}
