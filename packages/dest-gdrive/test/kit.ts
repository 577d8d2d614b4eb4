import { type Clock, type Destination, type Log, type PluginContext, systemClock } from '@triplicate/core';
import { clientId, type Google, grantsFor, leadTo } from '../../../test/servers/google-drive/google.ts';
import { openGdriveAt } from '../src/index.ts';
import plugin from '../src/index.ts';

export const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
/** Nobody waits by it. */
export const hurried: Clock = { ...systemClock, sleep: () => Promise.resolve() };
export const signal = new AbortController().signal;

export interface OpenOptions {
  readonly port?: number;
  readonly secret?: string;
  readonly refreshToken?: string;
  readonly clock?: Clock;
  /** Nothing is remembered without it. */
  readonly cacheDirectory?: string;
}

export const contextFor = (
  google: Pick<Google, 'oauth'>,
  { cacheDirectory = '/dev/null', clock = systemClock, refreshToken, secret = '' }: OpenOptions = {},
): PluginContext => ({
  name: 'cloud',
  signal,
  log: quiet,
  clock,
  secret: () => Promise.resolve(secret),
  configDirectory: '/',
  cacheDirectory,
  stateDirectory: '/',
  grants: grantsFor(google, refreshToken),
});

/** Opens as the engine does: options as written, checked by the plugin's own schema. */
export const openAt = (
  google: Google,
  raw: Record<string, unknown> = {},
  options: OpenOptions = {},
): Promise<Destination> => {
  const usual = 'serviceAccount' in raw ? {} : { clientId };
  const parsed = plugin.options.parse({ folder: 'Backups/anna', listLag: '0s', ...usual, ...raw });
  return openGdriveAt(parsed, contextFor(google, options), leadTo(google, options.port));
};

export { clientId, type Google, refusal, startGoogle } from '../../../test/servers/google-drive/google.ts';
