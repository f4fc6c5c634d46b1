import { invalid } from './errors';

/** One page of a list, and the token of the next. Tokens are opaque to callers: they carry the offset. */
export function page<T>(all: T[], input: { NextToken?: string; MaxResults?: number }, usual: number): { items: T[]; next?: string } {
  const start = input.NextToken === undefined ? 0 : decode(input.NextToken);
  const end = start + (input.MaxResults ?? usual);
  return { items: all.slice(start, end), next: end < all.length ? encode(end) : undefined };
}

function encode(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64');
}

function decode(token: string): number {
  const match = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64').toString());
  if (!match) throw invalid('Invalid pagination token given.');
  return Number(match[1]);
}
