import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { type Destination, type GrantStore, type Log, type PluginContext, systemClock } from '@triplicate/core';
import type { AzureServer } from '../../../test/servers/azurite.ts';
import plugin from '../src/index.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export const signal = new AbortController().signal;

export interface OpenOptions {
  readonly secret: string;
  readonly immutableMs?: number;
  readonly grants?: GrantStore;
}

/** Opens as the engine does: options as written, checked by the plugin's own schema. */
export const openWith = async (raw: Record<string, unknown>, options: OpenOptions): Promise<Destination> => {
  const context: PluginContext = {
    name: 'cloud',
    signal,
    log: quiet,
    clock: systemClock,
    secret: () => Promise.resolve(options.secret),
    configDirectory: '/',
    cacheDirectory: '/',
    stateDirectory: '/',
    immutableMs: options.immutableMs,
    grants: options.grants,
  };
  return plugin.open(plugin.options.parse(raw), context);
};

/** What the configuration says of the server. */
export const optionsFor = ({ account, endpoint }: Pick<AzureServer, 'account' | 'endpoint'>, container: string) => ({
  account,
  container,
  endpoint,
  accountKey: { env: 'KEY' },
});

/** The SDK itself, to prepare the server and to look behind what the adapter says. */
export const adminOf = ({ account, accountKey, endpoint }: AzureServer, container: string): ContainerClient =>
  new ContainerClient(`${endpoint}/${container}`, new StorageSharedKeyCredential(account, accountKey));
