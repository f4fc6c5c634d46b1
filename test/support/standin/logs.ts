import type { Eventually } from './eventually';
import type { Where } from './objects';

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Amazon CloudWatch Logs, as far as jobs write it. */
export interface Logs {
  /** Adds lines to a stream; group and stream are made when they are not there. */
  append(group: string, stream: string, lines: string[], time: number, where?: Where): Eventually<void>;
}

/** Logs in memory, one set for all accounts and regions. */
export class LogStore implements Logs {
  private readonly groups = new Map<string, Map<string, LogEvent[]>>();

  append(group: string, stream: string, lines: string[], time: number): void {
    const streams = this.groups.get(group) ?? new Map<string, LogEvent[]>();
    streams.set(stream, [...streams.get(stream) ?? [], ...lines.map((message) => ({ timestamp: time, message }))]);
    this.groups.set(group, streams);
  }

  /** Names of the streams that begin with `prefix`, sorted. */
  streams(group: string, prefix: string): string[] {
    return [...this.groups.get(group)?.keys() ?? []].filter((name) => name.startsWith(prefix)).sort();
  }

  events(group: string, stream: string): LogEvent[] {
    return [...this.groups.get(group)?.get(stream) ?? []];
  }

  clear(): void {
    this.groups.clear();
  }
}
