import { Annotations, Duration, Names, Stack, TagManager, TagType } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, type IDependable } from 'constructs';
import { JOB_TAG } from './contract';
import { MOST_HYPER_PARAMETERS } from './core/hyper-parameters';
import { MAX_CONFIG } from './core/job-checks';
import { SUFFIX } from './core/job-name';
import type { JobChannel, RungConfig, TrainingConfig } from './core/types';
import { bindRegistration } from './model-registration';
import { precompileConfig } from './precompile-config';
import type { ResolvedRung } from './resolved-rung';
import { TickFunction } from './runtime/tick-function';
import { checkTraining, typeProblems } from './training-checks';
import type { TrainingRungFacts } from './training-estimate';
import { QuotaPolicy, type TrainingTaskProps } from './training-job-props';
import { trainingNetwork } from './training-network';
import { trainingPlaces, type TrainingPlaces } from './training-places';
import { trainingRequest } from './training-request';
import { addressOf, keyStatements, markerStatements, remoteDebugStatements, syncStatements, tickStatements, writeStatements } from './training-statements';
import { trainingStates, type TrainingStates } from './training-states';
import type { CompilationNetworkOptions, CompilationTaskOptions } from '../compilation';
import { jobLogs } from '../compilation/compile-statements';
import { grantReadBelow, readStatements } from '../compilation/compile-task';
import { MAX_JOB_NAME } from '../compilation/core/job-name';
import { executionRole } from '../model/execution-role';
import { problemText, throwProblems, type Problem } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

/** What only a state machine of our own knows. */
export interface OwnMachine {
  readonly machineName: string;
  readonly allowOverlap: boolean;
}

/** CreateTrainingJob, Environment: botocore 1.43.67 (2026-08-07). */
const MOST_VARIABLES = 100;
/** All that a training is made of but its state machine; made in the scope of a construct. */
export class TrainingParts {
  public readonly tags: TagManager;
  public readonly trainingName: string;
  public readonly jobNamePrefix: string;
  public readonly role: iam.IRole;
  public readonly bucket: s3.IBucket;
  /** With a slash at its end. */
  public readonly outputPrefix: string;
  public readonly outputUri: string;
  public readonly rungs: TrainingRungFacts[];
  public readonly config: TrainingConfig;
  public readonly compressed: boolean;
  public readonly encryptionKey?: kms.IKey;
  public readonly eventBusArn: string;
  public readonly states: TrainingStates;
  /** The rights of a given role, of keys and of repositories are policies beside it, which a run must not overtake. */
  public readonly before: IDependable[] = [];
  private readonly network?: ec2.Connections;
  private readonly placement?: CompilationNetworkOptions;

