import { page } from '../paging';

interface Listed {
  readonly name: string;
  readonly created: number;
  readonly modified?: number;
  readonly status?: string;
}

/** The members that ListModels, ListEndpointConfigs and ListEndpoints share. */
export interface ListInput {
  SortBy?: string;
  SortOrder?: string;
  NextToken?: string;
  MaxResults?: number;
  NameContains?: string;
  CreationTimeBefore?: Date | number;
  CreationTimeAfter?: Date | number;
  LastModifiedTimeBefore?: Date | number;
  LastModifiedTimeAfter?: Date | number;
  StatusEquals?: string;
}

function within(time: number, after: Date | number | undefined, before: Date | number | undefined): boolean {
  return (after === undefined || time / 1000 > Number(after)) && (before === undefined || time / 1000 < Number(before));
}

/** Filters, sorts (newest first unless told otherwise, as the service does) and pages a list. */
export function list<T extends Listed>(records: Iterable<T>, input: ListInput): { items: T[]; next?: string } {
  const chosen = [...records].filter((record) =>
    (input.NameContains === undefined || record.name.toLowerCase().includes(input.NameContains.toLowerCase()))
    && (input.StatusEquals === undefined || record.status === input.StatusEquals)
    && within(record.created, input.CreationTimeAfter, input.CreationTimeBefore)
    && within(record.modified ?? record.created, input.LastModifiedTimeAfter, input.LastModifiedTimeBefore));
  chosen.sort((a, b) => (input.SortBy === 'Name' ? a.name.localeCompare(b.name) : a.created - b.created));
  if (input.SortOrder !== 'Ascending') chosen.reverse();
  return page(chosen, input, 10);
}
