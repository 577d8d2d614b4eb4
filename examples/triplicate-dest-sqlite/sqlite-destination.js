// @ts-check
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { assertKey, assertPrefix, BackupError, exactBuffer, throwIfAborted } from '@triplicate/core';
import { translate } from './errors.js';

/** @import { Body, Capabilities, Destination, GetOptions, ObjectInfo, PluginContext, PutOptions } from '@triplicate/core' */
/** @import { CallOptions } from '@triplicate/core' */

const schema =
  'CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, size INTEGER, modified INTEGER, content BLOB)';
const pageSize = 500;
const pieceSize = 64 * 1024;

/**
 * Makes nothing: a missing disk would look like an empty repository otherwise. UNAVAILABLE says that the place is not there now.
 *
 * @type {(options: { file: string }, context: PluginContext) => Promise<Destination>}
 */
export const openSqlite = async ({ file }, { clock, configDirectory }) => {
  const path = resolve(configDirectory, file);
  if (!existsSync(dirname(path))) throw new BackupError('UNAVAILABLE', `the folder of ${path} is not there`);
  return new SqliteDestination(path, clock);
};

/** @implements {Destination} */
class SqliteDestination {
  capabilities = /** @satisfies {Capabilities} */ ({
    listLagMs: 0,
    writeOnce: /** @type {const} */ ('no'),
    canDelete: true,
    egressCost: false,
    conditionalPut: true,
    rangeReads: true,
    // SQLite writes one thing at a time.
    maxConcurrency: 2,
    // https://www.sqlite.org/limits.html: a thousand million bytes for a row.
    maxObjectSize: 999_000_000,
  });
  #file;
  #clock;
  /** @type {DatabaseSync | undefined} */
  #open;
  #closed = false;

  /**
   * @param {string} file
   * @param {PluginContext['clock']} clock
   */
  constructor(file, clock) {
    this.#file = file;
    this.#clock = clock;
    this.label = `sqlite:${file}`;
  }

  /** @type {(key: string, body: Body, options: PutOptions) => Promise<ObjectInfo>} */
  async put(key, body, { ifAbsent = false, signal }) {
    assertKey(key);
    this.#assertReady(signal);
    if (body.size > this.capabilities.maxObjectSize) {
      throw new BackupError('UNSUPPORTED', `"${key}" is larger than objects in ${this.label} can be`);
    }
    // Too short, too long or aborted: thrown here, before anything is written.
    const content = await exactBuffer(body, signal);
    const modified = this.#clock.now();
    return this.#call(`cannot write "${key}"`, () => {
      const conflict = ifAbsent
        ? 'NOTHING'
        : 'UPDATE SET size = excluded.size, modified = excluded.modified, content = excluded.content';
      const write = this.#database().prepare(
        `INSERT INTO objects VALUES (?, ?, ?, ?) ON CONFLICT (key) DO ${conflict}`,
      );
      const { changes } = write.run(key, content.byteLength, modified.getTime(), content);
      if (Number(changes) === 0) throw new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
      return { key, size: content.byteLength, modified };
    });
  }

  /** @type {(key: string, options: GetOptions) => AsyncIterable<Uint8Array>} */
  async *get(key, { range, signal }) {
    assertKey(key);
    this.#assertReady(signal);
    const { offset = 0, length } = range ?? {};
    const row = this.#find('SELECT size, substr(content, ?, ?) AS content FROM objects WHERE key = ?', [
      offset + 1,
      length ?? 2 ** 31,
      key,
    ]);
    if (row === undefined) throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
    if (length !== undefined && offset + length > Number(row['size'])) {
      throw new BackupError('INVALID_RANGE', `"${key}" has no ${length} bytes from ${offset} on`);
    }
    const content = /** @type {Uint8Array} */ (row['content'] ?? new Uint8Array());
    for (let at = 0; at < content.byteLength; at += pieceSize) {
      throwIfAborted(signal);
      yield content.subarray(at, at + pieceSize);
    }
  }

  /** @type {(key: string, options: CallOptions) => Promise<ObjectInfo | undefined>} */
  async stat(key, { signal }) {
    assertKey(key);
    this.#assertReady(signal);
    const row = this.#find('SELECT key, size, modified FROM objects WHERE key = ?', [key]);
    return row && infoOf(row);
  }

  /** @type {(prefix: string, options: CallOptions) => AsyncIterable<ObjectInfo>} */
  async *list(prefix, { signal }) {
    assertPrefix(prefix);
    this.#assertReady(signal);
    // Page by page, so that nothing is held open while the caller does something else.
    for (let after = '', more = true; more;) {
      const page = this.#all(
        'SELECT key, size, modified FROM objects WHERE key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
        [
          after,
          prefix,
          // No letter of a key comes after "~".
          `${prefix}~`,
          pageSize,
        ],
      );
      for (const row of page) {
        throwIfAborted(signal);
        yield infoOf(row);
      }
      after = String(page.at(-1)?.['key']);
      more = page.length === pageSize;
    }
  }

  /** @type {(key: string, options: CallOptions) => Promise<void>} */
  async delete(key, { signal }) {
    assertKey(key);
    this.#assertReady(signal);
    this.#all('DELETE FROM objects WHERE key = ? RETURNING key', [key]);
  }

  async [Symbol.asyncDispose]() {
    this.#closed = true;
    this.#open?.close();
    this.#open = undefined;
  }

  /** @type {(signal: AbortSignal) => void} */
  #assertReady(signal) {
    throwIfAborted(signal);
    if (this.#closed) throw new BackupError('ABORTED', `${this.label} is closed`);
  }

  /** The first write makes the file; a transaction is on the disk when it returns. */
  #database() {
    if (this.#open === undefined) {
      this.#open = new DatabaseSync(this.#file, { timeout: 10_000 });
      this.#open.exec('PRAGMA synchronous = FULL');
      this.#open.exec(schema);
    }
    return this.#open;
  }

  /** @type {(sql: string, values: readonly (string | number)[]) => Record<string, unknown>[]} */
  #all(sql, values) {
    // Nobody has written yet.
    if (this.#open === undefined && !existsSync(this.#file)) return [];
    return this.#call(`cannot read from ${this.label}`, () =>
      this.#database()
        .prepare(sql)
        .all(...values),
    );
  }

  /** @type {(sql: string, values: readonly (string | number)[]) => Record<string, unknown> | undefined} */
  #find(sql, values) {
    return this.#all(sql, values)[0];
  }

  /** @type {<T>(what: string, work: () => T) => T} */
  #call(what, work) {
    try {
      return work();
    } catch (error) {
      throw translate(error, what);
    }
  }
}

/** @type {(row: Record<string, unknown>) => ObjectInfo} */
const infoOf = ({ key, modified, size }) => ({
  key: String(key),
  size: Number(size),
  modified: new Date(Number(modified)),
});
