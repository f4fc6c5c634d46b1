import { Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './contract';
import { throwProblems } from '../private/problems';

/** Whose events they are. A benchmark and a parity check may have one name: their detail types tell them apart. */
export interface OwnEvents {
  readonly name: string;
  readonly detailTypes: readonly string[];
  readonly bus?: events.IEventBus;
}

/** A rule for the events of one construct; the user's pattern narrows it, and cannot take it elsewhere. */
export function ownEventRule(scope: Construct, id: string, { name, detailTypes, bus }: OwnEvents, options: events.OnEventOptions): events.Rule {
  const { eventPattern = {}, crossStackScope, target, ...rest } = options;
  // What `Match` makes is a token.
  const foreign = (eventPattern.detailType ?? []).filter((type) => !Token.isUnresolved(type) && !detailTypes.includes(type));
  throwProblems(scope, [
    ...eventPattern.detail?.benchmark === undefined ? [] : [{ prop: 'eventPattern.detail.benchmark', got: JSON.stringify(eventPattern.detail.benchmark), allowed: 'other keys: this one says whose events they are', fix: 'leave it out' }],
    ...foreign.map((type) => ({ prop: 'eventPattern.detailType', got: JSON.stringify(type), allowed: detailTypes.map((one) => `'${one}'`).join(', '), fix: 'name one of them, or leave it out for all' })),
  ]);
  const rule = new events.Rule(crossStackScope ?? scope, id, { ...rest, eventBus: bus });
  rule.addEventPattern({ detailType: [...detailTypes], ...eventPattern, source: [EVENT_SOURCE], detail: { ...eventPattern.detail, benchmark: [name] } });
  rule.addTarget(target);
  return rule;
}
