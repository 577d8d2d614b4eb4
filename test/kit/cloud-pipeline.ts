/** A pipeline with a destination that is not a folder, in all its wrappers, as the program puts them on. */
import {
  type Clock,
  type Destination,
  type DestinationPlugin,
  type GrantStore,
  type Log,
  type Pipeline,
  type PipelineDestination,
  type RetryPolicy,
  systemClock,
  wrapDestination,
} from '@triplicate/core';
import { seededRandom } from '@triplicate/core/testing';
import { join } from 'node:path';
import { localPipeline, type LocalPipelineOptions } from './local-pipeline.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface CloudOptions {
  readonly name: string;
  /** As in the configuration. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly secret: string;
  readonly prefix?: string;
  readonly immutableMs?: number;
  /** For a place that a person signs in to. */
  readonly grants?: GrantStore | undefined;
  /** What differs from the waits of a test, which are a tenth of the program's. */
  readonly retry?: Partial<RetryPolicy>;
  readonly clock?: Clock;
  /** A private folder for what the plugin remembers. */
  readonly home: string;
}

export const cloudDestination = <Options>(
  plugin: DestinationPlugin<Options>,
  options: CloudOptions,
): PipelineDestination => {
  const { clock = systemClock, grants, home, immutableMs, name, prefix, raw, secret } = options;
  return {
    name,
    removable: false,
    offsite: true,
    readOnly: false,
    media: 'cloud',
    immutableMs,
    open: async (signal): Promise<Destination> => {
      const adapter = await plugin.open(plugin.options.parse(raw), {
        name,
        signal,
        log: quiet,
        clock,
        secret: () => Promise.resolve(secret),
        configDirectory: home,
        cacheDirectory: join(home, 'cache'),
        stateDirectory: join(home, 'state'),
        immutableMs,
        grants,
      });
      // Waits like the program, and ten times as often, so that a storm passes within a test.
      const retry = { firstDelayMs: 50, longestDelayMs: 3000, ...options.retry };
      return wrapDestination(adapter, { prefix, log: quiet, clock, random: seededRandom(7), retry });
    },
  };
};

/** Folders and clouds side by side, the folders first. */
export const mixedPipeline = (options: LocalPipelineOptions, clouds: readonly PipelineDestination[]): Pipeline => {
  // Several machines may be at one cloud, and look again for the locks of the others.
  const local = localPipeline({ ...options, over: { clock: systemClock, ...options.over } });
  return { ...local, destinations: [...local.destinations, ...clouds] };
};
