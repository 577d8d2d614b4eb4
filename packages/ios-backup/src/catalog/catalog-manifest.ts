import { DatabaseSync } from 'node:sqlite';
import { BackupError } from '@triplicate/core';
import { fileId } from '../manifest/manifest.ts';
import type { EntryFilter, FileDetails, Manifest, ManifestEntry } from '../manifest/manifest.ts';
import { bytes, int, real, text } from '../sqlite/row.ts';
import type { Row } from '../sqlite/row.ts';
import { Schema } from '../sqlite/schema.ts';
import { kinds } from './build-catalog.ts';

const columns =
  'd.name AS domain, f.path, f.kind, f.size, f.mode, f.modified, f.class, f.key, f.target, f.id FROM files f JOIN domains d ON d.id = f.domain';

/** `Manifest.db` out of a catalog. It lacks what nobody asks a manifest for: owners, inodes, digests and extended attributes. */
export class CatalogManifest implements Manifest {
  readonly count: number;
  readonly #sql: DatabaseSync;
  readonly #schema: Schema;

  /** CORRUPT when the bytes are no catalog. */
  constructor(catalog: Uint8Array) {
    this.#sql = new DatabaseSync(':memory:');
    try {
      this.#sql.deserialize(catalog);
      this.#schema = new Schema({
        label: 'the catalog of the backup',
        sql: this.#sql,
        [Symbol.asyncDispose]: () => this[Symbol.asyncDispose](),
      });
      this.#schema.require('files', 'path', 'kind', 'size', 'key', 'id');
      this.count = int(this.#schema.first('SELECT sum(entries) AS n FROM domains')?.['n']) ?? 0;
    } catch (error) {
      this.#sql.close();
      throw error;
    }
  }

  place(entry: ManifestEntry): string {
    return `${entry.id.slice(0, 2)}/${entry.id}`;
  }

  *entries({ domain, prefix }: EntryFilter = {}): Generator<ManifestEntry> {
    const conditions: string[] = [];
    const values: string[] = [];
    if (domain !== undefined) {
      conditions.push('f.domain = (SELECT id FROM domains WHERE name = ?)');
      values.push(domain);
    }
    if (prefix !== undefined && prefix !== '') {
      conditions.push('f.path >= ? AND f.path < ?');
      values.push(prefix, `${prefix}\u{10ffff}`);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    for (const row of this.#schema.rows(`SELECT ${columns} ${where} ORDER BY f.domain, f.path`, ...values))
      yield entryOf(row);
  }

  find(domain: string, path: string): ManifestEntry | undefined {
    const row = this.#schema.first(`SELECT ${columns} WHERE d.name = ? AND f.path = ?`, domain, path);
    return row === undefined ? undefined : entryOf(row);
  }

  *domains(): Generator<{ domain: string; entries: number; files: number; bytes: number }> {
    for (const row of this.#schema.rows('SELECT name, entries, files, bytes FROM domains ORDER BY name'))
      yield {
        domain: text(row['name']) ?? '',
        entries: int(row['entries']) ?? 0,
        files: int(row['files']) ?? 0,
        bytes: int(row['bytes']) ?? 0,
      };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#sql.isOpen) this.#sql.close();
  }
}

const entryOf = (row: Row): ManifestEntry => {
  const [domain, path] = [text(row['domain']) ?? '', text(row['path']) ?? ''];
  return {
    id: text(row['id']) ?? fileId(domain, path),
    domain,
    path,
    kind: kinds[int(row['kind']) ?? 0] ?? 'file',
    details: () => detailsOf(row, path),
  };
};

const detailsOf = (row: Row, path: string): FileDetails => {
  const size = int(row['size']);
  if (size === undefined) throw new BackupError('CORRUPT', `the manifest's record of "${path}" is damaged`);
  const modified = real(row['modified']);
  return {
    size,
    mode: int(row['mode']) ?? 0,
    modified: modified === undefined ? undefined : new Date(modified),
    changed: undefined,
    born: undefined,
    owner: { uid: 0, gid: 0 },
    inode: undefined,
    protectionClass: int(row['class']) ?? 0,
    encryptionKey: bytes(row['key']),
    digest: undefined,
    linkTarget: text(row['target']),
    extendedAttributes: new Map(),
  };
};
