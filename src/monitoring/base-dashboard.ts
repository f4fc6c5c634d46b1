import { CfnOutput, Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { periodText } from './widget-style';
import { checkObject, checkPattern } from '../private/checks';
import { consoleUrl } from '../private/console-url';
import { throwProblems, type Problem } from '../private/problems';

/** What all dashboards are told. */
export interface DashboardOptions {
  /**
   * Name of the dashboard: letters, digits, `-`, `_`, at most 255. Dashboards of all regions of an account share their names.
   *
   * @default - made by CloudFormation
   */
  readonly dashboardName?: string;

  /**
   * Time range that is shown when the dashboard is opened. Periods stay as they are, however long a range is chosen later: CloudWatch keeps points of less than a minute for 3 hours, of less than 5 minutes for 15
   * days, of less than an hour for 63 days, others for 455 days, and charts are empty before that. For a longer range give the metrics a longer period.
   *
   * @default - depends on the dashboard: 3 hours of an endpoint, 12 hours or twice its plan of a migration, 30 days of a training, 1 day of a fleet
   */
  readonly defaultInterval?: Duration;
}

/**
 * CloudWatch's quotas, which nobody can have raised. What metric math uses counts, drawn or not; of one widget, expressions count too.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
const MOST = { widgets: 500, metrics: 2500, metricsOfWidget: 500 };

/**
 * A dashboard that knows how much CloudWatch takes.
 *
 * @internal
 */
export abstract class DashboardBase extends Construct {
  /** The dashboard itself. */
  public readonly dashboard: cloudwatch.Dashboard;
  private readonly size = { widgets: 0, metrics: 0 };

  constructor(scope: Construct, id: string, { dashboardName, defaultInterval }: DashboardOptions) {
    super(scope, id);
    throwProblems(this, [
      ...checkPattern('dashboardName', dashboardName, /^[\w-]{1,255}$/, 'letters, digits, hyphens and underscores, 1 to 255 characters'),
      ...intervalProblems(defaultInterval),
    ]);
    this.dashboard = new cloudwatch.Dashboard(this, 'Resource', {
      dashboardName,
      defaultInterval,
      // Titles say the period, and formulas are about it.
      periodOverride: cloudwatch.PeriodOverride.INHERIT,
    });
    new CfnOutput(this, 'Url', { description: 'Dashboard in the console', value: consoleUrl(this, 'cloudwatch', `#dashboards/dashboard/${this.dashboard.dashboardName}`) });
  }

  /**
   * Adds a row of widgets below the others.
   *
   * @param widgets from left to right; those that do not fit in 24 columns stand in the next line
   * @throws when the dashboard would be larger than CloudWatch takes
   */
  public addWidgets(...widgets: cloudwatch.IWidget[]): void {
    const counts = widgets.map((widget) => this.countOf(widget));
    const total = counts.reduce((sum, { metrics }) => sum + metrics, this.size.metrics);
    const largest = Math.max(0, ...counts.map(({ entries }) => entries));
    const problem = (got: string, most: string): Problem => ({ prop: 'widgets', got, allowed: `at most ${most}`, fix: 'divide it between several dashboards' });
    // A row or a column is one widget here, and several there.
    const number = counts.reduce((sum, { widgets: those }) => sum + those, this.size.widgets);
    throwProblems(this, [
      ...number > MOST.widgets ? [problem(`${number} widgets`, `${MOST.widgets} in a dashboard`)] : [],
      ...total > MOST.metrics ? [problem(`${total} metrics`, `${MOST.metrics} in a dashboard, those that formulas use included`)] : [],
      ...largest > MOST.metricsOfWidget ? [problem(`${largest} metrics and expressions in a widget`, `${MOST.metricsOfWidget}`)] : [],
    ]);
    Object.assign(this.size, { widgets: number, metrics: total });
    this.dashboard.addWidgets(...widgets);
  }

  /** A metric has a namespace at its beginning, an expression is an object alone. */
  private countOf(widget: cloudwatch.IWidget): { widgets: number; entries: number; metrics: number } {
    const lists: unknown[][][] = Stack.of(this).resolve(widget.toJson()).map((one: { properties?: { metrics?: unknown[][] } }) => one.properties?.metrics ?? []);
    const entries = lists.flat();
    return { widgets: lists.length, entries: Math.max(0, ...lists.map((list) => list.length)), metrics: entries.filter(([first]) => typeof first !== 'object' || Token.isUnresolved(first)).length };
  }
}

/** CloudWatch takes times before now of at least a minute (`-PT1M`). */
function intervalProblems(interval: Duration | undefined): Problem[] {
  if (interval === undefined) return [];
  const problems = checkObject('defaultInterval', interval, 'toSeconds', 'a duration');
  if (problems.length > 0 || interval.isUnresolved()) return problems;
  const seconds = interval.toSeconds({ integral: false });
  if (seconds >= 60 && Number.isFinite(seconds)) return [];
  return [{ prop: 'defaultInterval', got: `${seconds} seconds`, allowed: 'at least a minute', fix: 'give the time range that is of interest, e.g. Duration.hours(3)' }];
}

/** A time range of which CloudWatch has no points of this period any more: its charts would begin somewhere in the middle. */
export function retentionProblems(interval: Duration | undefined, period: Duration): Problem[] {
  const kept = keptFor(period);
  if (interval === undefined || interval.isUnresolved() || interval.toSeconds({ integral: false }) <= kept.toSeconds()) return [];
  return [{
    prop: 'defaultInterval',
    got: `${interval.toHumanString()} of metrics with a period of ${periodText(period)}`,
    allowed: `at most ${kept.toHumanString()}, as long as CloudWatch keeps such points`,
    fix: 'show a shorter time, or give the metrics a longer period',
  }];
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention */
function keptFor(period: Duration): Duration {
  const seconds = period.toSeconds();
  return seconds < 60 ? Duration.hours(3) : seconds < 300 ? Duration.days(15) : seconds < 3600 ? Duration.days(63) : Duration.days(455);
}
