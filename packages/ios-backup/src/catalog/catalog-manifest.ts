import { DatabaseSync } from 'node:sqlite';
import { BackupError } from '@triplicate/core';
import { fileId } from '../manifest/manifest.ts';
import type { EntryFilter, FileDetails, FolderEntry, Manifest, ManifestEntry } from '../manifest/manifest.ts';
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
        damage: [],
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

  /** By the database: a camera roll has hundreds of thousands of files below it. */
  *children(domain: string, path: string): Generator<FolderEntry> {
    const prefix = path === '' ? '' : `${path}/`;
    const sql = `SELECT name, min(iif(rest = name, kind, NULL)) AS kind, max(rest <> name) AS deep, sum(kind = 0) AS files,
      sum(iif(kind = 0, size, 0)) AS bytes, max(iif(rest = name, modified, NULL)) AS modified, max(iif(rest = name, target, NULL)) AS target FROM
      (SELECT *, substr(rest, 1, instr(rest || '/', '/') - 1) AS name FROM
      (SELECT kind, size, modified, target, substr(path, ?) AS rest FROM files WHERE domain = (SELECT id FROM domains WHERE name = ?) AND path > ? AND path < ?))
      GROUP BY name ORDER BY name`;
    // SQLite counts characters, and JavaScript halves of some.
    const begin = Array.from(prefix).length + 1;
    for (const row of this.#schema.rows(sql, begin, domain, prefix, `${prefix}\u{10ffff}`)) {
      const name = text(row['name']) ?? '';
      const modified = real(row['modified']);
      yield {
        name,
        path: prefix + name,
        kind: int(row['deep']) === 1 ? 'folder' : (kinds[int(row['kind']) ?? 0] ?? 'file'),
        files: int(row['files']) ?? 0,
        bytes: int(row['bytes']) ?? 0,
        modified: modified === undefined ? undefined : new Date(modified),
        linkTarget: text(row['target']),
      };
    }
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
    // Hashed only when it is asked for: a list of a folder looks at many entries and opens none.
    get id() {
      return text(row['id']) ?? fileId(domain, path);
    },
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
