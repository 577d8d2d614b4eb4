import { S3 } from '@aws-sdk/client-s3';
import { type Clock, type Destination, type Log, type PluginContext, systemClock } from '@triplicate/core';
import type { S3Server } from '../../../test/servers/radosgw.ts';
import plugin from '../src/index.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export const signal = new AbortController().signal;

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the configuration says of the server, with the secret where a test may know it. */
export const optionsFor = (endpoint: string, bucket: string, { accessKeyId }: Keys): Record<string, unknown> => ({
  endpoint,
  bucket,
  accessKeyId,
  secretAccessKey: { env: 'SECRET' },
});

export interface OpenOptions {
  readonly folder: string;
  readonly secret: string;
  readonly immutableMs?: number;
  readonly clock?: Clock;
}

/** Opens as the engine does: options as written, checked by the plugin's own schema. */
export const openWith = async (raw: Record<string, unknown>, options: OpenOptions): Promise<Destination> => {
  const context: PluginContext = {
    name: 'cloud',
    signal,
    log: quiet,
    clock: options.clock ?? systemClock,
    secret: () => Promise.resolve(options.secret),
    configDirectory: options.folder,
    cacheDirectory: options.folder,
    stateDirectory: options.folder,
    immutableMs: options.immutableMs,
  };
  return plugin.open(plugin.options.parse(raw), context);
};

/** The SDK itself, to prepare the server and to look behind what the adapter says. */
export const adminOf = ({ accessKeyId, endpoint, secretAccessKey }: S3Server): S3 =>
  new S3({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
