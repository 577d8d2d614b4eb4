import { bodyOf } from '../body.ts';
import { type Clock, sleepFor } from '../clock.ts';
import type { CallOptions, Destination } from '../destination/destination.ts';
import { BackupError, throwIfAborted } from '../errors.ts';
import type { MasterKey } from './crypto.ts';
import { lockKey } from './layout.ts';
import { encodeLock, type LockFile } from './lock-file.ts';
import type { LockContext } from './lock-list.ts';
import { timestampFromNs } from './timestamp.ts';
import { objectId } from './unpacked.ts';

const refreshEveryMs = 5 * 60_000;
/** After a refresh that failed. */
const refreshAgainMs = 60_000;
/** restic lets go this long before others may take the lock for a dead one. */
export const lostAfterMs = 22.5 * 60_000;
/** A destination that hangs must not keep an interrupted run from ending. */
const releaseTimeoutMs = 60_000;
/** Where one is known to hang or to be slow nobody waits: what stays is removed by the next run. */
export const hurriedReleaseMs = 3000;

export interface LockOptions extends LockContext {
  /** Prune and forget work alone; everything else shares. */
  readonly exclusive: boolean;
  readonly user: string;
  readonly pid: number;
  readonly uid?: number;
  readonly gid?: number;
  /** How long to try again, with growing pauses, while another holds it; not at all when absent. */
  readonly waitMs?: number | undefined;
  /** Told once, with who holds it, when it begins to wait. */
  readonly onWait?: (error: BackupError) => void;
  /**
   * Told while it is still being looked whether another came at the same time, where nobody can have changed anything since it stands: what
   * is read from here on is good if the lock is taken in the end, and only then. `onRefused` takes it back.
   */
  readonly onStanding?: () => void;
  readonly onRefused?: () => void;
  /** Gives the lock from then on: its `settled` tells the end. Otherwise it has settled when it is given. */
  readonly early?: boolean;
}

/** Held until it is disposed, which removes it. */
export interface RepositoryLock extends AsyncDisposable {
  /** Of the lock as it stands now; `undefined` where none is taken. */
  readonly id: string | undefined;
  /** Fires when the caller's fires, or when the lock could not be refreshed and others may act as if it were gone. */
  readonly signal: AbortSignal;
  /** How long its removal may take, in milliseconds. */
  releaseMs: number;
  /**
   * Resolves when it is certain that nobody else locked at the same moment; until then nothing may be changed under it. Rejects with LOCKED, after
   * which it is gone, or when it was let go of before.
   */
  readonly settled: Promise<void>;
  /** Throws LOCKED, and fires, when somebody else removed it; to be asked before what others must not see half-done. */
  requireStanding(): Promise<void>;
}

/** A lock that stands on a destination and is kept fresh. */
export class HeldLock implements RepositoryLock {
  releaseMs = releaseTimeoutMs;
  readonly signal: AbortSignal;
  readonly #destination: Destination;
  readonly #key: MasterKey;
  readonly #options: LockOptions;
  readonly #lost = new AbortController();
  readonly #released = new AbortController();
  /** Locks of ours that may stand on the destination: more than one while a refresh is going on or could not clean up. */
  readonly #ids = new Set<string>();
  #id: string | undefined;
  #settled: Promise<void> = Promise.resolve();
  #refreshedAt: Date;
  #work: Promise<unknown> = Promise.resolve();

