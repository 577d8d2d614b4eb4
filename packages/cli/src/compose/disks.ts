import type { DestinationConfig, SourceConfig } from '@triplicate/core';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where relative paths and `~` count from. */
export interface PathBase {
  readonly directory: string;
  readonly home: string;
}

export const absoluteOf = (path: string, { directory, home }: PathBase): string =>
  resolve(directory, /^~(?=[\\/]|$)/.test(path) ? join(home, path.slice(1)) : path);

/** The number of the device that a path lies on; `undefined` when it is not there. */
const deviceOf = async (path: unknown, base: PathBase): Promise<string | undefined> => {
  if (typeof path !== 'string') return undefined;
  try {
    return String((await stat(absoluteOf(path, base), { bigint: true })).dev);
  } catch {
    return undefined;
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
