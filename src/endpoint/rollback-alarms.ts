import {
  DefaultTokenResolver, Reference, StringConcat, Tokenization, type CfnResource, type IPostProcessor, type IResolvable, type IResolveContext,
} from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

/**
 * Whether an alarm, or an alarm that a composite one is made of, refers to a resource. An endpoint that waits for
 * such an alarm while the alarm waits for the endpoint is a circle that CloudFormation refuses.
 */
export function alarmsReferTo(resource: CfnResource, alarms: readonly cloudwatch.IAlarm[]): boolean {
  const seen = new Set<IConstruct>();
  const reaches = (construct: IConstruct | undefined): boolean => {
    if (construct === resource) return true;
    if (construct === undefined || seen.has(construct)) return false;
    seen.add(construct);
    const { dimensions, metrics, alarmRule } = construct as Partial<cloudwatch.CfnAlarm & cloudwatch.CfnCompositeAlarm>;
    return referencesIn(resource, [dimensions, metrics, alarmRule]).some(reaches);
  };
  return alarms.some((alarm) => reaches(alarm.node.defaultChild));
}

/** The constructs a value refers to. */
function referencesIn(scope: IConstruct, value: unknown): IConstruct[] {
  const targets: IConstruct[] = [];
  class Collector extends DefaultTokenResolver {
    public override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
      if (Reference.isReference(token)) targets.push(token.target);
      return super.resolveToken(token, context, postProcessor);
    }
  }
  Tokenization.resolve(value, { scope, resolver: new Collector(new StringConcat()), preparing: false });
  return targets;
}
