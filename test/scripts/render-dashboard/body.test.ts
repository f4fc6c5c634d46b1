import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { dashboardsOf, templatesAt, type Template } from '../../../scripts/render-dashboard/body';

const templateWith = (body: unknown, rest: Template['Resources'] = {}): Template =>
  ({ Resources: { Board: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: body } }, ...rest } });
const titleOf = (title: unknown, rest: Partial<Template> = {}) => {
  const body = { 'Fn::Join': ['', ['{"widgets":[{"type":"metric","properties":{"title":"', title, '"}}]}']] };
  const template = templateWith(body, rest.Resources);
  return dashboardsOf([{ ...rest, ...template }])[0].body.widgets[0].properties.title;
};

test.each<[string, unknown, string]>([
  ['region', { Ref: 'AWS::Region' }, 'us-east-1'],
  ['account', { Ref: 'AWS::AccountId' }, '123456789012'],
  ['partition', { Ref: 'AWS::Partition' }, 'aws'],
  ['the name of a resource', { Ref: 'Web' }, 'web'],
  ['an attribute that is a name', { 'Fn::GetAtt': ['Web', 'EndpointName'] }, 'web'],
  ['an ARN', { 'Fn::GetAtt': ['Web', 'Arn'] }, 'arn:aws:sagemaker:us-east-1:123456789012:endpoint:web'],
  ['an attribute in one text', { 'Fn::GetAtt': 'Web.Arn' }, 'arn:aws:sagemaker:us-east-1:123456789012:endpoint:web'],
  ['a resource without a name', { Ref: 'Other' }, 'Other-aB3dE6gH9jK2'],
  ['a parameter', { Ref: 'Stage' }, 'beta'],
  ['a join in a join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }]] }, 'a-beta'],
  ['a part', { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
  ['a sub', { 'Fn::Sub': ['${Own}-${Stage}-${Web.EndpointName}', { Own: 'x' }] }, 'x-beta-web'],
  ['a map', { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }, 'mapped'],
  ['an export of nobody', { 'Fn::ImportValue': 'gone' }, 'gone'],
])('%s', (_name, value, expected) => expect(titleOf(value, {
  Resources: { Web: { Type: 'AWS::SageMaker::Endpoint', Properties: { EndpointName: 'web' } }, Other: { Type: 'AWS::SageMaker::Endpoint' } },
  Parameters: { Stage: { Default: 'beta' } },
  Mappings: { M: { 'us-east-1': { k: 'mapped' } } },
})).toBe(expected));

test('an export of another template', () => {
  const producer: Template = { Resources: { Web: { Type: 'AWS::SageMaker::Endpoint', Properties: { EndpointName: 'web' } } }, Outputs: { Name: { Value: { Ref: 'Web' }, Export: { Name: 'shared' } } } };
  const consumer = templateWith({ 'Fn::Join': ['', ['{"widgets":[],"start":"', { 'Fn::ImportValue': 'shared' }, '"}']] });
  expect(dashboardsOf([consumer, producer]).map(({ body }) => body.start)).toEqual(['web']);
});

test('names, and alarms as widgets have metrics', () => {
  const [{ name, alarms }] = dashboardsOf([templateWith('{"widgets":[]}', {
    Plain: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: 'plain', Namespace: 'N', MetricName: 'M', Dimensions: [{ Name: 'D', Value: { Ref: 'AWS::Region' } }], Statistic: 'Sum', Period: 60, Threshold: 0 } },
    Ranked: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'N', MetricName: 'M', ExtendedStatistic: 'p99', Period: 60, Threshold: 5 } },
    Math: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { Threshold: 1, Metrics: [{ Id: 'm1', ReturnData: false, MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Stat: 'Sum', Period: 300 } }, { Id: 'e1', Label: 'twice', Expression: 'm1 * 2' }] },
    },
  })]);
  expect(name).toBe('Board');
  expect(alarms).toEqual([
    { name: 'plain', threshold: 0, metrics: [['N', 'M', 'D', 'us-east-1', { stat: 'Sum', period: 60 }]] },
    { name: 'Ranked-aB3dE6gH9jK2', threshold: 5, metrics: [['N', 'M', { stat: 'p99', period: 60 }]] },
    { name: 'Math-aB3dE6gH9jK2', threshold: 1, metrics: [['N', 'M', { id: 'm1', visible: false, stat: 'Sum', period: 300 }], [{ id: 'e1', label: 'twice', expression: 'm1 * 2' }]] },
  ]);
});

describe('templates of a folder', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'templates-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('what the CDK synthesizes, nested assemblies too, and no assets', () => {
    const app = new App({ outdir: folder });
    const board = new cloudwatch.Dashboard(new Stack(app, 'One'), 'Board', { dashboardName: 'one' });
    board.addWidgets(new cloudwatch.TextWidget({ markdown: '# one' }));
    app.synth();
    mkdirSync(join(folder, 'assembly-nested'));
    writeFileSync(join(folder, 'assembly-nested', 'Two.template.json'), JSON.stringify(templateWith('{"widgets":[]}')));
    mkdirSync(join(folder, 'asset.1'));
    writeFileSync(join(folder, 'asset.1', 'Three.template.json'), JSON.stringify(templateWith('{"widgets":[]}')));
    const found = dashboardsOf(templatesAt(folder));
    expect(found.map(({ name }) => name)).toEqual(['one', 'Board']);
    expect(found[0].body.widgets[0]).toMatchObject({ type: 'text', x: 0, y: 0, width: 6, height: 2, properties: { markdown: '# one' } });
  });

  test('one file', () => {
    const file = join(folder, 'x.json');
    writeFileSync(file, '{}');
    expect(dashboardsOf(templatesAt(file))).toEqual([]);
  });
});
