import { createCipheriv } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { OpenDatabase } from '../sqlite/open-database.ts';
import { Schema } from '../sqlite/schema.ts';

/** As a phone makes it. */
const schema = `
  CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
  CREATE INDEX FilesDomainIdx ON Files(domain);
  CREATE INDEX FilesRelativePathIdx ON Files(relativePath);
  CREATE INDEX FilesFlagsIdx ON Files(flags);
  CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB)`;

/** A new `Manifest.db` with the rows of `ids` as they stand in `source`, byte for byte, and its properties. */
export const copyManifest = (source: OpenDatabase, ids: Iterable<string>): Buffer => {
  const own = new Schema(source);
  const db = new DatabaseSync(':memory:');
  try {
    db.exec(`${schema}; BEGIN`);
    const file = db.prepare('INSERT INTO Files VALUES (?, ?, ?, ?, ?)');
    for (const id of ids) {
      const [row] = own.lookup('SELECT fileID, domain, relativePath, flags, file FROM Files WHERE fileID = ?', id);
      if (row !== undefined) file.run(...(Object.values(row) as Value[]));
    }
    const property = db.prepare('INSERT OR IGNORE INTO Properties VALUES (?, ?)');
    if (own.has('Properties'))
      for (const row of own.rows('SELECT key, value FROM Properties')) property.run(...(Object.values(row) as Value[]));
    db.exec('COMMIT');
    return Buffer.from(db.serialize());
  } finally {
    db.close();
  }
};

type Value = string | number | bigint | Uint8Array | null;

/** As `Manifest.db` is stored in an encrypted backup: AES-256-CBC, no IV, no padding; a database is a whole number of blocks. */
export const encryptManifest = (key: Uint8Array, database: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(database), cipher.final()]);
};
