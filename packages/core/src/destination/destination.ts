import type { Body } from '../body.ts';

export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  readonly modified: Date;
}

export interface PutOptions extends CallOptions {
  /** Fails with ALREADY_EXISTS when the key is taken. Atomic where `capabilities.conditionalPut`, else a check before the write. */
  readonly ifAbsent?: boolean;
}

export interface GetOptions extends CallOptions {
  readonly range?: { readonly offset: number; readonly length: number };
  /**
   * Memory for all of the bytes that are asked for. A destination that reads into memory of its own choice may read there, each byte to its
   * place, and yield views of it; any other pays no heed. When the reading fails, something may still be written there later.
   */
  readonly room?: Uint8Array;
}

export interface KeepOptions extends CallOptions {
  readonly until: Date;
}

export interface Capabilities {
  /** How long a listing may lag behind a put; 0 = strongly consistent. */
  readonly listLagMs: number;
  /** Put of an existing name is refused, or adds a version; delete is refused, or hides. */
  readonly writeOnce: 'no' | 'refuses' | 'versions';
  readonly canDelete: boolean;
  /** Reading it back costs money or a metered link: never used as the sibling to catch up from. */
  readonly egressCost: boolean;
  readonly conditionalPut: boolean;
  readonly rangeReads: boolean;
  /** How many calls the adapter serves well at the same time. */
  readonly maxConcurrency: number;
  readonly maxObjectSize?: number;
  /** The pieces of a body are taken as fast as they are stored and no faster: nothing is still on its way after the last one. */
  readonly storesAsItTakes?: boolean;
}

export interface Space {
  readonly freeBytes: number;
  readonly totalBytes?: number;
}

/**
 * A flat store of named, immutable-by-convention objects.
 *
 * Every implementation promises, and the conformance suite checks:
 *  - a put is atomic and durable: a reader sees the whole object or none of it, and what resolved survives a power cut;
 *  - a put of an existing key replaces it as a whole (unless `writeOnce` says otherwise); a body shorter or longer than its `size` is
 *    rejected and leaves nothing; a retry opens the body again;
 *  - after `put` resolves, `get` and `stat` from any connection see the object, and `list` after at most `listLagMs`;
 *  - `delete` of a missing key succeeds; `stat` of a missing key is `undefined`; `get` of one is NOT_FOUND;
 *  - a range past the end is INVALID_RANGE, never a short read;
 *  - `list` yields every key with the prefix exactly once, or throws: never a partial listing. A prefix is a plain string prefix;
 *  - keys are `[a-z0-9/._-]`, up to 200 bytes: lower case only, so that case-insensitive providers are safe; a key is never a
 *    folder of another key (`a` and `a/b` do not both exist);
 *  - errors are BackupErrors; an aborted signal rejects promptly with ABORTED and writes nothing more;
 *  - no retries inside: the wrapper alone retries; the SDK's own retries are off. A listing of many requests may repeat one (`onePage`).
 */
export interface Destination extends AsyncDisposable {
  /** For people and logs, e.g. `s3://backups/laptop`. Never contains a secret. */
  readonly label: string;
  readonly capabilities: Capabilities;
  put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo>;
  get(key: string, options: GetOptions): AsyncIterable<Uint8Array>;
  stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined>;
  list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo>;
  delete(key: string, options: CallOptions): Promise<void>;
  /** Room left, where the provider tells it; `undefined` where it does not. */
  space?(options: CallOptions): Promise<Space | undefined>;
  /** What stood under a key before it was overwritten or deleted, the newest first, where the place hides instead of forgetting. */
  versions?(key: string, options: CallOptions): AsyncIterable<Body>;
  /**
   * Where the place keeps what is stored from being deleted (`immutable`): from now on it keeps this object until then at least. What is
   * kept for longer stays so. NOT_FOUND when there is none, UNSUPPORTED where nothing is kept.
   */
  keepUntil?(key: string, options: KeepOptions): Promise<void>;
}

/** The longest key in bytes. */
export const maxKeyLength = 200;

/** Whether `key` keeps the rule above. */
export const isKey = (key: string): boolean =>
  key.length > 0 &&
  key.length <= maxKeyLength &&
  /^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/.test(key) &&
  key.split('/').every((part) => part !== '.' && part !== '..');
