import { bodyOf, type Clock, collect, type Destination, systemClock } from '@triplicate/core';
import { type LocalDestination, openLocal, type Platform } from '../src/index.ts';

export const signal = new AbortController().signal;

export const open = (
  path: string,
  more: { clock?: Clock; platform?: Platform; appendOnly?: boolean } = {},
): Promise<LocalDestination> => openLocal({ path, clock: systemClock, ...more });

export const put = (destination: Destination, key: string, content: string | Uint8Array): Promise<unknown> =>
  destination.put(key, bodyOf(Buffer.from(content)), { signal });

export const get = async (destination: Destination, key: string): Promise<string> =>
  (await collect(destination.get(key, { signal }))).toString();

export const keys = async (destination: Destination, prefix = ''): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of destination.list(prefix, { signal })) found.push(key);
  return found;
};
