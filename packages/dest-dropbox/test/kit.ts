import {
  type Clock,
  type Destination,
  type GrantStore,
  type Log,
  MemoryGrantStore,
  type PluginContext,
  systemClock,
} from '@triplicate/core';
import plugin from '../src/index.ts';

/** All that was logged, and the tokens that nobody may see in it. */
export const logged: string[] = [];
export const tokens = new Set<string>();
const tell = (message: string, context: unknown): void => void logged.push(`${message} ${JSON.stringify(context)}`);
const log: Log = { debug: tell, info: tell, warn: tell };

export const signal = new AbortController().signal;
export const clientId = 'the-id-of-an-app';

/** Waits for nothing. */
export const hastyClock: Clock = { ...systemClock, sleep: async () => undefined };

/** Signed in with this refresh token; nobody has signed in when it is left out. */
export const grantsOf = (refreshToken?: string, id: string = clientId): GrantStore =>
  new MemoryGrantStore(
    refreshToken === undefined
      ? undefined
      : { version: 1, refreshToken, clientId: id, scope: '', granted: '2026-11-29T08:00:00Z' },
  );

/** Opens as the engine does: options as written, checked by the plugin's own schema. */
export const openWith = async (
  raw: Record<string, unknown>,
  grants: GrantStore,
  clock: Clock = systemClock,
): Promise<Destination> => {
  const context: PluginContext = {
    name: 'box',
    signal,
    log,
    protect: (secret) => void (secret !== '' && tokens.add(secret)),
    clock,
    secret: () => Promise.reject(new Error('there are no secrets')),
    configDirectory: '/',
    cacheDirectory: '/',
    stateDirectory: '/',
    grants,
  };
  return plugin.open(plugin.options.parse({ clientId, ...raw }), context);
};
