import type { DestinationConfig, SourceConfig } from '@triplicate/core';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';

/** Where relative paths and `~` count from. */
export interface PathBase {
  readonly directory: string;
  readonly home: string;
  /** How long the system may take to tell which disk a path lies on, 5 s when left out; and who is asked. */
  readonly diskPatienceMs?: number;
  readonly statOf?: (path: string) => Promise<{ readonly dev: bigint }>;
}

export const absoluteOf = (path: string, { directory, home }: PathBase): string =>
  resolve(directory, /^~(?=[\\/]|$)/.test(path) ? join(home, path.slice(1)) : path);

const statBig = (path: string): Promise<{ readonly dev: bigint }> => stat(path, { bigint: true });

/** The number of the device that a path lies on; `undefined` when it is not there, or on a mount that does not answer. */
const deviceOf = async (path: unknown, base: PathBase): Promise<string | undefined> => {
  if (typeof path !== 'string') return undefined;
  const { diskPatienceMs = 5000, statOf = statBig } = base;
  const told = new AbortController();
  try {
    const late = after(diskPatienceMs, undefined, { signal: told.signal }).catch(() => undefined);
    const found = await Promise.race([statOf(absoluteOf(path, base)), late]);
    return found && String(found.dev);
  } catch {
    return undefined;
  } finally {
    told.abort();
  }
};

/** A person who says what the data lies on knows better than a number. */
export const diskOfDestination = async (
  { type, options, common }: DestinationConfig,
  base: PathBase,
): Promise<string | undefined> =>
  type === 'local' && common.media === undefined ? deviceOf((options as { path?: unknown }).path, base) : undefined;

/** Of every path of a files source. */
export const disksOfSource = async ({ type, options }: SourceConfig, base: PathBase): Promise<readonly string[]> => {
  if (type !== 'files') return [];
  const { paths = [] } = options as { paths?: readonly unknown[] };
  const disks = await Promise.all(paths.map((path) => deviceOf(path, base)));
  return [...new Set(disks.filter((disk) => disk !== undefined))];
};
