import { type Body, collect } from '../body.ts';
import { type Clock, systemClock } from '../clock.ts';
import { abortable } from '../destination/abortable.ts';
import type {
  CallOptions,
  Capabilities,
  Destination,
  GetOptions,
  KeepOptions,
  ObjectInfo,
  PutOptions,
} from '../destination/destination.ts';
import { exactBytes } from '../destination/exact-bytes.ts';
import { assertKey, assertPrefix } from '../destination/key.ts';
import { isLastingKey } from '../destination/object-kind.ts';
import { BackupError, throwIfAborted } from '../errors.ts';

interface StoredObject {
  readonly content: Buffer;
  readonly modified: Date;
  /** In ms of the clock. */
  readonly listedFrom: number;
  /** In ms of the clock; what tests look at, for nothing is refused. */
  readonly keptUntil?: number;
}

/** What several connections see alike: give the same one to two destinations. */
export type MemoryStore = Map<string, StoredObject>;

export interface MemoryOptions {
  readonly label?: string;
  /** Claimed and kept: `writeOnce`, `canDelete`, `rangeReads` and `maxObjectSize` change what it does. */
  readonly capabilities?: Partial<Capabilities>;
  /** How long a put stays out of listings; also the capability. */
  readonly listLagMs?: number;
  readonly store?: MemoryStore;
  /** How long what a snapshot needs is kept from when it was written, as `immutable` has it. */
  readonly keepMs?: number;
  readonly clock?: Clock;
}

/** A destination that keeps the whole contract in memory. `store` is for tests to look into and to damage. */
export class MemoryDestination implements Destination {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly store: MemoryStore;
  readonly #clock: Clock;
  readonly #keepMs: number | undefined;
  #closed = false;

  constructor(options: MemoryOptions = {}) {
    this.label = options.label ?? 'memory:';
    this.store = options.store ?? new Map();
    this.#clock = options.clock ?? systemClock;
    this.#keepMs = options.keepMs;
    this.capabilities = {
      listLagMs: options.listLagMs ?? 0,
      writeOnce: 'no',
      canDelete: true,
      egressCost: false,
      conditionalPut: true,
      rangeReads: true,
      maxConcurrency: 16,
      ...options.capabilities,
    };
  }

  async put(key: string, body: Body, { ifAbsent, signal }: PutOptions): Promise<ObjectInfo> {
    this.#enter(signal);
    assertKey(key);
    const { maxObjectSize, writeOnce } = this.capabilities;
    if (maxObjectSize !== undefined && body.size > maxObjectSize) {
      throw new BackupError('UNSUPPORTED', `"${key}" is larger than ${this.label} takes (${maxObjectSize} bytes)`);
    }
    const content = await collect(exactBytes(body, signal));
    throwIfAborted(signal);
    if ((ifAbsent === true || writeOnce === 'refuses') && this.store.has(key)) {
      throw new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
    }
    const modified = this.#clock.now();
    const listedFrom = this.store.get(key)?.listedFrom ?? modified.getTime() + this.capabilities.listLagMs;
    const kept =
      this.#keepMs !== undefined && isLastingKey(key) ? { keptUntil: modified.getTime() + this.#keepMs } : {};
    const stored = { content, modified, listedFrom, ...kept };
    this.store.set(key, stored);
    return info(key, stored);
  }

  async *get(key: string, { range, signal }: GetOptions): AsyncIterable<Uint8Array> {
    this.#enter(signal);
    assertKey(key);
    const object = this.store.get(key);
    if (object === undefined) throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
    if (range !== undefined && !this.capabilities.rangeReads) {
      throw new BackupError('UNSUPPORTED', `${this.label} reads whole objects only`);
    }
    const { offset, length } = range ?? { offset: 0, length: object.content.byteLength };
    if (offset + length > object.content.byteLength) {
      throw new BackupError('INVALID_RANGE', `"${key}" has ${object.content.byteLength} bytes, not ${offset + length}`);
    }
    for (let at = offset; at < offset + length; at += pieceSize) {
      await abortable(Promise.resolve(), signal);
      yield Buffer.from(object.content.subarray(at, Math.min(at + pieceSize, offset + length)));
    }
  }

  async stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    this.#enter(signal);
    assertKey(key);
    const object = this.store.get(key);
    return object && info(key, object);
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    this.#enter(signal);
    assertPrefix(prefix);
    const now = this.#clock.now().getTime();
    const entries = [...this.store].filter(([key, { listedFrom }]) => key.startsWith(prefix) && listedFrom <= now);
    for (const [key, object] of entries) {
      await abortable(Promise.resolve(), signal);
      yield info(key, object);
    }
  }

  async delete(key: string, { signal }: CallOptions): Promise<void> {
    this.#enter(signal);
    assertKey(key);
    if (!this.capabilities.canDelete) throw new BackupError('READ_ONLY', `${this.label} deletes nothing`);
    this.store.delete(key);
  }

  async keepUntil(key: string, { until, signal }: KeepOptions): Promise<void> {
    this.#enter(signal);
    assertKey(key);
    if (this.#keepMs === undefined) throw new BackupError('UNSUPPORTED', `${this.label} locks no objects`);
    const object = this.store.get(key);
    if (object === undefined) throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
    this.store.set(key, { ...object, keptUntil: Math.max(object.keptUntil ?? 0, until.getTime()) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #enter(signal: AbortSignal): void {
    throwIfAborted(signal);
    if (this.#closed) throw new BackupError('ABORTED', `${this.label} is closed`);
  }
}

const pieceSize = 256 * 1024;

const info = (key: string, { content, modified }: StoredObject): ObjectInfo => ({
  key,
  size: content.byteLength,
  modified,
});
