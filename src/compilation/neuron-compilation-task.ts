import * as path from 'node:path';
import { Duration, Names } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CompilationJob } from './compilation-job';
import type { CompilationArtifactOptions, CompilationNetworkOptions, NeuronCompilationSpec } from './compilation-spec';
import { chooseHost, type CompileHost } from './compile-host';
import { artifactStatements, compileStatements, inputStatements, jobLogs, readLogs, sourceStatements } from './compile-statements';
import { compileStates } from './compile-states';
import { compiledArtifact } from './compiled-facts';
import { JOB_TAG, type JobKind } from './contract';
import type { CompiledArtifact, ModelCheck, ModelSourceConfig } from '../model';
import { jobPrefix } from './core/job-name';
import { NOT_SHIPPED } from './directory-digest';
import { scriptArguments } from './job-arguments';
import { jobRequest, type JobInput } from './job-request';
import { resolveSpec, type ResolvedSpec } from './resolve-spec';
import { RecordFunction } from './runtime/record-function';
import { functionOptions } from './runtime-function';
import { checkTaskProps } from './task-checks';
import { executionRole } from '../model/execution-role';

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
   * Longest run of one job, 1 minute to 9 days; SageMaker stops it then.
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
 * the error `NeuronCompilationFailed`, whose cause has the compiler's last lines. Give the state machine a timeout. The states poll the job, so
 * a state machine that is stopped leaves the job running. For a compilation that a deploy waits for, use `NeuronCompilation`.
 */
export class NeuronCompilationTask extends sfn.StateMachineFragment {
  public readonly startState: sfn.State;
  public readonly endStates: sfn.INextable[];

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
  /** What the job is in SageMaker: `processing` or `training`. */
  public readonly jobKind: string;
  /** The host that compiles, e.g. `ml.m5.2xlarge`. */
  public readonly instanceType: string;
  /** What the artefact can be served with. */
  public readonly compiled: CompiledArtifact;
  /** The value of the dimension `Compilation` of its metrics. */
  public readonly metricName: string;

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
    const resolved = resolveSpec(this, props, {
      networkIsolation: props.network?.networkIsolation === true,
      skipChecks: props.skipChecks ?? [],
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
    this.jobKind = this._host.job.kind;
    const kind = this.jobKind as JobKind;
    this.instanceType = (this._host.processing ?? this._host.training)!.name;
    this.metricName = Names.uniqueResourceName(this, { maxLength: 128, separator: '-' });

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
      compilation: this.metricName,
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
        tags: [{ Key: JOB_TAG, Value: this.metricName }, { Key: 'cdk-accelerators:key', Value: key }],
      }),
    });
    // The rights of a role made here are inside it; those of a given one are policies beside it, which the job must not overtake.
    states.start.node.addDependency(...before);
    this.startState = states.start;
    this.endStates = [states.end];
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

function sourceInput(source: ModelSourceConfig): JobInput[] {
  const s3Uri = source.archiveUrl ?? source.prefixUrl;
  return s3Uri === undefined ? [] : [{ name: 'source', s3Uri }];
}
