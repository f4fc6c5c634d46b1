import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Body } from './dashboard-body';

export const ENV = { account: '111122223333', region: 'us-east-1' };

const PSEUDO: Readonly<Record<string, string>> = { 'AWS::Region': 'us-east-1', 'AWS::AccountId': '111122223333', 'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com', 'AWS::StackName': 'Stack' };

/** The bodies of all dashboards of a stack as CloudFormation would send them: names of resources are their logical ids. */
export function bodiesOf(stack: Stack): Body[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) => JSON.parse(textOf(Properties.DashboardBody)));
}

/** The body of the only dashboard. */
export function bodyOf(stack: Stack): Body {
  const bodies = bodiesOf(stack);
  expect(bodies).toHaveLength(1);
  return bodies[0];
}

/** Of a dashboard of somebody else that has these widgets. */
export function bodyOfRows(stack: Stack, widgets: cloudwatch.IWidget[]): Body {
  new cloudwatch.Dashboard(stack, 'Own', { periodOverride: cloudwatch.PeriodOverride.INHERIT }).addWidgets(...widgets);
  return bodyOf(stack);
}

/** Titles, or the first line of texts, in their order. */
export const titlesOf = (body: Body): string[] => body.widgets.map(({ properties }) => properties.title ?? properties.markdown.split('\n')[0]);

/** The widget whose title, or text, begins like this. */
export function widgetOf(body: Body, beginning: string) {
  const found = body.widgets.filter(({ properties }) => (properties.title ?? properties.markdown).startsWith(beginning));
  expect(found).toHaveLength(1);
  return found[0];
}

/** Labels of the lines that are drawn. */
export const labelsOf = (body: Body, beginning: string): string[] => (widgetOf(body, beginning).properties.metrics as any[][])
  .map((entry) => entry.at(-1)).filter(({ visible }) => visible !== false).map(({ label }) => label);

export function textOf(value: any): string {
  if (typeof value === 'string') return value;
  if (value?.Ref !== undefined) return PSEUDO[value.Ref] ?? value.Ref;
  const [name, operand] = Object.entries<any>(value)[0];
  switch (name) {
    case 'Fn::Join': return operand[1].map(textOf).join(operand[0]);
    case 'Fn::GetAtt': return operand[1] === 'Arn' && operand[0].match(/Alarm|NeedsAttention|Errors/) ? `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${operand[0]}` : operand[1].endsWith('Name') || operand[1] === 'Name' ? operand[0] : `${operand[0]}.${operand[1]}`;
    default: throw new Error(`no rule for ${name}: ${JSON.stringify(operand)}`);
  }
}
