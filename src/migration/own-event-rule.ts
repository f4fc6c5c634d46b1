import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './contract';
import { throwProblems } from '../private/problems';

/** Which events of ours a rule is about. */
export interface OwnEvents {
  /** Bus that they are put on; the account's default one when left out. */
  readonly bus?: events.IEventBus;
  /** Any when left out. */
  readonly detailType?: string[];
  readonly detail: Record<string, unknown>;
}

/** A rule for events of one migration or fallback. The user's pattern narrows what it is about, and cannot widen it: patterns that are added to a rule do. */
export function ownEventRule(scope: Construct, id: string, options: events.OnEventOptions, own: OwnEvents): events.Rule {
  const { eventPattern = {}, crossStackScope, target, ...rule } = options;
  const taken = Object.keys(own.detail).filter((key) => eventPattern.detail?.[key] !== undefined);
  throwProblems(scope, [
    ...taken.map((key) => ({ prop: `eventPattern.detail.${key}`, got: JSON.stringify(eventPattern.detail?.[key]), allowed: 'other keys: this one says whose events they are', fix: 'leave it out' })),
    ...own.detailType !== undefined && eventPattern.detailType !== undefined
      ? [{ prop: 'eventPattern.detailType', got: JSON.stringify(eventPattern.detailType), allowed: `nothing: the rule is for ${own.detailType.join(', ')}`, fix: 'leave it out' }] : [],
  ]);
  const made = new events.Rule(crossStackScope ?? scope, id, { ...rule, eventBus: own.bus });
  made.addEventPattern({ ...eventPattern, source: [EVENT_SOURCE], ...own.detailType === undefined ? {} : { detailType: own.detailType }, detail: { ...eventPattern.detail, ...own.detail } });
  made.addTarget(target);
  return made;
}
