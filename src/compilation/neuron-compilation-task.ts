import { TagManager, TagType, type ITaggableV2 } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct, IDependable } from 'constructs';
import type { CompilationTaskOptions, NeuronCompilationSpec } from './compilation-spec';
import type { CompileHost } from './compile-host';
import { compilationMetric, compileTask, grantReadBelow, readStatements } from './compile-task';
import { compiledArtifact } from './compiled-facts';
import { METRICS } from './contract';
import type { InstanceUse } from '../hardware';
import type { CompiledArtifact, IModelSource, ModelProfile, ModelSourceBindOptions, ModelSourceConfig } from '../model';
import { artifactPlace, type ArtifactPlace } from './core/artifact-place';
import { scriptArguments } from './job-arguments';
import type { ResolvedSpec } from './resolve-spec';

/** What is compiled, where and how. */
export interface NeuronCompilationTaskProps extends NeuronCompilationSpec, CompilationTaskOptions {}

/**
 * A Neuron compilation as part of a state machine of your own: finds the artefact of its key, or compiles it with a SageMaker job.
 *
 * Its output is `{ key, artifactUri, cached }`; use `toSingleState({ resultPath })` to keep the input of the state machine beside it, and to catch
 * the error `NeuronCompilationFailed`, whose cause has the compiler's last lines. Give the state machine a timeout, and two of these in one state
 * machine names of their own (`prefixStates()`, which `toSingleState()` does by itself). The states poll the job, so a state machine that is stopped leaves the
 * job running. For a compilation that a deploy waits for, use `NeuronCompilation`.
 *
 * It is a source of a model too: `ServedModel.onNeuron(task)`, once the artefact is there; nothing waits for it. The source is known at synth; for one
 * that an execution has just made, such as a model that was trained, use `TrainedModelCompilationTask`.
 */
export class NeuronCompilationTask extends sfn.StateMachineFragment implements IModelSource, ITaggableV2 {
  public readonly startState: sfn.State;
  public readonly endStates: sfn.INextable[];

  /** Tags of the jobs, besides those of the compilation. */
  public readonly cdkTagManager: TagManager;
  /** The source in a few words. */
  public readonly description: string;
  /** What is known about the model's size and shape. */
  public readonly profile?: ModelProfile;
  /** False: the container is the serving image. */
  public readonly bringsImage?: boolean = false;
  /** What the artefact can be served with. */
  public readonly compiled?: CompiledArtifact;
  /** The content key: 32 hexadecimal digits, made of everything that changes the artefact and of nothing else. */
  public readonly key: string;
  /** `s3://` address of the artefact's folder, with the key in it and a slash at its end. */
  public readonly artifactUri: string;
  /** `s3://` address of what is served: a `model.tar.gz`, or a folder of files for language models. */
  public readonly modelUri: string;
  /** The bucket of the artefact. */
  public readonly bucket: s3.IBucket;
  /** The role of the job. */
  public readonly role: iam.IRole;
  /** What the job is in SageMaker: a processing or a training job. */
  public readonly jobKind: InstanceUse;
  /** The host that compiles, e.g. `ml.m5.2xlarge`. */
  public readonly instanceType: string;

  /**
   * The value of the dimension `Compilation` of the metrics, and of the tag of the jobs.
   *
   * @internal
   */
  public readonly _name: string;
  /** @internal */
  public readonly _before: IDependable[];
  /** @internal */
  public readonly _host: CompileHost;
  /** @internal */
  public readonly _resolved: ResolvedSpec;
  /** @internal */
  public readonly _folder: string;
  /** @internal */
  public readonly _jobPrefix: string;
  /** @internal */
  public readonly _encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props: NeuronCompilationTaskProps) {
    super(scope, id);
    this.cdkTagManager = new TagManager(TagType.STANDARD, 'SageMaker::CompileJob');
    let place: ArtifactPlace | undefined;
    const task = compileTask(this, {
      spec: props,
      options: props,
      problems: () => [],
      source: ({ resolved: { full, inputs, key, source }, kind, bucket, prefix }) => {
        place = artifactPlace(bucket.bucketName, prefix, key, inputs.layout);
        const { folder, uri } = place;
        const values = { key, bucket: bucket.bucketName, folder, uri, sourceUri: source.archiveUrl ?? source.prefixUrl, arguments: scriptArguments(full, inputs, key, kind, source) };
        return { folder, values };
      },
    });
    const { full, key } = task.resolved;
    this._resolved = task.resolved;
    this._host = task.host;
    this.key = key;
    this.jobKind = task.kind as InstanceUse;
    this.instanceType = task.instanceType;
    this._name = task.name;
    this.description = `${full.source.description} compiled for ${full.target}`;
    this.profile = full.source.profile;
    this.bucket = task.bucket;
    this._encryptionKey = task.encryptionKey;
    this._folder = place!.folder;
    this._jobPrefix = task.jobPrefix;
    this.artifactUri = place!.uri;
    this.modelUri = place!.modelUri;
    this.compiled = compiledArtifact(full, key);
    this.role = task.role;
    this._before = task.before;
    this.startState = task.states.start;
    this.endStates = [task.states.end];
  }

  /** Says where the artefact is. */
  public bind(_scope: Construct, _options: ModelSourceBindOptions): ModelSourceConfig {
    const files = this.modelUri.endsWith('/');
    return {
      ...files ? { prefixUrl: this.modelUri } : { archiveUrl: this.modelUri },
      policyStatements: readStatements(this.bucket, `${this._folder}${files ? 'model/' : 'model.tar.gz'}`),
      decryptionKeys: this._encryptionKey === undefined ? [] : [this._encryptionKey],
      contentId: this.key,
    };
  }

  /** Lets a principal list and read the artefact with its `manifest.json`, and nothing else of the bucket. */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return grantReadBelow(grantee, this.bucket, this._folder, this._encryptionKey);
  }

  /** Run time of the compile jobs that made an artefact, in seconds. Average over 5 minutes by default. */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._name, METRICS.duration, { statistic: cloudwatch.Stats.AVERAGE, unit: cloudwatch.Unit.SECONDS, ...props });
  }

  /** Compilations that made an artefact. Sum over 5 minutes by default. */
  public metricCompiled(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._name, METRICS.compiled, props);
  }

  /** Compilations that found their artefact and started no job. Sum over 5 minutes by default. */
  public metricCacheHits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._name, METRICS.cacheHits, props);
  }

  /** Compilations that failed. Sum over 5 minutes by default. */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return compilationMetric(this, this._name, METRICS.failures, props);
  }
}
