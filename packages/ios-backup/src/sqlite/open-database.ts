import { mkdtemp, open, rm } from 'node:fs/promises';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BackupError, collect, throwIfAborted } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { tableDamage } from './damage.ts';
import { applyWal, inBuffer, logDamage } from './wal.ts';

/** Bytes of a known size that can be read more than once. */
export interface SizedSource {
  readonly size: number;
  open(options: CallOptions): AsyncIterable<Uint8Array>;
}

export interface DatabaseParts {
  /** For errors, e.g. `HomeDomain Library/SMS/sms.db`. */
  readonly label: string;
  readonly main: SizedSource;
  readonly wal?: SizedSource | undefined;
  /** A hot rollback journal; only SQLite itself can play it back, so the database goes to the scratch then. */
  readonly journal?: SizedSource | undefined;
}

export interface DatabaseOptions extends CallOptions {
  /** Database and log together are held in memory up to this size. */
  readonly memoryLimit?: number | undefined;
  /** Where a larger one is put meanwhile; the system's temporary folder when absent. */
  readonly scratchFolder?: string | undefined;
}

/** An open database that forgets its bytes when it is disposed of. */
export interface OpenDatabase extends AsyncDisposable {
  readonly label: string;
  /** What of it is damaged although it opens, each with its label: records may be missing that no question would miss. */
  readonly damage: readonly string[];
  readonly sql: DatabaseSync;
}

const defaultMemoryLimit = 64 * 1024 * 1024;

/** Opens a database of a backup to be read. Nothing of it is ever written anywhere but to a private scratch, which is removed. */
export const openDatabase = async (parts: DatabaseParts, options: DatabaseOptions): Promise<OpenDatabase> => {
  const size = parts.main.size + (parts.wal?.size ?? 0);
  const fits = size <= (options.memoryLimit ?? defaultMemoryLimit) && !parts.journal?.size;
  return fits ? openInMemory(parts, options) : openOnScratch(parts, options);
};

const openInMemory = async (parts: DatabaseParts, { signal }: CallOptions): Promise<OpenDatabase> => {
  const main = await collectUpTo(parts.main, { signal });
  const wal = parts.wal?.size ? await collect(parts.wal.open({ signal })) : Buffer.alloc(0);
  const bytes = applyWal(main, wal);
  if (bytes.length === 0) throw new BackupError('CORRUPT', `${parts.label} is empty`);
  const sql = new DatabaseSync(':memory:');
  return guard(parts.label, sql, () => {
    sql.deserialize(bytes);
    protect(sql);
    const damage = damageOf(parts.label, sql, logDamage(wal.length, inBuffer(wal)));
    return { label: parts.label, sql, damage, [Symbol.asyncDispose]: async () => sql.close() };
  });
};

/** At most the size that was promised, held once. */
const collectUpTo = async (source: SizedSource, options: CallOptions): Promise<Buffer> => {
  const room = Buffer.alloc(source.size);
  let at = 0;
  for await (const piece of source.open(options)) {
    room.set(piece.subarray(0, room.length - at), at);
    at = Math.min(room.length, at + piece.length);
  }
  return room.subarray(0, at);
};

const damageOf = (label: string, sql: DatabaseSync, log: string | undefined): string[] => {
  const tables = tableDamage(sql);
  return [
    ...(log === undefined ? [] : [`${label}: ${log}; what was written last may be missing`]),
    ...(tables === undefined ? [] : [`${label} is damaged, and records may be missing: ${tables}`]),
  ];
};

const openOnScratch = async (parts: DatabaseParts, options: DatabaseOptions): Promise<OpenDatabase> => {
  // mkdtemp makes the folder 0700: nobody else may look at what was decrypted.
  const folder = await mkdtemp(join(options.scratchFolder ?? tmpdir(), 'triplicate-'));
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', forget);
  const remove = async (): Promise<void> => {
    process.off('exit', forget);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const place = join(folder, 'database');
    await copy(parts.main, place, options);
    if (parts.wal?.size) await copy(parts.wal, `${place}-wal`, options);
    if (parts.journal?.size) await copy(parts.journal, `${place}-journal`, options);
    const log = parts.wal?.size ? damageOfLog(`${place}-wal`) : undefined;
    const sql = new DatabaseSync(place, { allowExtension: false });
    const damage = guard(parts.label, sql, () => {
      sql.exec('PRAGMA temp_store = MEMORY; PRAGMA journal_mode = DELETE');
      protect(sql);
      return damageOf(parts.label, sql, log);
    });
    // On POSIX the open file outlives its name, so that even a killed process leaves nothing behind.
    if (process.platform !== 'win32') await remove();
    const dispose = async (): Promise<void> => {
      sql.close();
      await remove();
    };
    return { label: parts.label, sql, damage, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await remove();
    throw error;
  }
};

/** Asked before SQLite opens the database: it removes the log once it has read it. */
const damageOfLog = (place: string): string | undefined => {
  const handle = openSync(place, 'r');
  try {
    return logDamage(fstatSync(handle).size, (at, length) => {
      const room = Buffer.alloc(length);
      return room.subarray(0, readSync(handle, room, 0, length, at));
    });
  } finally {
    closeSync(handle);
  }
};

const copy = async (source: SizedSource, place: string, { signal }: CallOptions): Promise<void> => {
  await using handle = await open(place, 'wx', 0o600);
  for await (const piece of source.open({ signal })) {
    throwIfAborted(signal);
    await handle.write(piece);
  }
};

/** What stands in a backup is not trusted: no writing, no functions from its schema, cells checked before they are used. */
const protect = (sql: DatabaseSync): void => {
  sql.enableDefensive(true);
  sql.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA mmap_size = 0');
  sql.prepare('SELECT count(*) FROM sqlite_schema').get();
};

const guard = <T>(label: string, sql: DatabaseSync, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    sql.close();
    throw sqliteError(error, label);
  }
};

/** An error of SQLite with the database's label: UNSUPPORTED where something is not there that was asked for, else CORRUPT. Anything else unchanged. */
export const sqliteError = (error: unknown, label: string): unknown => {
  if ((error as { code?: string }).code !== 'ERR_SQLITE_ERROR') return error;
  const said = (error as Error).message;
  if (/^no such (table|column): /.test(said)) {
    return new BackupError('UNSUPPORTED', `${label} has ${said.replace('such ', '')}: its layout is not known`, {
      hint: 'Export the raw file instead.',
      cause: error,
    });
  }
  return new BackupError('CORRUPT', `${label} cannot be read: ${said}`, {
    hint: 'Try the same export from another snapshot.',
    cause: error,
  });
};
