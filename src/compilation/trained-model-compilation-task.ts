import { TagManager, TagType, type ITaggableV2 } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CompilationModelOptions, CompilationTaskOptions, NeuronCompilationOptions } from './compilation-spec';
import { compilationMetric, compileTask, grantReadBelow, type CompileTask } from './compile-task';
import { valuesOfExecution } from './compile-values';
import { METRICS } from './contract';
import type { InstanceUse } from '../hardware';
import { ModelSource, type IModelSource } from '../model';
import type { KeyEvent } from './core/trained-model';
import { specArguments } from './job-arguments';
import { KeyFunction } from './runtime/key-function';
import { checkModels } from './task-checks';
import type { TrainedModelStates } from './trained-model-states';
import { folderOf } from '../model/core/s3-uri';
import { functionOptions } from '../private/runtime-function';

/** Into what models are compiled, where they lie, and how. */
export interface TrainedModelCompilationTaskProps extends NeuronCompilationOptions, CompilationTaskOptions {
  /** Where the models of all executions lie. */
  readonly models: CompilationModelOptions;

  /**
   * Where the states find the model: the path of an object `{ "uri": "s3://<bucket>/<prefix>/.../model.tar.gz", "revision": "..." }` in their input,
   * or in that of the execution (`$$.Execution.Input.model`). `revision` is what names these bytes: the object's version id or ETag, the name of the
   * job that trained it. **A changed model under the same address and revision is not compiled again.**
   *
   * @default '$.model'
   */
  readonly modelPath?: string;
}

/**
 * A Neuron compilation of a model that nobody knows at synth, such as one that was just trained, as part of a state machine of your own: finds the
 * artefact of its key, or compiles it with a SageMaker job.
 *
 * Its output is `{ key, artifactUri, modelUri, cached }`; use `toSingleState({ resultPath: '$.compiled' })` to keep the input of the state machine
 * beside it (the address of what is served is then at `$.compiled[0].modelUri`), and to catch the error `NeuronCompilationFailed`, whose cause says
 * why: a model that lies elsewhere or is not there, or the compiler's last lines. What is said of `NeuronCompilationTask` about a timeout, names of states and a
 * stopped state machine is true here, too.
 *
 * The key is the one that `NeuronCompilation` makes at synth of `ModelSource.s3Archive(bucket, key, { revision })`, the same options and the same
 * place of artefacts: a deploy that names the model later finds the artefact and compiles nothing. Let it come later: while the job of an execution
 * runs, a deploy does not see it and makes its own.
 */
export class TrainedModelCompilationTask extends sfn.StateMachineFragment implements ITaggableV2 {
  public readonly startState: sfn.State;
  public readonly endStates: sfn.INextable[];

  /** Tags of the jobs, besides those of the compilation. */
  public readonly cdkTagManager: TagManager;
  /** The models and what they are compiled for in a few words. */
  public readonly description: string;
  /** `s3://` address of the folder that holds a folder for each key, with a slash at its end. */
  public readonly artifactsUri: string;
  /** The bucket of the artefacts. */
  public readonly bucket: s3.IBucket;
  /** Beginning of the names of the jobs, e.g. to follow their logs. */
  public readonly jobNamePrefix: string;
  /** The role of the jobs. */
  public readonly role: iam.IRole;
  /** What a job is in SageMaker: a processing or a training job. */
  public readonly jobKind: InstanceUse;
  /** The host that compiles, e.g. `ml.m5.2xlarge`. */
  public readonly instanceType: string;

  /** @internal */
  public readonly _task: CompileTask;
  private readonly folder: string;

  constructor(scope: Construct, id: string, props: TrainedModelCompilationTaskProps) {
    super(scope, id);
    const { models, modelPath = '$.model' } = props;
    this.cdkTagManager = new TagManager(TagType.STANDARD, 'SageMaker::CompileJob');
    const task = compileTask(this, {
      spec: { ...props, source: modelsBelow(models) },
      options: props,
      problems: () => checkModels(models, modelPath),
      source: ({ resolved: { full, inputs: { source: _, ...inputs }, source }, kind, bucket, prefix }) => ({
        folder: `${folderOf(prefix)}*/`,
        values: valuesOfExecution(bucket.bucketName),
        trained: this.keyMaker(models, {
          path: modelPath,
          models: { bucket: models.bucket.bucketName, prefix: models.prefix },
          artifacts: { bucket: bucket.bucketName, prefix },
          inputs,
          arguments: specArguments(full, inputs, kind, source),
        }),
      }),
    });
    this._task = task;
    this.folder = folderOf(task.prefix);
    this.description = `${task.resolved.full.source.description} compiled for ${task.resolved.full.target}`;
    this.bucket = task.bucket;
    this.artifactsUri = `s3://${task.bucket.bucketName}/${this.folder}`;
    this.jobNamePrefix = task.jobPrefix;
    this.role = task.role;
    this.jobKind = task.kind as InstanceUse;
    this.instanceType = task.instanceType;
    this.startState = task.states.start;
    this.endStates = [task.states.end];
  }

  /** Lets a principal list and read the artefacts of all keys with their `manifest.json`, and nothing else of the bucket. */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return grantReadBelow(grantee, this.bucket, this.folder, this._task.encryptionKey);
  }

  /** Run time of the compile jobs that made an artefact, in seconds. Average over 5 minutes by default. */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._task.name, METRICS.duration, { statistic: cloudwatch.Stats.AVERAGE, unit: cloudwatch.Unit.SECONDS, ...props });
  }

  /** Compilations that made an artefact. Sum over 5 minutes by default. */
  public metricCompiled(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._task.name, METRICS.compiled, props);
  }

  /** Compilations that found their artefact and started no job. Sum over 5 minutes by default. */
  public metricCacheHits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._task.name, METRICS.cacheHits, props);
  }

  /** Compilations that failed, models that were refused included. Sum over 5 minutes by default. */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._task.name, METRICS.failures, props);
  }

  private keyMaker({ bucket, prefix }: CompilationModelOptions, event: Omit<KeyEvent, 'model'>): TrainedModelStates {
    const { functionArn } = new KeyFunction(this, 'Key', functionOptions(this, 'Key', 'Makes the key of a Neuron compilation whose source comes with the execution', []));
    return {
      functionArn,
      event,
      statements: {
        invoke: new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
        list: new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${folderOf(prefix)}*` } } }),
      },
    };
  }
}

/**
 * What stands in the place of the source while the rest of the spec is checked. It names no bytes: the key that is made of it is that of the spec
 * alone, which the names of the jobs begin with.
 */
function modelsBelow(models: CompilationModelOptions): IModelSource {
  return {
    description: `models below ${models?.prefix}`,
    profile: models?.profile,
    bind: (scope, options) => {
      const { bucket, prefix, decryptionKey } = models;
      const { policyStatements, decryptionKeys } = ModelSource.s3Prefix(bucket, prefix, { decryptionKey }).bind(scope, options);
      return { policyStatements, decryptionKeys, contentId: '' };
    },
  };
}
