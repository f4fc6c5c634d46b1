import * as path from 'node:path';
import { Annotations, Duration, Lazy, Names, type ITaggableV2 } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct, type IDependable } from 'constructs';
import type { FullSpec } from './compilation-checks';
import type { CompilationNetworkOptions, CompilationTaskOptions, NeuronCompilationSpec } from './compilation-spec';
import { chooseHost, hostWarnings, type CompileHost } from './compile-host';
import { artifactStatements, compileStatements, inputStatements, jobLogs, readLogs, sourceStatements } from './compile-statements';
import { compileStates, type CompileStates } from './compile-states';
import { member, type CompileValues } from './compile-values';
import { JOB_TAG, METRICS, type JobKind } from './contract';
import type { ModelSourceConfig } from '../model';
import { jobPrefix } from './core/job-name';
import { NOT_SHIPPED } from './directory-digest';
import { jobRequest, type JobInput } from './job-request';
import { resolveSpec, type ResolvedSpec } from './resolve-spec';
import { RecordFunction } from './runtime/record-function';
import { checkTaskProps } from './task-checks';
import type { TrainedModelStates } from './trained-model-states';
import { executionRole } from '../model/execution-role';
import { ownBucket } from '../model/own-bucket';
import type { Problem } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

/** What is known of a task before its role is made. */
export interface KnownTask {
  readonly resolved: ResolvedSpec;
  readonly kind: JobKind;
  readonly bucket: s3.IBucket;
  readonly prefix: string;
}

/** What differs between a source that is known at synth and one that comes with the execution. */
export interface TaskSource {
  /** The folder of the artefact as policies spell it: with `*` where nobody knows the key. */
  readonly folder: string;
  readonly values: CompileValues;
  readonly trained?: TrainedModelStates;
}

export interface CompileTaskProps {
  readonly spec: NeuronCompilationSpec;
  readonly options: CompilationTaskOptions;
  /** Problems of other props, to be reported together. */
  readonly problems: (spec: FullSpec) => Problem[];
  readonly source: (known: KnownTask) => TaskSource;
}

/** A task: its states, and the resources around them. */
export interface CompileTask extends KnownTask {
  readonly host: CompileHost;
  readonly instanceType: string;
  /** The value of the dimension `Compilation` of the metrics, and of the tag of the jobs. */
  readonly name: string;
  readonly jobPrefix: string;
  readonly encryptionKey?: kms.IKey;
  readonly role: iam.IRole;
  /** What an execution needs from its first moment, and no reference in the template says. */
  readonly before: IDependable[];
  readonly states: CompileStates;
}

/** The folder of the compile script in the package: above `src` and `lib` alike. */
const SCRIPT = path.join(__dirname, '..', '..', 'assets', 'compilation', 'script');

/** Checks, chooses job and host, makes the role of the job and the states. Nothing is made for props that have a problem. */
export function compileTask(scope: Construct & ITaggableV2, { spec, options, problems, source }: CompileTaskProps): CompileTask {
  let host: CompileHost | undefined;
  const resolved = resolveSpec(scope, spec, {
    networkIsolation: options.network?.networkIsolation === true,
    skipChecks: options.skipChecks ?? [],
    // What a source makes for itself has names of its own.
    sourceScope: () => new Construct(scope, 'Source'),
    more: (full) => {
      const found = [...checkTaskProps(options), ...problems(full)];
      if (found.length > 0) return found;
      host = chooseHost(full, options.job, options.skipChecks ?? []);
      return host.problems;
    },
  });
  const { full, key } = resolved;
  const { job } = host!;
  const kind = job.kind as JobKind;
  for (const { id, text } of hostWarnings(scope, full, host!, options.job)) Annotations.of(scope).addWarningV2(`cdk-accelerators:${id}`, text);
  const instanceType = (host!.processing ?? host!.training)!.name;
  const name = Names.uniqueResourceName(scope, { maxLength: 128, separator: '-' });

  const { prefix = 'neuron' } = options.artifacts ?? {};
  const bucket = options.artifacts?.bucket ?? ownBucket(scope, 'Artifacts', options.artifacts?.encryptionKey);
  const encryptionKey = options.artifacts?.encryptionKey ?? bucket.encryptionKey;
  const known: KnownTask = { resolved, kind, bucket, prefix };
  const { folder, values, trained } = source(known);
  const names = jobPrefix(key);

  const where = { kind, jobPrefix: names, bucket, folder, encryptionKey };
  const code = jobCode(scope, full);
  const network = jobNetwork(scope, options.network ?? {});
  const { role, before } = executionRole(scope, options.role, `Compiles a model for ${full.target} in a SageMaker ${kind} job`, {
    source: resolved.source,
    image: full.compilerImage,
    logs: jobLogs(scope, kind, names),
    subnets: network?.subnets,
    securityGroups: network?.securityGroups,
    more: [...code.flatMap(({ asset }) => inputStatements(asset.bucket, asset.s3ObjectKey)), ...artifactStatements(where), ...sourceStatements(scope, resolved.source)],
  });

  const recorder = new RecordFunction(scope, 'Record', functionOptions(scope, 'Record', 'Records how a Neuron compilation ended', readLogs(scope, kind, names)));
  const maxRuntime = options.maxRuntime ?? Duration.minutes(710);
  const states = compileStates(scope, {
    kind,
    values,
    trained,
    jobPrefix: names,
    capacityRetries: job.capacityRetries,
    maxRuntime,
    recorderArn: recorder.functionArn,
    compilation: name,
    statements: compileStatements(scope, { ...where, jobRoleArn: role.roleArn, recorderArn: recorder.functionArn }),
    request: jobRequest({
      kind,
      image: full.compilerImage._uri(scope),
      roleArn: role.roleArn,
      arguments: values.arguments,
      inputs: [
        ...code.map(({ name: input, asset }): JobInput => ({ name: input, s3Uri: asset.s3ObjectUrl })),
        ...values.sourceUri === undefined ? [] : [{ name: 'source', s3Uri: values.sourceUri } as const],
      ],
      artifactUri: values.uri,
      instanceType,
      volumeGiB: job.volumeSize.toGibibytes(),
      maxRuntimeSeconds: maxRuntime.toSeconds(),
      encryptionKeyArn: encryptionKey?.keyArn,
      encryptVolume: encryptionKey !== undefined && kind === 'processing',
      network: network === undefined ? undefined : {
        subnets: network.subnets.map((subnet) => subnet.subnetId),
        securityGroupIds: network.securityGroups.map((group) => group.securityGroupId),
      },
      networkIsolation: options.network?.networkIsolation ?? false,
      tags: Lazy.any({ produce: () => jobTags(scope, name, values) }) as unknown as object[],
    }),
  });
  return {
    ...known,
    host: host!,
    instanceType,
    name,
    jobPrefix: names,
    encryptionKey,
    role,
    // The rights of a role made here are inside it; those of a given one, of keys and repositories are policies beside it, which the job must not overtake.
    before: [...before, ...grantToken(resolved.source, role)],
    states,
  };
}

