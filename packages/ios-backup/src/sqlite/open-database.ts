import { mkdtemp, open, rm } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BackupError, collect, throwIfAborted } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { applyWal } from './wal.ts';

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
  readonly sql: DatabaseSync;
}

const defaultMemoryLimit = 192 * 1024 * 1024;

/** Opens a database of a backup to be read. Nothing of it is ever written anywhere but to a private scratch, which is removed. */
export const openDatabase = async (parts: DatabaseParts, options: DatabaseOptions): Promise<OpenDatabase> => {
  const size = parts.main.size + (parts.wal?.size ?? 0);
  const fits = size <= (options.memoryLimit ?? defaultMemoryLimit) && !parts.journal?.size;
  return fits ? openInMemory(parts, options) : openOnScratch(parts, options);
};

const openInMemory = async (parts: DatabaseParts, { signal }: CallOptions): Promise<OpenDatabase> => {
  const main = await collect(parts.main.open({ signal }));
  const wal = parts.wal?.size ? await collect(parts.wal.open({ signal })) : Buffer.alloc(0);
  const bytes = applyWal(main, wal);
  if (bytes.length === 0) throw new BackupError('CORRUPT', `${parts.label} is empty`);
  const sql = new DatabaseSync(':memory:');
  return guard(parts.label, sql, () => {
    sql.deserialize(bytes);
    protect(sql);
    return { label: parts.label, sql, [Symbol.asyncDispose]: async () => sql.close() };
  });
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
    const sql = new DatabaseSync(place, { allowExtension: false });
    guard(parts.label, sql, () => {
      sql.exec('PRAGMA temp_store = MEMORY; PRAGMA journal_mode = DELETE');
      protect(sql);
    });
    // On POSIX the open file outlives its name, so that even a killed process leaves nothing behind.
    if (process.platform !== 'win32') await remove();
    const dispose = async (): Promise<void> => {
      sql.close();
      await remove();
    };
    return { label: parts.label, sql, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await remove();
    throw error;
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
