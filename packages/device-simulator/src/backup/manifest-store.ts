import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const blockBytes = 256 * 1024;

export interface ManifestRow {
  readonly fileId: string;
  readonly domain: string;
  readonly relativePath: string;
  readonly flags: number;
  readonly file: Buffer;
}

/** Manifest.db in a temporary folder of the phone. Written as a whole or from an older one; removed at the end. */
export class ManifestStore implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'simulated-manifest-'));
  readonly #path = join(this.#directory, 'Manifest.db');
  readonly #file: number;
  #database: DatabaseSync | undefined;

  constructor() {
    this.#file = openSync(this.#path, 'w+');
  }

  /** Bytes of an older one, as they come. */
  append(bytes: Buffer): void {
    writeSync(this.#file, bytes);
  }

  get size(): number {
    return statSync(this.#path).size;
  }

  /** Opens what was appended, or an empty one; `false` when that is no manifest. */
  open(): boolean {
    const database = new DatabaseSync(this.#path);
    this.#database = database;
    try {
      database.exec(
        `PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
         CREATE TABLE IF NOT EXISTS Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
         CREATE INDEX IF NOT EXISTS FilesDomainIdx ON Files(domain);
         CREATE INDEX IF NOT EXISTS FilesRelativePathIdx ON Files(relativePath);
         CREATE INDEX IF NOT EXISTS FilesFlagsIdx ON Files(flags);
         CREATE TABLE IF NOT EXISTS Properties (key TEXT PRIMARY KEY, value BLOB);`,
      );
      return true;
    } catch {
      return false;
    }
  }

  *rows(): Generator<ManifestRow> {
    for (const row of this.#opened().prepare('SELECT fileID, domain, relativePath, flags, file FROM Files').iterate())
      yield {
        fileId: String(row['fileID']),
        domain: String(row['domain']),
        relativePath: String(row['relativePath']),
        flags: Number(row['flags']),
        file: Buffer.from(row['file'] as Uint8Array),
      };
  }

  change(put: Iterable<ManifestRow>, removed: Iterable<string>): void {
    const database = this.#opened();
    database.exec('BEGIN');
    const insert = database.prepare('INSERT OR REPLACE INTO Files VALUES (?, ?, ?, ?, ?)');
    for (const row of put) insert.run(row.fileId, row.domain, row.relativePath, row.flags, row.file);
    const remove = database.prepare('DELETE FROM Files WHERE fileID = ?');
    for (const id of removed) remove.run(id);
    database.exec('COMMIT');
  }

  /** The file as it stands, in blocks. */
  *content(): Generator<Buffer> {
    this.#database?.close();
    this.#database = undefined;
    const size = this.size;
    for (let at = 0; at < size;) {
      const block = Buffer.allocUnsafe(Math.min(blockBytes, size - at));
      const read = readSync(this.#file, block, 0, block.length, at);
      if (read === 0) return;
      at += read;
      yield block.subarray(0, read);
    }
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    closeSync(this.#file);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #opened(): DatabaseSync {
    if (this.#database === undefined) throw new Error('the manifest is not open');
    return this.#database;
  }
}
