import * as path from 'node:path';
import { Duration, Lazy, Names, TagManager, TagType, Annotations, type ITaggableV2 } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IDependable } from 'constructs';
import type { CompilationJob } from './compilation-job';
import type { CompilationArtifactOptions, CompilationNetworkOptions, NeuronCompilationSpec } from './compilation-spec';
import { chooseHost, hostWarnings, type CompileHost } from './compile-host';
import { artifactStatements, compileStatements, inputStatements, jobLogs, readLogs, sourceStatements } from './compile-statements';
import { compileStates } from './compile-states';
import { compiledArtifact } from './compiled-facts';
import { JOB_TAG, METRICS, type JobKind } from './contract';
import type { InstanceUse } from '../hardware';
import type { CompiledArtifact, IModelSource, ModelCheck, ModelProfile, ModelSourceBindOptions, ModelSourceConfig } from '../model';
import { jobPrefix } from './core/job-name';
import { NOT_SHIPPED } from './directory-digest';
import { scriptArguments } from './job-arguments';
import { jobRequest, type JobInput } from './job-request';
import { resolveSpec, type ResolvedSpec } from './resolve-spec';
import { RecordFunction } from './runtime/record-function';
import { checkTaskProps } from './task-checks';
import { executionRole } from '../model/execution-role';
import { functionOptions } from '../private/runtime-function';

/** What is compiled, where and how. */
export interface NeuronCompilationTaskProps extends NeuronCompilationSpec {
  /**
   * The job that compiles, and its host.
   *
   * @default - a processing job on CPUs with the memory estimated from the model's `profile`; for language models, and models too large for it, a
   * training job on Trainium
   */
  readonly job?: CompilationJob;

  /**
   * Longest run of one job, 1 minute to 9 days; SageMaker stops it then. The states ask less often how a job is the longer it may run, so that
   * their events fit an execution: give tasks that share artefacts the same.
   *
   * @default - 11 hours 50 minutes; in a `NeuronCompilation` its `timeout` less 10 minutes
   */
  readonly maxRuntime?: Duration;

  /**
   * Where artefacts are kept.
   *
   * @default - a bucket of its own
   */
  readonly artifacts?: CompilationArtifactOptions;

  /**
   * The network of the job.
   *
   * @default - SageMaker's own, with a way to the internet
   */
  readonly network?: CompilationNetworkOptions;

  /**
   * A role of your own for the job. It gets the same narrow rights added, unless it refuses (`role.withoutPolicyUpdates()`).
   *
   * @default - a new role that may read the source, pull the image, write the artefact and its logs
   */
  readonly role?: iam.IRole;

  /**
   * Checks to leave out, each for a reason you can give: `HOST_MEMORY`, `NEURON_SDK`, `TENSOR_PARALLELISM`.
   *
   * @default - all checks
   */
  readonly skipChecks?: ModelCheck[];
}

/** The folder of the compile script in the package: above `src` and `lib` alike. */
const SCRIPT = path.join(__dirname, '..', '..', 'assets', 'compilation', 'script');

