/**
 * What the constructs, the state machines and the handler agree on beside the data in `core/controller/types`. Imports nothing: both sides
 * of a Lambda use it.
 */

/** Environment of the controller function. */
export const ENV = {
  /** Name of the table that holds locks, commands and audit records. */
  table: 'MIGRATION_TABLE',
  /** Name of the parameter that tells clients to send everything to one variant. */
  killSwitch: 'MIGRATION_KILL_SWITCH',
  /** Name or ARN of the event bus. */
  bus: 'MIGRATION_BUS',
  /** ARN of the topic for people; not set when there is none. */
  topic: 'MIGRATION_TOPIC',
} as const;

/** Attributes of the table. The partition key is the endpoint's name: what the rights of a migration are limited to. */
export const TABLE = { partitionKey: 'endpoint', sortKey: 'record', expiry: 'expires' } as const;

/** Sort keys. */
export const RECORD = {
  lock: 'LOCK',
  control: (migration: string) => `CONTROL#${migration}`,
  audit: (migration: string, run: string, time: string) => `AUDIT#${migration}#${run}#${time}`,
} as const;

/** Value of the kill switch while everybody may follow the weights; otherwise it is the name of the variant to send to. */
export const KILL_SWITCH_OFF = 'off';

/** `source` of the events on the bus. */
export const EVENT_SOURCE = 'cdk-accelerators.migration';

/** Namespace and names of the metrics of a migration. */
export const METRICS = {
  namespace: 'CdkAccelerators/TrafficMigration',
  dimension: 'Migration',
  /** Share of requests that should go to the newcomer, in percent. */
  wantedShare: 'WantedShare',
  /** Share of requests that did go to the newcomer in the last judged period, in percent. */
  realisedShare: 'RealisedShare',
  /** How far the evidence is on its way to a rollback, 0 to 100. */
  evidenceAgainst: 'EvidenceAgainst',
  /** How far the evidence is on its way to a promotion, 0 to 100. */
  evidenceFor: 'EvidenceFor',
  requestsNeeded: 'RequestsNeeded',
  judgedRequests: 'JudgedRequests',
  judgedErrors: 'JudgedErrors',
  step: 'Step',
  /** 1 while somebody has to look: paused, inconclusive, blocked, or a gate waits. */
  needsAttention: 'NeedsAttention',
  rollbacks: 'Rollbacks',
  promotions: 'Promotions',
} as const;
