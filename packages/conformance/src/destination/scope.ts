import { setTimeout as pause } from 'node:timers/promises';
import {
  type Capabilities,
  type Destination,
  isBackupError,
  PrefixedDestination,
  maxKeyLength,
} from '@triplicate/core';
import type { Check } from '../check.ts';

/** What a check of a destination gets: a folder of its own, empty, in the place under test. */
export interface DestinationScope {
  /** A connection that sees the folder of this check alone. */
  readonly destination: Destination;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** Another connection to the same folder. */
  readonly connect: () => Promise<Destination>;
  /** A connection to the place itself, in which the folder is `folder`. */
  readonly connectToPlace: () => Promise<Destination>;
  readonly folder: string;
  /** The longest key that the place takes. */
  readonly longestKey: number;
  readonly secrets: readonly string[];
  /** Runs `look` again until it is content, as long as a listing may lag behind. */
  readonly eventually: (look: () => Promise<void>) => Promise<void>;
}

export interface DestinationCheck extends Check<DestinationScope> {
  /** For a promise that holds only where it is claimed; where it is not, another check looks for the opposite. */
  readonly when?: (capabilities: Capabilities) => boolean;
}

export interface ScopeOptions {
  readonly open: () => Promise<Destination>;
  readonly folder: string;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly longestKey?: number | undefined;
  readonly secrets?: readonly string[] | undefined;
}

/** How long it is tried to clean up at a place that may not answer any more. */
export const soonMs = 10_000;

/** Runs one check in its scope and cleans up behind it; false when what the destination claims leaves nothing to check. */
export const runInScope = async (check: DestinationCheck, options: ScopeOptions): Promise<boolean> => {
  await using connections = new AsyncDisposableStack();
  const connectToPlace = async (): Promise<Destination> => connections.use(await options.open());
  const connect = async (): Promise<Destination> => new PrefixedDestination(await connectToPlace(), options.folder);
  const destination = await connect();
  if (check.when !== undefined && !check.when(destination.capabilities)) return false;
  const { folder, longestKey = maxKeyLength, random, secrets = [], signal } = options;
  const eventually = (look: () => Promise<void>): Promise<void> => within(destination.capabilities.listLagMs, look);
  try {
    await check.run({ destination, signal, random, connect, connectToPlace, folder, longestKey, secrets, eventually });
  } catch (error) {
    // What hindered the check may hinder this as well, and it is the check that tells.
    const soon = AbortSignal.any([signal, AbortSignal.timeout(soonMs)]);
    await connect()
      .then((left) => empty(left, soon))
      .catch(() => undefined);
    throw error;
  }
  await empty(await connect(), signal);
  return true;
};

const within = async (lagMs: number, look: () => Promise<void>): Promise<void> => {
  const deadline = performance.now() + lagMs;
  for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 1000)) {
    // What counts is when a look began: it may take long itself.
    const began = performance.now();
    try {
      return await look();
    } catch (error) {
      if (began >= deadline || isBackupError(error, 'UNAVAILABLE')) throw error;
    }
    await pause(Math.min(waitMs, Math.max(1, deadline - performance.now())));
  }
};

/** Deletes what a check left, as far as the destination deletes at all. What is refused stays; the check has said already what is wrong. */
export const empty = async (destination: Destination, signal: AbortSignal): Promise<number> => {
  let left = 0;
  const keys: string[] = [];
  for await (const { key } of destination.list('', { signal })) keys.push(key);
  for (const key of keys) {
    try {
      await destination.delete(key, { signal });
    } catch (error) {
      if (!isBackupError(error) || error.code === 'ABORTED') throw error;
      left += 1;
    }
  }
  return left;
};
