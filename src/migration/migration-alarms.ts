import { Duration, Names } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { runbookUrl } from '../private/problems';

/**
 * Somebody has to look at the migration. The controller tells the topic of each reason at once; the alarm is for dashboards and for those who have no
 * topic, and it gives a reason that goes away by itself ten minutes.
 */
export function needsAttentionAlarm(scope: Construct, migrationName: string, metric: cloudwatch.Metric): cloudwatch.Alarm {
  return new cloudwatch.Alarm(scope, 'NeedsAttention', {
    // By its place in the app: the name of a migration may be the same in another stage, and may move with the construct.
    alarmName: `${Names.uniqueResourceName(scope, { maxLength: 200, separator: '-' })}-needs-attention`,
    alarmDescription: `The traffic migration ${migrationName} waits for somebody: paused, inconclusive, blocked, or at a gate. See ${runbookUrl('needs-attention')}`,
    metric: metric.with({ period: Duration.minutes(5) }),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 2,
    datapointsToAlarm: 2,
    // Nothing is published while no run is under way.
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
}
