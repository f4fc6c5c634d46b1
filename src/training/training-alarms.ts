import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { runbookUrl } from '../private/problems';

/** A run made no model. */
export function failedAlarm(scope: Construct, trainingName: string, metric: cloudwatch.Metric): cloudwatch.Alarm {
  return alarm(scope, 'FailedAlarm', metric, `A run of the training ${trainingName} made no model. See ${runbookUrl('training-failed')}`);
}

/** A run was made on other hardware than the first: it may cost more, or take longer. */
export function fallbackAlarm(scope: Construct, trainingName: string, metric: cloudwatch.Metric): cloudwatch.Alarm {
  return alarm(scope, 'FallbackAlarm', metric, `A run of the training ${trainingName} was made on other hardware than its first rung. See ${runbookUrl('training-fallback')}`);
}

/** A pipeline did not come to its end. */
export function pipelineAlarm(scope: Construct, failures: readonly cloudwatch.IMetric[]): cloudwatch.Alarm {
  // Not the failed executions: one that gave way to another failed too.
  const names = failures.map((_, i) => `failures${i}`);
  const metric = new cloudwatch.MathExpression({ expression: names.map((name) => `FILL(${name}, 0)`).join(' + '), usingMetrics: Object.fromEntries(failures.map((one, i) => [names[i], one])), label: 'Failures' });
  return alarm(scope, 'FailedAlarm', metric, `A run of the training pipeline ${scope.node.path} made no model ready. See ${runbookUrl('training-pipeline-failed')}`);
}

/** What was left running could not be stopped. */
export function notStoppedAlarm(scope: Construct, metric: cloudwatch.Metric): cloudwatch.Alarm {
  return alarm(scope, 'NotStoppedAlarm', metric, `A training job of ${scope.node.path} may go on although its run has ended. See ${runbookUrl('training-not-stopped')}`);
}

/** What a run says is said once, at its end. */
function alarm(scope: Construct, id: string, metric: cloudwatch.Metric | cloudwatch.MathExpression, alarmDescription: string): cloudwatch.Alarm {
  return new cloudwatch.Alarm(scope, id, {
    alarmDescription,
    metric: metric.with({ period: Duration.minutes(5) }),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
}
