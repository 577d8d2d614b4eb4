import { type Clock, type Destination, type Log, type PluginContext, systemClock } from '@triplicate/core';
import plugin from '../src/index.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export const signal = new AbortController().signal;

export interface OpenOptions {
  readonly folder: string;
  readonly secret?: string;
  readonly clock?: Clock;
}

/** Waits for nothing. */
export const hastyClock: Clock = { ...systemClock, sleep: async () => undefined };

/** Opens as the engine does: options as written, checked by the plugin's own schema. */
export const openWith = async (
  raw: Record<string, unknown>,
  { clock = systemClock, folder, secret = '' }: OpenOptions,
): Promise<Destination> => {
  const context: PluginContext = {
    name: 'server',
    signal,
    log: quiet,
    clock,
    secret: () => Promise.resolve(secret),
    configDirectory: folder,
    cacheDirectory: folder,
    stateDirectory: folder,
  };
  return plugin.open(plugin.options.parse(raw), context);
};
