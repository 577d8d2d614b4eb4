import { type Destination, type Log, type PluginContext, systemClock } from '@triplicate/core';
import plugin from '../src/index.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export const signal = new AbortController().signal;

/** Opens as the engine does: options as written, checked by the plugin's own schema. */
export const openWith = async (
  raw: Record<string, unknown>,
  { folder, secret = '' }: { readonly folder: string; readonly secret?: string },
): Promise<Destination> => {
  const context: PluginContext = {
    name: 'server',
    signal,
    log: quiet,
    clock: systemClock,
    secret: () => Promise.resolve(secret),
    configDirectory: folder,
    cacheDirectory: folder,
    stateDirectory: folder,
  };
  return plugin.open(plugin.options.parse(raw), context);
};
