import { BackupError } from '@triplicate/core';
import type { OpenDatabase } from '../sqlite/open-database.ts';
import { bytes, int, text } from '../sqlite/row.ts';
import type { Row } from '../sqlite/row.ts';
import { Schema } from '../sqlite/schema.ts';
import { decodeFileRecord } from './file-record.ts';
import { fileId, isFileId } from './manifest.ts';
import type { EntryFilter, Manifest, ManifestEntry } from './manifest.ts';

const columns = 'f.fileID AS id, f.domain AS domain, f.relativePath AS path, f.flags AS flags, f.file AS file';

/** `Manifest.db` since iOS 10: nothing but the database is in memory, records are decoded when they are asked for. */
export class DatabaseManifest implements Manifest {
  readonly #db: OpenDatabase;
  readonly #schema: Schema;

  constructor(db: OpenDatabase) {
    this.#db = db;
    this.#schema = new Schema(db);
    this.#schema.require('Files', 'fileID', 'domain', 'relativePath', 'flags', 'file');
  }

  get damage(): readonly string[] {
    return this.#db.damage;
  }

  get count(): number {
    return this.#schema.count('Files');
  }

  /** Two hex digits of folder since iOS 10. */
  place(entry: ManifestEntry): string {
    return `${entry.id.slice(0, 2)}/${entry.id}`;
  }

  *entries({ domain, prefix }: EntryFilter = {}): Generator<ManifestEntry> {
    const conditions: string[] = [];
    const values: string[] = [];
    if (domain !== undefined) {
      conditions.push('f.domain = ?');
      values.push(domain);
    }
    if (prefix !== undefined && prefix !== '') {
      // A range and not LIKE, so that the index serves and `%` in a name means itself.
      conditions.push('f.relativePath >= ? AND f.relativePath < ?');
      values.push(prefix, `${prefix}\u{10ffff}`);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    for (const row of this.#schema.rows(
      `SELECT ${columns} FROM Files f ${where} ORDER BY f.domain, f.relativePath`,
      ...values,
    )) {
      const entry = readEntry(row);
      if (entry !== undefined) yield entry;
    }
  }

  /** By the id that the two make, which is the key of the table: a domain may have hundreds of thousands of rows. */
  find(domain: string, path: string): ManifestEntry | undefined {
    const row = this.#schema.first(`SELECT ${columns} FROM Files f WHERE f.fileID = ?`, fileId(domain, path));
    const entry = row === undefined ? undefined : readEntry(row);
    return entry?.domain === domain && entry.path === path ? entry : undefined;
  }

  *domains(): Generator<{ domain: string; entries: number }> {
    for (const row of this.#schema.rows('SELECT domain, count(*) AS n FROM Files GROUP BY domain ORDER BY domain')) {
      yield { domain: text(row['domain']) ?? '', entries: int(row['n']) ?? 0 };
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#db[Symbol.asyncDispose]();
  }
}

/** A row whose id could name another file than its own is no entry. */
const readEntry = (row: Row): ManifestEntry | undefined => {
  const id = text(row['id']);
  if (id === undefined || !isFileId(id)) return undefined;
  const flags = int(row['flags']) ?? 0;
  const record = bytes(row['file']);
  const path = text(row['path']) ?? '';
  return {
    id,
    domain: text(row['domain']) ?? '',
    path,
    kind: flags === 2 ? 'folder' : flags === 4 ? 'link' : 'file',
    details: () => {
      if (record === undefined) throw new BackupError('CORRUPT', `the manifest has no record of "${path}"`);
      return decodeFileRecord(record);
    },
  };
};
