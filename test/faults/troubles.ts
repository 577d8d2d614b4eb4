/** Ways in which one destination of three is in trouble, each with the way out of it. */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Body,
  type Destination,
  ForwardingDestination,
  type ObjectInfo,
  type PutOptions,
  systemClock,
  ThrottledDestination,
} from '@triplicate/core';
import { bind, mountTmpfs, noMounts, readyToUnmount, remount, unmount } from '../kit/mounts.ts';

export interface Trouble {
  readonly name: string;
  /** Why it cannot be brought about here. */
  readonly skipped?: string | undefined;
  /** What a run says of the destination: one that waits for it, or (when it is only behind) one that does not. */
  readonly outcome: 'failed' | 'behind';
  /** Before `init`; `home` holds the folder of each destination. */
  readonly prepare?: (home: string) => void;
  /** After `init`, before the run. */
  readonly begin?: (home: string) => void;
  /** Between the engine and the destination, during the run. */
  readonly wrap?: (destination: Destination, home: string) => Destination;
  /** Makes it well again. */
  readonly end?: (home: string) => void;
  /** When the test is over. */
  readonly cleanUp?: (home: string) => void;
}

const place = (home: string): string => join(home, 'c');

/** Does `then` before the second pack is put, or the one of that number. */
export class Triggered extends ForwardingDestination {
  readonly #then: () => Promise<void>;
  readonly #at: number;
  #packs = 0;

  constructor(inner: Destination, then: () => Promise<void>, at = 2) {
    super(inner);
    this.#then = then;
    this.#at = at;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    if (key.startsWith('data/')) {
      this.#packs += 1;
      if (this.#packs === this.#at) await this.#then();
    }
    return super.put(key, body, options);
  }
}

/** Takes packs and does nothing about them until `answers`, whatever the signal says. */
export class Hanging extends ForwardingDestination {
  readonly #answers: Promise<void>;

  constructor(inner: Destination, answers: Promise<void>) {
    super(inner);
    this.#answers = answers;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    if (key.startsWith('data/')) await this.#answers;
    return super.put(key, body, options);
  }
}

const never = new Promise<void>(() => undefined);

export const bytesPerSecond = 2_000_000;

export const troubles: readonly Trouble[] = [
  {
    name: 'read-only',
    skipped: noMounts,
    outcome: 'failed',
    prepare: (home) => mountTmpfs(place(home), 1024 ** 3),
    begin: (home) => remount(place(home), 'ro'),
    end: (home) => remount(place(home), 'rw'),
    cleanUp: (home) => unmount(place(home)),
  },
  {
    name: 'full',
    skipped: noMounts,
    outcome: 'failed',
    prepare: (home) => mountTmpfs(place(home), 3 * 1024 ** 2),
    end: (home) => remount(place(home), `size=${1024 ** 3}`),
    cleanUp: (home) => unmount(place(home)),
  },
  {
    name: 'slow',
    outcome: 'behind',
    wrap: (destination) =>
      new ThrottledDestination(destination, {
        bandwidth: { up: bytesPerSecond, down: bytesPerSecond },
        clock: systemClock,
      }),
  },
  { name: 'hung', outcome: 'failed', wrap: (destination) => new Hanging(destination, never) },
  {
    name: 'renamed away in the middle',
    outcome: 'failed',
    wrap: (destination, home) => new Triggered(destination, () => rename(place(home), `${place(home)}.away`)),
    end: (home) => {
      rmSync(place(home), { recursive: true, force: true });
      renameSync(`${place(home)}.away`, place(home));
    },
  },
  {
    name: 'pulled out in the middle',
    skipped: noMounts,
    outcome: 'failed',
    prepare: (home) => {
      mountTmpfs(join(home, 'disk'), 1024 ** 3);
      bind(join(home, 'disk'), place(home));
    },
    wrap: (destination, home) => new Triggered(destination, readyToUnmount(place(home))),
    end: (home) => {
      const left = readdirSync(place(home));
      if (left.length > 0) throw new Error(`the folder under the disk was written to: ${left.join(', ')}`);
      bind(join(home, 'disk'), place(home));
    },
    cleanUp: (home) => {
      unmountIfMounted(place(home));
      unmount(join(home, 'disk'));
    },
  },
];

/** A test that failed may have left it either way. */
const unmountIfMounted = (path: string): void => {
  try {
    unmount(path);
  } catch {
    // It was pulled out already.
  }
};