/** Those of the app, and ours: they say what a job is for, and who may stop it. */
function jobTags({ cdkTagManager }: ITaggableV2, name: string, values: CompileValues): object[] {
  const own = { [JOB_TAG]: name, 'cdk-accelerators:key': values.key };
  return Object.entries({ ...cdkTagManager.tagValues(), ...own }).map(([Key, value]) => ({ Key, ...member('Value', value) }));
}

/** Our script, and the folders of the user's that it runs or packs. */
function jobCode(scope: Construct, { compiler: { customOperators, script } }: FullSpec): { name: JobInput['name']; asset: assets.Asset }[] {
  const folder = (name: JobInput['name'], id: string, directory: string | undefined) => directory === undefined ? [] : [{
    name, asset: new assets.Asset(scope, id, { path: directory, exclude: NOT_SHIPPED }),
  }];
  return [...folder('code', 'Code', SCRIPT), ...folder('operators', 'Operators', customOperators), ...folder('script', 'Script', script)];
}

function jobNetwork(scope: Construct, { vpc, vpcSubnets, securityGroups }: CompilationNetworkOptions): { subnets: ec2.ISubnet[]; securityGroups: ec2.ISecurityGroup[] } | undefined {
  if (vpc === undefined) return undefined;
  return {
    subnets: vpc.selectSubnets(vpcSubnets).subnets,
    securityGroups: securityGroups ?? [new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description: 'The compile job: nothing in, everything out' })],
  };
}

/** A secret with a key of its own is read with that key. */
function grantToken({ hub }: ModelSourceConfig, role: iam.IRole): IDependable[] {
  const key = hub?.tokenSecret?.encryptionKey;
  return key === undefined ? [] : [key.grantDecrypt(role)];
}

/** Reading below a folder of artefacts, and listing there; of a single object, reading it. */
export function readStatements(bucket: s3.IBucket, below: string): iam.PolicyStatement[] {
  const folder = below.endsWith('/');
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(folder ? `${below}*` : below)] }),
    ...folder ? [new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${below}*` } } })] : [],
  ];
}

/** The same for a principal, with the key the artefacts are encrypted with. */
export function grantReadBelow(grantee: iam.IGrantable, bucket: s3.IBucket, folder: string, encryptionKey: kms.IKey | undefined): iam.Grant {
  const [read, list] = readStatements(bucket, folder);
  const key = encryptionKey?.grantDecrypt(grantee);
  const grants = [
    iam.Grant.addToPrincipal({ grantee, actions: read.actions, resourceArns: read.resources }),
    iam.Grant.addToPrincipal({ grantee, actions: list.actions, resourceArns: [bucket.bucketArn], conditions: list.conditions }),
    ...key === undefined ? [] : [key],
  ];
  return grants.reduce((all, one) => all.combine(one));
}

/** A metric of a compilation, a sum unless something else is asked for. */
export function compilationMetric(scope: Construct, name: string, metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: { [METRICS.dimension]: name },
    statistic: cloudwatch.Stats.SUM,
    ...props,
  }).attachTo(scope);
}
