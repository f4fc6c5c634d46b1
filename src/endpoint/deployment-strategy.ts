import { type Duration, Token } from 'aws-cdk-lib';
import type { CfnEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import { strategyShapeProblems } from './shape-checks';
import { checkNumber } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** What all deployment strategies share. */
export interface DeploymentWaitOptions {
  /**
   * How long the new fleet is watched, and rollback alarms are obeyed, after each move of traffic. 0 to 60 minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly waitInterval?: Duration;

  /**
   * Time limit for the whole deployment. 10 minutes to 8 hours, and longer than all waits together.
   *
   * @default - the time the waits need plus two hours for starting the new fleet, at most 8 hours
   */
  readonly maximumExecutionTimeout?: Duration;
}

/** What the blue/green strategies share. */
export interface BlueGreenOptions extends DeploymentWaitOptions {
  /**
   * How long the old fleet is kept, without traffic, after the new one has passed. 0 to 60 minutes.
   *
   * @default Duration.minutes(0)
   */
  readonly terminationWait?: Duration;
}

/** Options of `DeploymentStrategy.canary`. */
export interface CanaryOptions extends BlueGreenOptions {
  /**
   * The part of the fleet that takes traffic first: at most half of it.
   *
   * @default FleetPortion.percent(10)
   */
  readonly canarySize?: FleetPortion;
}

/** Options of `DeploymentStrategy.linear`. */
export interface LinearOptions extends BlueGreenOptions {
  /**
   * The part of the fleet that is added in each step: 10 % to 50 %.
   *
   * @default FleetPortion.percent(25)
   */
  readonly stepSize?: FleetPortion;
}

/** Options of `DeploymentStrategy.rolling`. */
export interface RollingOptions extends DeploymentWaitOptions {
  /**
   * The part of the fleet that is replaced in each batch: 5 % to 50 %.
   *
   * @default FleetPortion.percent(25)
   */
  readonly maximumBatchSize?: FleetPortion;

  /**
   * The part of the old fleet that is brought back at once when a rollback starts.
   *
   * @default - the whole old fleet at once
   */
  readonly rollbackMaximumBatchSize?: FleetPortion;
}

/** A part of a variant's fleet, in percent or in instances. */
export class FleetPortion {
  /**
   * A percentage of the variant's instances.
   *
   * @param percent 1 to 100
   */
  public static percent(percent: number): FleetPortion {
    throwProblems('FleetPortion.percent', checkNumber('percent', percent, { min: 1, max: 100, integer: true }));
    return new FleetPortion('CAPACITY_PERCENT', percent);
  }

  /**
   * A number of instances.
   *
   * @param count at least 1
   */
  public static instances(count: number): FleetPortion {
    throwProblems('FleetPortion.instances', checkNumber('count', count, { min: 1, integer: true }));
    return new FleetPortion('INSTANCE_COUNT', count);
  }

  private constructor(
    /** `CAPACITY_PERCENT` or `INSTANCE_COUNT`, as SageMaker names them. */
    public readonly type: string,
    /** The percentage or the number of instances. */
    public readonly value: number,
  ) {}

  /** The portion in words, e.g. `10 %` or `2 instances`. */
  public toString(): string {
    return this.type === 'CAPACITY_PERCENT' ? `${this.value} %` : `${this.value} instance${this.value === 1 ? '' : 's'}`;
  }
}

interface Shape {
  readonly kind: 'ALL_AT_ONCE' | 'CANARY' | 'LINEAR' | 'ROLLING';
  readonly step?: FleetPortion;
  readonly rollbackStep?: FleetPortion;
  readonly waitSeconds: number;
  readonly terminationSeconds: number;
  readonly timeoutSeconds?: number;
}

const HOUR = 3600;
/** How many steps there are, each with its wait; nothing when that depends on the size of the fleet. */
const stepsOf = (shape: Shape): number | undefined => {
  if (shape.kind === 'ALL_AT_ONCE') return 1;
  if (shape.kind === 'CANARY') return 2;
  return shape.step?.type === 'CAPACITY_PERCENT' && !Token.isUnresolved(shape.step.value) ? Math.ceil(100 / shape.step.value) : undefined;
};

/**
 * How SageMaker replaces the fleets of an endpoint when its configuration
 * changes (deployment guardrails). It moves traffic between the old and the new
 * fleet of the *same* variants; it never moves traffic from one variant to another.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
 */
export class DeploymentStrategy {
  /**
   * Blue/green: all traffic moves to the new fleet at once, then the new fleet is watched.
   *
   * @param options waits and the time limit
   */
  public static allAtOnce(options: BlueGreenOptions = {}): DeploymentStrategy {
    throwProblems('DeploymentStrategy.allAtOnce', strategyShapeProblems(options));
    return new DeploymentStrategy({ kind: 'ALL_AT_ONCE', ...times(options) });
  }

  /**
   * Blue/green in two steps: first a small part of the fleet, then the rest.
   *
   * @param options the size of the first step, waits and the time limit
   */
  public static canary(options: CanaryOptions = {}): DeploymentStrategy {
    throwProblems('DeploymentStrategy.canary', strategyShapeProblems(options));
    return new DeploymentStrategy({ kind: 'CANARY', step: options.canarySize ?? FleetPortion.percent(10), ...times(options) });
  }

  /**
   * Blue/green in equal steps.
   *
   * @param options the size of a step, waits and the time limit
   */
  public static linear(options: LinearOptions = {}): DeploymentStrategy {
    throwProblems('DeploymentStrategy.linear', strategyShapeProblems(options));
    return new DeploymentStrategy({ kind: 'LINEAR', step: options.stepSize ?? FleetPortion.percent(25), ...times(options) });
  }

  /**
   * Replaces the fleet batch by batch, without a second full fleet. SageMaker
   * allows it on endpoints with one variant only; with several it silently falls
   * back to all at once, so this library refuses it.
   *
   * @param options batch sizes, the wait and the time limit
   */
  public static rolling(options: RollingOptions = {}): DeploymentStrategy {
    throwProblems('DeploymentStrategy.rolling', strategyShapeProblems(options));
    return new DeploymentStrategy({
      kind: 'ROLLING',
      step: options.maximumBatchSize ?? FleetPortion.percent(25),
      rollbackStep: options.rollbackMaximumBatchSize,
      ...times(options),
    });
  }

  /** Whether this is a rolling update. */
  public readonly isRolling: boolean;

  private constructor(private readonly shape: Shape) {
    this.isRolling = shape.kind === 'ROLLING';
    throwProblems(`DeploymentStrategy.${names[shape.kind]}`, this.check());
  }

  /**
   * The problems this strategy has on a fleet of a known size.
   *
   * @internal
   */
  public _problemsFor(variantName: string, instanceCount: number): Problem[] {
    const { step, kind } = this.shape;
    if (step === undefined || step.type !== 'INSTANCE_COUNT' || Token.isUnresolved(step.value)) return [];
    const percent = 100 * step.value / instanceCount;
    const least = kind === 'LINEAR' ? 10 : kind === 'ROLLING' ? 5 : 0;
    if (percent <= 50 && percent >= least) return [];
    const range = least === 0 ? 'at most 50 %' : `${least} % to 50 %`;
    return [{
      prop: `deployment.${stepProp[kind]}`,
      got: `${step} of the ${instanceCount} of variant '${variantName}' (${Math.round(percent)} %)`,
      allowed: `${range} of the instances of every variant`,
      fix: 'raise the variant\'s `initialInstanceCount`, or give the size in percent with `FleetPortion.percent`',
    }];
  }

  /**
   * The `DeploymentConfig` of the endpoint.
   *
   * @internal
   */
  public _render(alarmNames: string[]): CfnEndpoint.DeploymentConfigProperty {
    const { kind, step, rollbackStep, waitSeconds, terminationSeconds } = this.shape;
    const maximumExecutionTimeoutInSeconds = this.timeout();
    const size = (portion?: FleetPortion) => portion && { type: portion.type, value: portion.value };
    return {
      ...(kind === 'ROLLING'
        ? {
          rollingUpdatePolicy: {
            maximumBatchSize: size(step)!,
            rollbackMaximumBatchSize: size(rollbackStep),
            waitIntervalInSeconds: waitSeconds,
            maximumExecutionTimeoutInSeconds,
          },
        }
        : {
          blueGreenUpdatePolicy: {
            trafficRoutingConfiguration: {
              type: kind,
              waitIntervalInSeconds: waitSeconds,
              canarySize: kind === 'CANARY' ? size(step) : undefined,
              linearStepSize: kind === 'LINEAR' ? size(step) : undefined,
            },
            terminationWaitInSeconds: terminationSeconds,
            maximumExecutionTimeoutInSeconds,
          },
        }),
      autoRollbackConfiguration: alarmNames.length === 0 ? undefined : { alarms: alarmNames.map((alarmName) => ({ alarmName })) },
    };
  }

  /** The time limit in seconds; the longest one when the waits are not known yet. */
  private timeout(): number {
    return this.shape.timeoutSeconds ?? Math.min(8 * HOUR, (this.waits() ?? 8 * HOUR) + 2 * HOUR);
  }

  /** Seconds that pass in waits alone; nothing when they are not known yet. */
  private waits(): number | undefined {
    const { waitSeconds, terminationSeconds } = this.shape;
    const steps = stepsOf(this.shape);
    return steps === undefined || Token.isUnresolved(waitSeconds) || Token.isUnresolved(terminationSeconds)
      ? undefined
      : steps * waitSeconds + terminationSeconds;
  }

  private check(): Problem[] {
    const { kind, step, rollbackStep, waitSeconds, terminationSeconds, timeoutSeconds } = this.shape;
    const problems = [
      ...checkNumber('waitInterval', waitSeconds, { min: 0, max: HOUR, integer: true, unit: 'seconds' }),
      ...checkNumber('terminationWait', terminationSeconds, { min: 0, max: HOUR, integer: true, unit: 'seconds' }),
      ...checkNumber('maximumExecutionTimeout', timeoutSeconds, { min: 600, max: 8 * HOUR, integer: true, unit: 'seconds' }),
    ];
    if (step?.type === 'CAPACITY_PERCENT') {
      const min = kind === 'LINEAR' ? 10 : kind === 'ROLLING' ? 5 : 1;
      problems.push(...checkNumber(stepProp[kind], step.value, { min, max: 50, integer: true, unit: 'percent' }));
    }
    if (rollbackStep?.type === 'CAPACITY_PERCENT') {
      problems.push(...checkNumber('rollbackMaximumBatchSize', rollbackStep.value, { min: 1, max: 100, integer: true, unit: 'percent' }));
    }
    const waits = this.waits();
    if (problems.length === 0 && waits !== undefined && !Token.isUnresolved(this.timeout()) && this.timeout() <= waits) {
      problems.push({
        prop: 'maximumExecutionTimeout',
        got: `${this.timeout()} seconds, while the waits alone take ${waits} seconds`,
        allowed: `more than ${waits} seconds, at most ${8 * HOUR}`,
        fix: 'raise `maximumExecutionTimeout`, or shorten `waitInterval` or `terminationWait`',
      });
    }
    return problems;
  }
}

const names = { ALL_AT_ONCE: 'allAtOnce', CANARY: 'canary', LINEAR: 'linear', ROLLING: 'rolling' };
const stepProp = { ALL_AT_ONCE: '', CANARY: 'canarySize', LINEAR: 'stepSize', ROLLING: 'maximumBatchSize' };

function times(options: BlueGreenOptions) {
  return {
    waitSeconds: options.waitInterval?.toSeconds({ integral: false }) ?? 600,
    terminationSeconds: options.terminationWait?.toSeconds({ integral: false }) ?? 0,
    timeoutSeconds: options.maximumExecutionTimeout?.toSeconds({ integral: false }),
  };
}
