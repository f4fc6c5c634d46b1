// Runs in the emulator: reads what CloudWatch shows of a variant until now, and the state of an alarm.
const { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } = require('@aws-sdk/client-cloudwatch');
const { SageMakerRuntimeClient, InvokeEndpointCommand } = require('@aws-sdk/client-sagemaker-runtime');

const cloudWatch = new CloudWatchClient({});
const runtime = new SageMakerRuntimeClient({});

exports.handler = async ({ endpointName, alarmName, now }) => {
  const end = Date.parse(now);
  const Dimensions = [{ Name: 'EndpointName', Value: endpointName }, { Name: 'VariantName', Value: 'inf2' }];
  const Metric = { Namespace: 'AWS/SageMaker', MetricName: 'Invocations', Dimensions };
  const { MetricDataResults: [{ Values, StatusCode }] } = await cloudWatch.send(new GetMetricDataCommand({
    StartTime: new Date(end - 3600000), EndTime: new Date(end), MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }],
  }));
  const { MetricAlarms: [alarm] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarmName] }));
  const { InvokedProductionVariant } = await runtime.send(new InvokeEndpointCommand({ EndpointName: endpointName, TargetVariant: 'gpu', Body: '{}' }));
  return { minutes: Values.length, requests: Values.reduce((sum, value) => sum + value, 0), status: StatusCode, alarm: alarm.StateValue, variant: InvokedProductionVariant, now };
};