  constructor(destination: Destination, key: MasterKey, options: LockOptions) {
    this.#destination = destination;
    this.#key = key;
    this.#options = options;
    this.#refreshedAt = options.clock.now();
    this.signal = AbortSignal.any([options.signal, this.#lost.signal]);
  }

  get id(): string | undefined {
    return this.#id;
  }

  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Waits, looks again whether another one stands, and keeps the lock from then on; or lets go of it and throws. */
  settle(ms: number, look: () => Promise<void>): Promise<void> {
    this.#settled = this.#settle(ms, look);
    // Who is about to change something asks; who only reads may never do.
    this.#settled.catch(() => undefined);
    return this.#settled;
  }

  async #settle(ms: number, look: () => Promise<void>): Promise<void> {
    try {
      await sleepFor(this.#options.clock, ms, AbortSignal.any([this.#released.signal, this.#options.signal]));
      await look();
    } catch (error) {
      this.#options.onRefused?.();
      await this.#remove();
      this.#lost.abort(error);
      throw error;
    }
    this.#keep();
  }

  /** Puts a lock with the time of now. */
  async write(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.now();
    const bytes = encodeLock(this.#key, lockOf(this.#options, now));
    const id = objectId(bytes);
    // Before the put: one that fails may have stored it all the same.
    this.#ids.add(id);
    await this.#destination.put(lockKey(id), bodyOf(bytes), { signal });
    this.#id = id;
    this.#refreshedAt = now;
  }

  /** Refreshes it from now on. */
  #keep(): void {
    const signal = AbortSignal.any([this.#released.signal, this.signal]);
    this.#work = Promise.all([this.#refreshUntil(signal), this.#watchUntil(signal)]);
  }

  async #refreshUntil(signal: AbortSignal): Promise<void> {
    let pause = refreshEveryMs;
    while (await slept(this.#options.clock, pause, signal)) {
      pause = (await this.#refresh(signal)) ? refreshEveryMs : refreshAgainMs;
    }
  }

  /** Apart from the refreshing, which may hang. */
  async #watchUntil(signal: AbortSignal): Promise<void> {
    let left = lostAfterMs;
    while (left > 0 && (await slept(this.#options.clock, left, signal))) {
      left = this.#refreshedAt.getTime() + lostAfterMs - this.#options.clock.now().getTime();
    }
    if (left <= 0) this.#lost.abort(lost(this.#destination));
  }

  async requireStanding(): Promise<void> {
    await this.#settled;
    if (await this.#isRemoved(this.signal)) this.#lost.abort(removed(this.#destination));
    throwIfAborted(this.signal);
  }

  /** Where a listing lags an object may be there and not be seen. */
  async #isRemoved(signal: AbortSignal): Promise<boolean> {
    if (this.#id === undefined || this.#destination.capabilities.listLagMs > 0) return false;
    return (await this.#destination.stat(lockKey(this.#id), { signal })) === undefined;
  }

  /** The new one first, then the old: at no time is there none. One that somebody removed is not put back: he works as if it were gone. */
  async #refresh(signal: AbortSignal): Promise<boolean> {
    try {
      await this.requireStanding();
      await this.write(signal);
    } catch {
      return false;
    }
    // An old one that stays is removed with the next refresh.
    await this.#removeAllBut(this.#id, { signal }).catch(() => undefined);
    return true;
  }

  async #removeAllBut(kept: string | undefined, options: CallOptions): Promise<void> {
    for (const id of this.#ids) {
      if (id === kept) continue;
      await this.#destination.delete(lockKey(id), options);
      this.#ids.delete(id);
    }
  }

  /** What cannot be removed grows stale by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.abort();
    await this.#settled.catch(() => undefined);
    await this.#work;
    await this.#remove();
  }

  async #remove(): Promise<void> {
    await this.#removeAllBut(undefined, { signal: AbortSignal.timeout(this.releaseMs) }).catch(() => undefined);
  }
}

const lockOf = (options: LockOptions, now: Date): LockFile => {
  const { exclusive, host, user, pid, uid, gid } = options;
  const time = timestampFromNs(BigInt(now.getTime()) * 1_000_000n, 'local');
  return {
    time,
    exclusive,
    hostname: host,
    username: user,
    pid,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
};

const lost = (destination: Destination): BackupError =>
  new BackupError('LOCKED', `the lock on ${destination.label} could not be refreshed and was given up`, {
    hint: 'run it again when the destination can be reached',
    context: { label: destination.label },
  });

const removed = (destination: Destination): BackupError =>
  new BackupError('LOCKED', `the lock on ${destination.label} was removed by another program while it was held`, {
    hint: 'run it again when nothing else works there, and `triplicate unlock --remove-all` only then',
    context: { label: destination.label },
  });

/** Whether the pause went by without the signal. */
export const slept = async (clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await sleepFor(clock, ms, signal);
    return true;
  } catch {
    return false;
  }
};
