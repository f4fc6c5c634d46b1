import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DashboardBase, type DashboardOptions } from './base-dashboard';
import { TrainingMetrics } from './training-metrics';
import { TrainingWidgets } from './training-widgets';
import { heading } from './widget-style';
import { checkObject } from '../private/checks';
import { consoleUrl } from '../private/console-url';
import { runbookUrl, throwProblems } from '../private/problems';
import type { TrainingJob } from '../training';

/** What a dashboard of trainings shows. */
export interface TrainingDashboardProps extends DashboardOptions {
  /** The trainings, one below the other. */
  readonly trainings: TrainingJob[];

  /**
   * Time that a data point about runs stands for: those that end in the same one are drawn together. About the utilisation of instances, of the last 14 days, it is an hour.
   *
   * @default Duration.days(1)
   */
  readonly period?: Duration;

  /**
   * Other alarms, shown beside those of the first training.
   *
   * @default - the alarms of the trainings
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/**
 * A dashboard of trainings: alarms, runs by how they ended, run time and waiting time, what is billed and what it costs, the rung that made the model, tokens per second, and the
 * utilisation of the instances while jobs run.
 */
export class TrainingDashboard extends DashboardBase {
  constructor(scope: Construct, id: string, props: TrainingDashboardProps) {
    super(scope, id, { ...props, defaultInterval: props.defaultInterval ?? Duration.days(30) });
    const { trainings, alarms = [], period = Duration.days(1) } = props;
    throwProblems(this, Array.isArray(trainings) && trainings.length > 0
      ? trainings.flatMap((one, i) => checkObject(`trainings[${i}]`, one, 'trainingName', 'a TrainingJob'))
      : [{ prop: 'trainings', got: Array.isArray(trainings) ? 'none' : 'no list', allowed: 'a list of at least one TrainingJob', fix: 'give the trainings to show' }]);
    for (const [i, training] of trainings.entries()) {
      const metrics = new TrainingMetrics(training, { period });
      const rows = [
        [heading(this.introduction(training))],
        TrainingWidgets.alarms(training, i === 0 ? alarms : []),
        TrainingWidgets.runs(metrics),
        TrainingWidgets.duration(metrics),
        TrainingWidgets.cost(metrics),
        TrainingWidgets.utilization(new TrainingMetrics(training, { period: Duration.hours(1) })),
      ];
      for (const widgets of rows) this.addWidgets(...widgets);
    }
  }

  private introduction(training: TrainingJob): string {
    const { trainingName, stateMachine, rungs } = training;
    return [
      `# Training ${trainingName}`,
      `On ${rungs.map(({ instanceType, instanceCount }, i) => `${i}: ${instanceCount} × ${instanceType.name}`).join(', then ')} · `
      + `[Runs](${consoleUrl(training, 'states', `#/statemachines/view/${stateMachine.stateMachineArn}`)}) · [Jobs](${consoleUrl(training, 'sagemaker', '#/jobs')}) · [A run failed](${runbookUrl('training-failed')}) · [A run was made on other hardware](${runbookUrl('training-fallback')}) · [A job was not stopped](${runbookUrl('training-not-stopped')})`,
    ].join('\n');
  }
}
