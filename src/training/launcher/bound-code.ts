import { createHash } from 'node:crypto';
import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { codeAsset, LAUNCH, writeCodeArchive, type CodeArchive } from './code-archive';
import type { CodeFile } from './code-files';
import { inputStatements } from '../../compilation/compile-statements';
import type { HyperParameter } from '../core/hyper-parameters';
import { TrainingLauncher } from '../training-launcher';

/** Name of the channel that the code comes in. Its input mode is File. */
export const CODE_CHANNEL = 'code';

/** The hardware that a script is started on. */
export interface TrainingCodeBindOptions {
  /** `ml.trn1.32xlarge`. */
  readonly instanceType: string;
  /** Accelerator cores of an instance that take a process each. */
  readonly processesPerInstance: number;
  /** May be a token. */
  readonly region: string;
}

/** How one job on one kind of hardware gets and starts the code. */
export interface BoundTrainingCode {
  /** The archive among the assets; nothing when the image brings the code. */
  readonly archive?: { readonly bucket: string; readonly key: string; readonly fileName: string };
  /** The right to read it there. */
  readonly statements: iam.PolicyStatement[];
  readonly containerEntrypoint?: string[];
  readonly containerArguments?: string[];
  /** Those that the launcher needs, not encoded yet. */
  readonly hyperParameters: Record<string, HyperParameter>;
  readonly environment: Record<string, string>;
  /**
   * 64 hexadecimal digits, made of everything that is run and known at synth; the values of tokens in arguments of the container come behind it,
   * each after a hyphen. What runs it is not part of it.
   */
  readonly digest: string;
}

/** What is started, once it was checked. */
export interface CodeParts {
  readonly description: string;
  readonly launcher?: TrainingLauncher;
  /** Whether there is a `requirements.txt`. */
  readonly installs?: boolean;
  readonly bind: (scope: Construct, options: TrainingCodeBindOptions) => BoundTrainingCode;
}

const INPUT = `/opt/ml/input/data/${CODE_CHANNEL}`;
const CODE = '/opt/ml/code';
/** The launcher replaces the shell, so that it is the one that SageMaker tells to stop. Every part has at most 256 characters. */
const ENTRYPOINT = ['sh', '-c', `mkdir -p ${CODE} && tar -xzf ${INPUT}/*.gz -C ${CODE} && cd ${CODE} && exec python3 ${LAUNCH}`];
const LOG_LEVEL_INFO = 20;

/** Code from a directory. The archive is written once for all that bind it. */
export function directoryCode(description: string, files: readonly CodeFile[], entryPoint: string, launcher: TrainingLauncher): CodeParts {
  const toolkit = launcher.name === TrainingLauncher.SAGEMAKER_TOOLKIT.name;
  let archive: CodeArchive | undefined;
  return {
    description,
    launcher,
    installs: files.some((file) => file.path === 'requirements.txt'),
    bind: (scope, { instanceType, processesPerInstance, region }): BoundTrainingCode => {
      archive ??= writeCodeArchive(scope, files, !toolkit);
      const asset = codeAsset(scope, archive);
      return {
        archive: { bucket: asset.s3BucketName, key: asset.s3ObjectKey, fileName: fileName(asset.s3ObjectKey, asset.assetHash) },
        statements: inputStatements(asset.bucket, asset.s3ObjectKey),
        digest: sha256('directory', archive.hash, launcher.name, entryPoint),
        ...toolkit ? {
          hyperParameters: {
            sagemaker_program: entryPoint,
            sagemaker_submit_directory: `${INPUT}/${fileName(asset.s3ObjectKey, asset.assetHash)}`,
            sagemaker_container_log_level: LOG_LEVEL_INFO,
            sagemaker_torch_distributed_enabled: true,
            sagemaker_instance_type: instanceType,
            sagemaker_region: region,
          },
          environment: {} as Record<string, string>,
        } : {
          containerEntrypoint: [...ENTRYPOINT],
          hyperParameters: {},
          environment: { TRAINING_ENTRY_POINT: entryPoint, TRAINING_LAUNCHER: launcher.name, TRAINING_PROCESSES_PER_NODE: String(processesPerInstance) },
        },
      };
    },
  };
}

/** Code that the image brings. */
export function imageCode(entrypoint: string[] | undefined, containerArguments: string[] | undefined): CodeParts {
  return {
    description: 'code in the image',
    bind: (scope) => {
      const parts = [entrypoint ?? [], containerArguments ?? []];
      // Encoded tokens have numbers that change with what else is in the app; what they resolve to does not.
      const values = [...new Set(parts.flat().filter((one) => Token.isUnresolved(one)))];
      return {
        statements: [],
        containerEntrypoint: entrypoint,
        containerArguments,
        hyperParameters: {},
        environment: {},
        digest: [sha256('image', JSON.stringify(Stack.of(scope).resolve(parts))), ...values].join('-'),
      };
    },
  };
}

/** Name of an object's file in a channel: the end of its key. Where the key is a token, it still ends in the hash. */
function fileName(key: string, hash: string): string {
  return Token.isUnresolved(key) ? `${hash}.gz` : key.slice(key.lastIndexOf('/') + 1);
}

function sha256(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
