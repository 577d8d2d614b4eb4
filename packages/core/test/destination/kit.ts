import { BackupError, bodyOf, collect, type Destination, type Log } from '@triplicate/core';

export const signal = new AbortController().signal;
export const silent: Log = { debug() {}, info() {}, warn() {} };

export const put = (destination: Destination, key: string, text: string | Uint8Array): Promise<unknown> =>
  destination.put(key, bodyOf(Buffer.from(text)), { signal });

export const get = async (destination: Destination, key: string): Promise<string> =>
  (await collect(destination.get(key, { signal }))).toString();

export const keys = async (destination: Destination, prefix = ''): Promise<string[]> => {
  const found: string[] = [];
  for await (const info of destination.list(prefix, { signal })) found.push(info.key);
  return found;
};

export const unavailable = new BackupError('UNAVAILABLE', 'the cable is out');