  constructor(private readonly scope: Construct, props: TrainingTaskProps, own?: OwnMachine) {
    throwProblems(scope, typeProblems(props));
    this.tags = new TagManager(TagType.STANDARD, 'SageMaker::TrainingJob');
    this.jobNamePrefix = props.jobNamePrefix ?? Names.uniqueResourceName(scope, { maxLength: MAX_JOB_NAME - SUFFIX, separator: '-' }).toLowerCase();
    const { rungs, problems, warnings } = checkTraining(scope, props, this.jobNamePrefix);
    throwProblems(scope, problems);
    for (const { id: warning, problem } of warnings) Annotations.of(scope).addWarningV2(`cdk-accelerators:${warning}`, problemText(problem));
    this.trainingName = props.trainingName ?? Names.uniqueResourceName(scope, { maxLength: 128, separator: '-' });
    this.rungs = rungs.map(({ name, instance, allInstances }) => ({ name, instanceType: instance, instanceCount: allInstances }));

    this.compressed = props.output?.compressed !== false;
    const cached = rungs.some(({ instance, given }) => instance.isNeuron && given.image._facts().stack !== 'torchNeuron') && props.networkIsolation !== true;
    const places = trainingPlaces(scope, props, { cache: cached || props.compileCache !== undefined, markers: rungs.some(({ given }) => given.precompile !== undefined) });
    const { checkpoints, cache, markers } = places;
    this.bucket = places.output.bucket;
    this.encryptionKey = props.output?.encryptionKey ?? this.bucket.encryptionKey;
    this.outputPrefix = places.output.prefix;
    this.outputUri = addressOf(places.output);

    const efa = rungs.some((rung) => rung.efa);
    const network = trainingNetwork(scope, props, { efa, several: rungs.some(({ allInstances }) => allInstances > 1) });
    this.network = network?.connections;
    // Groups that let each other in are for the training.
    this.placement = props.vpc === undefined ? undefined : { vpc: props.vpc, vpcSubnets: props.vpcSubnets };
    const inputs = Object.entries(props.inputs ?? {}).map(([name, input]) => ({ name, bound: input._bind(scope) }));
    for (const { bound } of inputs) {
      if (bound.connections !== undefined && network !== undefined) bound.connections.allowDefaultPortFrom(network.connections);
    }
    const region = Stack.of(scope).region;
    const codes = rungs.map((rung) => props.code._bind(scope, { instanceType: rung.instance.name, processesPerInstance: rung.processes, region }));

    // One archive, whatever hardware it runs on.
    const { archive } = codes[0];
    const code = archive === undefined ? undefined : { from: { bucket: archive.bucket, key: archive.key }, to: { bucket: places.code.bucket.bucketName, key: `${places.code.prefix}${archive.fileName}` } };
    this.role = this.jobRole(props, rungs, {
      inputs: [...inputs.flatMap(({ bound }) => bound.statements), ...archive === undefined ? [] : readStatements(places.code.bucket, places.code.prefix)],
      decryption: inputs.flatMap(({ bound }) => bound.decryptionKeys),
      places,
      network,
    });

    const registration = props.registration === undefined ? undefined : bindRegistration(scope, props.registration);
    this.eventBusArn = props.eventBus?.eventBusArn ?? Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    const channels: JobChannel[] = inputs.map(({ name, bound }) => ({ ChannelName: name, ...bound.channel }) as JobChannel);
    const { policies = {} } = props;
    this.config = {
      training: this.trainingName,
      prefix: this.jobNamePrefix,
      rungs: rungs.map((rung, i): RungConfig => {
        const request = trainingRequest(scope, props, {
          rung,
          code: codes[i],
          codeUri: code === undefined ? undefined : `s3://${code.to.bucket}/${code.to.key}`,
          channels,
          roleArn: this.role.roleArn,
          outputUri: this.outputUri,
          outputKeyArn: this.encryptionKey?.keyArn,
          checkpointUri: checkpoints === undefined ? undefined : addressOf(checkpoints),
          cacheUri: cache === undefined || rung.given.image._facts().stack === 'torchNeuron' ? undefined : addressOf(cache),
          network,
          tags: () => this.jobTags(),
        });
        return {
          name: rung.name,
          instanceType: rung.instance.name,
          instanceCount: rung.allInstances,
          request,
          hourlyPrice: rung.given.usdPerHour,
          precompile: markers === undefined || rung.given.precompile === undefined ? undefined : precompileConfig(scope, rung, codes[i].digest, markers),
        };
      }),
      policies: {
        onQuota: policies.onQuota ?? QuotaPolicy.NEXT,
        maxQuotaWaitSeconds: (policies.maxQuotaWait ?? Duration.hours(6)).toSeconds(),
        capacityAttempts: policies.capacityAttempts ?? 1,
        capacityWaitSeconds: (policies.capacityWait ?? Duration.minutes(10)).toSeconds(),
        spotToOnDemand: policies.spotToOnDemand ?? true,
        internalErrorAttempts: policies.internalErrorAttempts ?? 2,
        timeoutAttempts: policies.timeoutAttempts ?? 1,
      },
      code,
      inputs: Object.fromEntries(inputs.flatMap(({ name, bound }) => bound.address === undefined ? [] : [[name, bound.address]])),
      overlap: own === undefined || own.allowOverlap,
      registration: registration?.config,
      eventBus: props.eventBus?.eventBusArn,
    };
    throwProblems(scope, sizeProblems(this.config));

    const tick = new TickFunction(scope, 'Runner', functionOptions(scope, 'Runner', 'Runs the training jobs of a state machine', [
      ...tickStatements(scope, {
        jobPrefix: this.jobNamePrefix, jobRoleArn: this.role.roleArn, machineName: own?.machineName, lists: own?.allowOverlap === false, eventBusArn: this.eventBusArn, markers, trainingPlans: rungs.flatMap(({ given }) => given.trainingPlanArn ?? []),
      }),
      ...registration?.statements ?? [],
      // The script is copied to where the model goes.
      ...code === undefined ? [] : [...codes[0].statements, ...markerStatements(places.code)],
      ...keyStatements(uniqueKeys([...code === undefined ? [] : keysOf(places.code.bucket), ...markers === undefined ? [] : keysOf(markers.bucket)]), []),
    ]));
    // States are constructs: their names are not to meet those of the resources.
    this.states = trainingStates(new Construct(scope, 'States'), tick.functionArn, this.config);
  }

  /** @throws without a `vpc` */
  public get connections(): ec2.Connections {
    if (this.network === undefined) throwProblems(this.scope, [{ prop: 'vpc', got: 'nothing', allowed: 'a VPC: without one the jobs have no security groups', fix: 'give vpc' }]);
    return this.network!;
  }

