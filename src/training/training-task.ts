import type { ITaggableV2, TagManager } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { ITrainingLadder, TrainingRungFacts } from './training-estimate';
import type { TrainingTaskProps } from './training-job-props';
import { TrainingParts } from './training-parts';

/**
 * A training as part of a state machine of your own: one job after another, on one kind of hardware after another, until the training is complete or cannot be.
 *
 * It is started with `{}`, or with what a run is given: `{ "hyperParameters": { "epochs": 3 }, "environment": { ... }, "inputs": { "train": "s3://..." }, "runId": "..." }`; anything else in it is
 * refused. So place it with `toSingleState({ inputPath: '$.training', resultPath: '$.trained' })` where the state machine has other data. Its output is `{ outcome, reason, job, rung, model: { uri, revision, modelPackageArn } }`. It
 * fails with `Training.NoHardware`, `.TimedOut`, `.Stopped`, `.UserError`, `.InternalError` or `.Skipped`; redriving the execution goes on from the last checkpoint.
 *
 * Whoever stops the state machine leaves the job running: `TrainingJob` has one of its own, and stops what it leaves. Other executions are not looked for: two may train at a time, unless they have one `runId`. Inside a Map, give each a `runId` of its
 * own. Two of these in one state machine need names of their own (`prefixStates()`, which `toSingleState()` does by itself).
 */
export class TrainingTask extends sfn.StateMachineFragment implements ITaggableV2, ec2.IConnectable, iam.IGrantable, ITrainingLadder {
  public readonly startState: sfn.State;
  public readonly endStates: sfn.INextable[];
  /** Tags of the jobs. */
  public readonly cdkTagManager: TagManager;
  /** Name of the training in metrics and events. */
  public readonly trainingName: string;
  /** Beginning of the names of the jobs. */
  public readonly jobNamePrefix: string;
  /** The role of the jobs. */
  public readonly role: iam.IRole;
  /** The role of the jobs, for grants. */
  public readonly grantPrincipal: iam.IPrincipal;
  /** The bucket of the models. */
  public readonly bucket: s3.IBucket;
  /** `s3://` address of the folder that models lie below, with a slash at its end. */
  public readonly outputUri: string;
  /** Kinds of hardware, in the order in which they are tried. */
  public readonly rungs: TrainingRungFacts[];

  /** @internal */
  public readonly _parts: TrainingParts;

  constructor(scope: Construct, id: string, props: TrainingTaskProps) {
    super(scope, id);
    const parts = new TrainingParts(this, props);
    this._parts = parts;
    this.cdkTagManager = parts.tags;
    this.trainingName = parts.trainingName;
    this.jobNamePrefix = parts.jobNamePrefix;
    this.role = parts.role;
    this.grantPrincipal = parts.role.grantPrincipal;
    this.bucket = parts.bucket;
    this.outputUri = parts.outputUri;
    this.rungs = parts.rungs;
    this.startState = parts.states.start;
    this.endStates = [parts.states.end];
  }

  /**
   * The network of the jobs, when they have a `vpc`: what they need to reach there lets them in.
   *
   * @throws without a `vpc`
   */
  public get connections(): ec2.Connections {
    return this._parts.connections;
  }

  /** Lets a principal list and read the models, and nothing else of the bucket. */
  public grantReadModels(grantee: iam.IGrantable): iam.Grant {
    return this._parts.grantReadModels(grantee);
  }
}
