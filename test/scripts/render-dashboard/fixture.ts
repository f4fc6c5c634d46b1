import type { Body, Dashboard, Properties, Template, Widget } from '../../../scripts/render-dashboard/body';

const gpu = ['EndpointName', 'web', 'VariantName', 'gpu'];
const inf2 = ['EndpointName', 'web', 'VariantName', 'inf2'];

export const widget = (type: string, x: number, y: number, width: number, height: number, properties: Properties): Widget => ({ type, x, y, width, height, properties });

/** Of every kind of widget one, as the dashboards of the library have them. */
export const BODY: Body = {
  start: '-P1D',
  periodOverride: 'inherit',
  widgets: [
    widget('text', 0, 0, 24, 2, { markdown: '# web\nOn **GPU** and *Neuron*: [runbook](https://example.com/runbook) [button:primary:Console](https://example.com)' }),
    widget('metric', 0, 2, 12, 6, {
      title: 'Requests per minute',
      stacked: true,
      region: 'us-east-1',
      period: 60,
      stat: 'Sum',
      yAxis: { left: { label: 'requests per minute', min: 0, showUnits: false } },
      metrics: [['AWS/SageMaker', 'Invocations', ...gpu, { label: 'gpu' }], ['...', 'inf2', { label: 'inf2' }]],
    } as Properties),
    widget('metric', 12, 2, 12, 6, {
      title: 'Latency',
      period: 60,
      yAxis: { left: { label: 'milliseconds', min: 0, showUnits: false } },
      annotations: { horizontal: [{ value: 110, label: 'promised' }], vertical: [{ value: '2026-11-22T20:00:00Z', label: 'changed' }] },
      metrics: [
        ['AWS/SageMaker', 'ModelLatency', ...gpu, { id: 'm1', visible: false, stat: 'p99' }], ['AWS/SageMaker', 'ModelLatency', ...inf2, { id: 'm2', visible: false, stat: 'p99' }],
        [{ expression: 'm1/1000', id: 'e1', label: 'gpu p99' }], [{ expression: 'm2/1000', id: 'e2', label: 'inf2 p99' }],
      ],
    }),
    widget('metric', 0, 8, 6, 4, { title: 'Share of requests', view: 'singleValue', sparkline: true, period: 300, stat: 'Average', metrics: [['CdkAccelerators/TrafficMigration', 'WantedShare', 'Migration', 'to-inf2', { label: 'wanted, %' }], ['.', 'RealisedShare', '.', '.', { label: 'realised, %' }]] }),
    widget('metric', 6, 8, 6, 5, { title: 'Evidence for the step', view: 'gauge', yAxis: { left: { min: 0, max: 100 } }, stat: 'Maximum', metrics: [['CdkAccelerators/TrafficMigration', 'EvidenceFor', 'Migration', 'to-inf2', { label: 'evidence, %' }]] }),
    widget('metric', 12, 8, 6, 5, { title: 'Requests by variant', view: 'pie', stat: 'Sum', period: 86_400, metrics: [['AWS/SageMaker', 'Invocations', ...gpu, { label: 'gpu, requests' }], ['...', 'inf2', { label: 'inf2, requests' }]] }),
    widget('metric', 18, 8, 6, 5, { title: 'Cost of the last run', view: 'bar', stat: 'Sum', yAxis: { left: { label: 'USD' } }, metrics: [['CdkAccelerators/Training', 'Cost', 'Training', 'nightly', { label: 'nightly' }]] }),
    widget('alarm', 0, 13, 8, 4, { title: 'Alarms', alarms: ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:watchdog', 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:training-failed', 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:idle-cores'] }),
    widget('log', 8, 13, 16, 6, { title: 'Events', view: 'table', query: "SOURCE '/aws/lambda/controller' | fields @timestamp, event, share, reason | sort @timestamp desc | limit 20" }),
    widget('metric', 0, 19, 12, 6, {
      title: 'Requests still needed and errors',
      period: 60,
      yAxis: { left: { label: 'requests', min: 0 }, right: { label: 'errors, %', min: 0 } },
      legend: { position: 'right' },
      metrics: [
        ['CdkAccelerators/TrafficMigration', 'RequestsNeeded', 'Migration', 'to-inf2', { label: 'needed', stat: 'Minimum' }],
        ['AWS/SageMaker', 'Invocation5XXErrors', ...inf2, { id: 'a', visible: false, stat: 'Sum' }], ['AWS/SageMaker', 'Invocations', ...inf2, { id: 'b', visible: false, stat: 'Sum' }],
        [{ expression: '100*a/b', label: 'errors', yAxis: 'right', id: 'c' }],
      ],
    }),
    widget('metric', 12, 19, 12, 6, {
      title: 'Use of GPUs by the jobs',
      yAxis: { left: { label: 'percent of one GPU', min: 0, max: 100 } },
      metrics: [[{ expression: "SEARCH('{/aws/sagemaker/TrainingJobs,Host} MetricName=\"GPUUtilization\" nightly', 'Average', 300)", label: '${PROP(\'Dim.Host\')}', id: 's' }]],
    }),
  ],
};

export const DASHBOARD: Dashboard = { name: 'web', body: BODY, alarms: [] };

export const templateOf = (body: Body): Template => ({ Resources: { Web: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: 'web', DashboardBody: JSON.stringify(body) } } } });