  /** Lets a principal list and read the models, and nothing else of the bucket. */
  public grantReadModels(grantee: iam.IGrantable): iam.Grant {
    return grantReadBelow(grantee, this.bucket, this.outputPrefix, this.encryptionKey);
  }

  /** What a compilation of the models takes over: the network, and the key. */
  public forCompilation({ network, artifacts }: CompilationTaskOptions): Pick<CompilationTaskOptions, 'network' | 'artifacts'> {
    return {
      network: network ?? this.placement,
      artifacts: artifacts ?? (this.encryptionKey === undefined ? undefined : { encryptionKey: this.encryptionKey }),
    };
  }

  private jobRole(props: TrainingTaskProps, rungs: readonly ResolvedRung[], needs: {
    readonly inputs: readonly iam.PolicyStatement[];
    readonly decryption: kms.IKey[];
    readonly places: TrainingPlaces;
    readonly network?: ReturnType<typeof trainingNetwork>;
  }): iam.IRole {
    const images = [...new Map(rungs.map(({ given }) => [given.image._identity(), given.image])).values()];
    const { output, checkpoints, cache } = needs.places;
    const folders = [checkpoints, cache].filter((one) => one !== undefined);
    // Models may have another key than their bucket, which the script has.
    const written = [...this.encryptionKey === undefined ? [] : [this.encryptionKey], ...folders.flatMap(({ bucket }) => keysOf(bucket)), ...props.code.launcher === undefined ? [] : keysOf(needs.places.code.bucket)];
    const { role, before } = executionRole(this.scope, props.role, 'Trains a model in SageMaker training jobs', {
      source: { decryptionKeys: needs.decryption },
      logs: jobLogs(this.scope, 'training', this.jobNamePrefix),
      subnets: needs.network?.subnets,
      securityGroups: needs.network?.securityGroups,
      metricsNamespace: '/aws/sagemaker/TrainingJobs',
      more: [
        ...unique(images.flatMap((image) => image._pullStatements(this.scope))),
        ...needs.inputs,
        ...writeStatements(output),
        ...folders.flatMap(syncStatements),
        ...keyStatements(uniqueKeys(written), uniqueKeys(rungs.flatMap(({ given }) => given.volumeEncryptionKey ?? []))),
        ...props.diagnostics?.remoteDebug === true ? remoteDebugStatements() : [],
      ],
    });
    this.before.push(...before, ...images.flatMap((image) => image._ownRepository?.grantPull(role) ?? []));
    return role;
  }

  /** Those of the app, and ours: they say what a job is for. */
  private jobTags(): { Key: string; Value: string }[] {
    return Object.entries({ ...this.tags.tagValues(), [JOB_TAG]: this.trainingName }).map(([Key, Value]) => ({ Key, Value }));
  }
}

/** All requests travel with each tick; and with what the launcher and a run add, each has to be one that the API takes. */
function sizeProblems(config: TrainingConfig): Problem[] {
  const counts = config.rungs.flatMap(({ request: { HyperParameters = {}, Environment = {} }, precompile }, i) => {
    const parameters = Object.keys({ ...HyperParameters, ...precompile?.hyperParameters }).length;
    // The owner of a job, and what makes it a compilation.
    const variables = Object.keys(Environment).length + (precompile === undefined ? 1 : 2);
    const problem = (prop: string, got: string, most: number) => ({ prop: `rungs[${i}].${prop}`, got, allowed: `at most ${most}`, fix: 'put the rest into a file of the script' });
    return [
      ...parameters > MOST_HYPER_PARAMETERS ? [problem('hyperParameters', `${parameters}, those of the launcher included`, MOST_HYPER_PARAMETERS)] : [],
      ...variables > MOST_VARIABLES ? [problem('environment', `${variables}, those of the hardware and the launcher included`, MOST_VARIABLES)] : [],
    ];
  });
  if (counts.length > 0) return counts;
  const length = Buffer.byteLength(JSON.stringify(config.rungs.map(({ request: { Tags: _, ...request }, ...rung }) => ({ ...rung, request }))));
  return length <= MAX_CONFIG ? [] : [{ prop: 'rungs', got: `requests of ${length} bytes together`, allowed: `at most ${MAX_CONFIG}: a state machine passes them on`, fix: 'put long hyperparameters into files of the script, or use fewer rungs' }];
}

function keysOf({ encryptionKey }: s3.IBucket): kms.IKey[] {
  return encryptionKey === undefined ? [] : [encryptionKey];
}

function uniqueKeys(keys: readonly kms.IKey[]): kms.IKey[] {
  return [...new Map(keys.map((key) => [key.keyArn, key])).values()];
}

function unique(statements: readonly iam.PolicyStatement[]): iam.PolicyStatement[] {
  return [...new Map(statements.map((one) => [JSON.stringify(one.toStatementJson()), one])).values()];
}