/**
 * A Neuron compilation as part of a state machine of your own: finds the artefact of its key, or compiles it with a SageMaker job.
 *
 * Its output is `{ key, artifactUri, cached }`; use `toSingleState({ resultPath })` to keep the input of the state machine beside it, and to catch
 * the error `NeuronCompilationFailed`, whose cause has the compiler's last lines. Give the state machine a timeout, and two of these in one state
 * machine names of their own (`prefixStates()`, which `toSingleState()` does by itself). The states poll the job, so a state machine that is stopped leaves the
 * job running. For a compilation that a deploy waits for, use `NeuronCompilation`.
 *
 * It is a source of a model too: `ServedModel.onNeuron(task)`, once the artefact is there; nothing waits for it.
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
    let host: CompileHost | undefined;
    this.cdkTagManager = new TagManager(TagType.STANDARD, 'SageMaker::CompileJob');
    const resolved = resolveSpec(this, props, {
      networkIsolation: props.network?.networkIsolation === true,
      skipChecks: props.skipChecks ?? [],
      // What a source makes for itself has names of its own.
      sourceScope: () => new Construct(this, 'Source'),
      more: (full) => {
        const problems = checkTaskProps(props);
        if (problems.length > 0) return problems;
        host = chooseHost(full, props.job, props.skipChecks ?? []);
        return host.problems;
      },
    });
    const { full, key } = resolved;
    this._resolved = resolved;
    this._host = host!;
    this.key = key;
    const kind = this._host.job.kind as JobKind;
    this.jobKind = kind as InstanceUse;
    for (const { id: warning, text } of hostWarnings(this, full, this._host, props.job)) Annotations.of(this).addWarningV2(`cdk-accelerators:${warning}`, text);
    this.instanceType = (this._host.processing ?? this._host.training)!.name;
    this._name = Names.uniqueResourceName(this, { maxLength: 128, separator: '-' });
    this.description = `${full.source.description} compiled for ${full.target}`;
    this.profile = full.source.profile;

    const { bucket, prefix = 'neuron', encryptionKey } = props.artifacts ?? {};
    this.bucket = bucket ?? this.ownBucket(encryptionKey);
    this._encryptionKey = encryptionKey ?? this.bucket.encryptionKey;
    this._folder = `${prefix.replace(/\/+$/, '')}/${key}/`;
    this._jobPrefix = jobPrefix(key);
    this.artifactUri = `s3://${this.bucket.bucketName}/${this._folder}`;
    this.modelUri = `${this.artifactUri}${resolved.inputs.layout === 'files' ? 'model/' : 'model.tar.gz'}`;
    this.compiled = compiledArtifact(full, key);

    const where = { kind, jobPrefix: this._jobPrefix, bucket: this.bucket, folder: this._folder, encryptionKey: this._encryptionKey };
    const code = this.jobCode();
    const network = this.jobNetwork(props.network ?? {});
    const { role, before } = executionRole(this, props.role, `Compiles a model for ${full.target} in a SageMaker ${kind} job`, {
      source: resolved.source,
      image: full.compilerImage,
      logs: jobLogs(this, kind, this._jobPrefix),
      subnets: network?.subnets,
      securityGroups: network?.securityGroups,
      more: [...code.flatMap(({ asset }) => inputStatements(asset.bucket, asset.s3ObjectKey)), ...artifactStatements(where), ...sourceStatements(this, resolved.source)],
    });
    this.role = role;

    const recorder = new RecordFunction(this, 'Record', functionOptions(this, 'Record', 'Records how a Neuron compilation ended', readLogs(this, kind, this._jobPrefix)));
    const maxRuntime = props.maxRuntime ?? Duration.minutes(710);
    const states = compileStates(this, {
      kind,
      key,
      bucket: this.bucket.bucketName,
      folder: this._folder,
      artifactUri: this.artifactUri,
      jobPrefix: this._jobPrefix,
      capacityRetries: this._host.job.capacityRetries,
      maxRuntime,
      recorderArn: recorder.functionArn,
      compilation: this._name,
      statements: compileStatements(this, { ...where, jobRoleArn: role.roleArn, recorderArn: recorder.functionArn }),
      request: jobRequest({
        kind,
        image: full.compilerImage._uri(this),
        roleArn: role.roleArn,
        arguments: scriptArguments(full, resolved.inputs, key, kind, resolved.source),
        inputs: [...code.map(({ name, asset }): JobInput => ({ name, s3Uri: asset.s3ObjectUrl })), ...sourceInput(resolved.source)],
        artifactUri: this.artifactUri,
        instanceType: this.instanceType,
        volumeGiB: this._host.job.volumeSize.toGibibytes(),
        maxRuntimeSeconds: maxRuntime.toSeconds(),
        encryptionKeyArn: this._encryptionKey?.keyArn,
        encryptVolume: this._encryptionKey !== undefined && kind === 'processing',
        network: network === undefined ? undefined : {
          subnets: network.subnets.map((subnet) => subnet.subnetId),
          securityGroupIds: network.securityGroups.map((group) => group.securityGroupId),
        },
        networkIsolation: props.network?.networkIsolation ?? false,
        tags: Lazy.any({ produce: () => this.jobTags() }) as unknown as { Key: string; Value: string }[],
      }),
    });
    // The rights of a role made here are inside it; those of a given one, of keys and repositories are policies beside it, which the job must not overtake.
    this._before = [...before, ...grantToken(resolved.source, role)];
    this.startState = states.start;
    this.endStates = [states.end];
  }

  /** Says where the artefact is. */
  public bind(_scope: Construct, _options: ModelSourceBindOptions): ModelSourceConfig {
    const files = this.modelUri.endsWith('/');
    return {
      ...files ? { prefixUrl: this.modelUri } : { archiveUrl: this.modelUri },
      policyStatements: this.readStatements(files ? 'model/' : 'model.tar.gz'),
      decryptionKeys: this._encryptionKey === undefined ? [] : [this._encryptionKey],
      contentId: this.key,
    };
  }

  /** Lets a principal list and read the artefact with its `manifest.json`, and nothing else of the bucket. */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const [read, list] = this.readStatements('');
    const { bucketArn } = this.bucket;
    const key = this._encryptionKey?.grantDecrypt(grantee);
    const grants = [
      iam.Grant.addToPrincipal({ grantee, actions: read.actions, resourceArns: read.resources }),
      iam.Grant.addToPrincipal({ grantee, actions: list.actions, resourceArns: [bucketArn], conditions: list.conditions }),
      ...key === undefined ? [] : [key],
    ];
    return grants.reduce((all, one) => all.combine(one));
  }

  /** Run time of the compile jobs that made an artefact, in seconds. Average over 5 minutes by default. */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.duration, { statistic: cloudwatch.Stats.AVERAGE, unit: cloudwatch.Unit.SECONDS, ...props });
  }

  /** Compilations that made an artefact. Sum over 5 minutes by default. */
  public metricCompiled(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.compiled, props);
  }

  /** Compilations that found their artefact and started no job. Sum over 5 minutes by default. */
  public metricCacheHits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.cacheHits, props);
  }

  /** Compilations that failed. Sum over 5 minutes by default. */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failures, props);
  }

  private metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { [METRICS.dimension]: this._name },
      statistic: cloudwatch.Stats.SUM,
      ...props,
    }).attachTo(this);
  }

  /** Reading below the artefact's folder, and listing there where there is more than one object. */
  private readStatements(what: string): iam.PolicyStatement[] {
    const below = `${this._folder}${what}`;
    const folder = below.endsWith('/');
    return [
      new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [this.bucket.arnForObjects(folder ? `${below}*` : below)] }),
      ...folder ? [new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${below}*` } } })] : [],
    ];
  }

  /** Those of the app, and ours: they say what a job is for, and who may stop it. */
  private jobTags(): { Key: string; Value: string }[] {
    const own = { [JOB_TAG]: this._name, 'cdk-accelerators:key': this.key };
    return Object.entries({ ...this.cdkTagManager.tagValues(), ...own }).map(([Key, Value]) => ({ Key, Value }));
  }

  private ownBucket(encryptionKey: kms.IKey | undefined): s3.Bucket {
    return new s3.Bucket(this, 'Artifacts', {
      encryption: encryptionKey === undefined ? s3.BucketEncryption.S3_MANAGED : s3.BucketEncryption.KMS,
      encryptionKey,
      bucketKeyEnabled: encryptionKey === undefined ? undefined : true,
      enforceSSL: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      // What is left of a large upload that was broken off is paid for and cannot be seen.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    });
  }

  /** Our script, and the folders of the user's that it runs or packs. */
  private jobCode(): { name: JobInput['name']; asset: assets.Asset }[] {
    const { customOperators, script } = this._resolved.full.compiler;
    const folder = (name: JobInput['name'], id: string, directory: string | undefined) => directory === undefined ? [] : [{
      name, asset: new assets.Asset(this, id, { path: directory, exclude: NOT_SHIPPED }),
    }];
    return [...folder('code', 'Code', SCRIPT), ...folder('operators', 'Operators', customOperators), ...folder('script', 'Script', script)];
  }

  private jobNetwork({ vpc, vpcSubnets, securityGroups }: CompilationNetworkOptions): { subnets: ec2.ISubnet[]; securityGroups: ec2.ISecurityGroup[] } | undefined {
    if (vpc === undefined) return undefined;
    return {
      subnets: vpc.selectSubnets(vpcSubnets).subnets,
      securityGroups: securityGroups ?? [new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'The compile job: nothing in, everything out' })],
    };
  }
}

/** A secret with a key of its own is read with that key. */
function grantToken({ hub }: ModelSourceConfig, role: iam.IRole): IDependable[] {
  const key = hub?.tokenSecret?.encryptionKey;
  return key === undefined ? [] : [key.grantDecrypt(role)];
}

function sourceInput(source: ModelSourceConfig): JobInput[] {
  const s3Uri = source.archiveUrl ?? source.prefixUrl;
  return s3Uri === undefined ? [] : [{ name: 'source', s3Uri }];
}
