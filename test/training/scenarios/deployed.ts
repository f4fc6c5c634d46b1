import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  AcceleratorInstance, ServingImage, TrainingCode, TrainingImage, TrainingInput, TrainingJob, TrainingPipeline, type TrainingJobProps, type TrainingPipelineProps, type TrainingRung,
} from '../../../src';
import { ACCOUNT, REGION, resolve, stockValues, type Template } from '../../support/iam';

export const TRAINING = 'bert';
export const BUCKET = 'models';
export const DATA = 'data';
export const GROUP = 'berts';

export const TRN1: TrainingRung = { instanceType: AcceleratorInstance.TRN1_32XLARGE, image: TrainingImage.PYTORCH_2_9_SDK_2_28_NEURONX, usdPerHour: 20 };
export const P4D: TrainingRung = { instanceType: AcceleratorInstance.P4D_24XLARGE, image: TrainingImage.PYTORCH_2_13_GPU, usdPerHour: 30 };

const directories = new Map<string, string>();

/** A script in a directory of its own. */
function code(script: string): TrainingCode {
  const directory = directories.get(script) ?? mkdtempSync(join(tmpdir(), 'training-'));
  if (!directories.has(script)) writeFileSync(join(directory, 'train.py'), script);
  directories.set(script, directory);
  return TrainingCode.fromDirectory(directory, { entryPoint: 'train.py' });
}

type Given<T> = Partial<T> | ((stack: Stack) => Partial<T>);

export interface StackOptions {
  readonly training?: Given<TrainingJobProps>;
  /** Text of the script. */
  readonly script?: string;
  /** With a pipeline around the training. */
  readonly pipeline?: Given<TrainingPipelineProps>;
  /** What else is in the stack. */
  readonly more?: (stack: Stack, training: TrainingJob) => void;
}

export interface TrainingStack {
  readonly stack: Stack;
  readonly training: TrainingJob;
  readonly pipeline?: TrainingPipeline;
}

const given = <T>(stack: Stack, props: Given<T> = {}): Partial<T> => typeof props === 'function' ? props(stack) : props;

/** A training on Trainium, then on A100, with checkpoints, an input, registration; a pipeline around it when there is one to be. */
export function trainingStack(options: StackOptions = {}): TrainingStack {
  const stack = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } });
  const data = s3.Bucket.fromBucketName(stack, 'Data', DATA);
  const training = new TrainingJob(stack, 'Training', {
    trainingName: TRAINING,
    jobNamePrefix: TRAINING,
    code: code(options.script ?? 'print("training")\n'),
    rungs: [TRN1, P4D],
    hyperParameters: { 'epochs': 3, 'learning-rate': 1e-5 },
    environment: { MODE: 'plain' },
    inputs: { train: TrainingInput.s3(data, 'texts/') },
    output: { bucket: s3.Bucket.fromBucketName(stack, 'Models', BUCKET) },
    checkpoints: {},
    maxPending: Duration.hours(2),
    metricDefinitions: [{ name: 'tokens_per_second', regex: 'tokens_per_second=([0-9.]+)' }],
    registration: { groupName: GROUP, image: ServingImage.HF_VLLM_0_17_0_GPU },
    ...given(stack, options.training),
  });
  const pipeline = options.pipeline === undefined ? undefined : new TrainingPipeline(stack, 'Pipeline', { training, ...given(stack, options.pipeline) });
  options.more?.(stack, training);
  return { stack, training, pipeline };
}

/** What CloudFormation knows of a deployed stack. */
export interface Deployed {
  readonly template: Template;
  /** References by logical id and attribute. */
  readonly values: Record<string, unknown>;
}

export function deployedOf(stack: Stack): Deployed {
  const template = Assertions.fromStack(stack).toJSON() as Template;
  const values: Record<string, unknown> = stockValues(template);
  for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::StepFunctions::StateMachine' && Properties.StateMachineName !== undefined) {
      const name = String(resolve(Properties.StateMachineName, values, template));
      const arn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
      Object.assign(values, { [id]: arn, [`${id}.Arn`]: arn, [`${id}.Name`]: name });
    }
    if (Type === 'AWS::SQS::Queue') Object.assign(values, { [id]: `https://sqs/${id}`, [`${id}.Arn`]: `arn:aws:sqs:${REGION}:${ACCOUNT}:${id}` });
    if (Type === 'AWS::EC2::SecurityGroup') values[`${id}.GroupId`] = `sg-${id.length}`;
  }
  return { template, values };
}

/** Resources of a type with their properties, intrinsics resolved. */
export function resourcesOf({ template, values }: Deployed, type: string): { readonly id: string; readonly properties: any }[] {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type)
    .map(([id, { Properties = {} }]) => ({ id, properties: resolve(Properties, values, template) }));
}

/** The logical id of the only resource of a type whose id begins so. */
export function idOf({ template }: Deployed, type: string, start: string): string {
  const found = Object.keys(template.Resources).filter((id) => template.Resources[id].Type === type && id.startsWith(start));
  if (found.length !== 1) throw new Error(`${type} ${start}: got ${found.join(', ') || 'none'}`);
  return found[0];
}
