import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { detailsOf } from '../manifest/folder-view.ts';
import { fileId } from '../manifest/manifest.ts';
import type { FileDetails, Manifest, ManifestEntry } from '../manifest/manifest.ts';

/** Part of the name of every catalog: another layout is another name. */
export const catalogVersion = 1;

export const kinds = ['file', 'folder', 'link'] as const;

const schema = `
  CREATE TABLE domains (id INTEGER PRIMARY KEY, name TEXT UNIQUE, entries INTEGER, files INTEGER, bytes INTEGER);
  CREATE TABLE files (domain INTEGER, path TEXT, kind INTEGER, size INTEGER, mode INTEGER, modified REAL, class INTEGER, key BLOB, target TEXT,
    id TEXT, PRIMARY KEY (domain, path)) WITHOUT ROWID`;

export interface BuildOptions extends CallOptions {
  /** Hears now and then how many entries of how many are done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

const progressStep = 5000;

/**
 * What is asked of a manifest, as a small database: every entry with size, date and key, and the sum of each domain. Each record is decoded
 * once, which is the work that opening a catalog saves. A record that is damaged stays one.
 */
export const buildCatalog = async (manifest: Manifest, { signal, progress }: BuildOptions): Promise<Uint8Array> => {
  const db = new DatabaseSync(':memory:');
  try {
    db.exec(`PRAGMA journal_mode = OFF; ${schema}; BEGIN`);
    const insert = db.prepare('INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    const sums = new Map<string, { id: number; entries: number; files: number; bytes: number }>();
    const total = manifest.count;
    let done = 0;
    for (const entry of manifest.entries()) {
      if (++done % progressStep === 0) {
        throwIfAborted(signal);
        progress?.(done, total);
        // A breath, for bars to be drawn and Ctrl-C to be heard.
        await setImmediate();
      }
      const sum = sums.get(entry.domain) ?? { id: sums.size + 1, entries: 0, files: 0, bytes: 0 };
      sums.set(entry.domain, sum);
      const details = detailsOf(entry);
      sum.entries++;
      if (entry.kind === 'file') {
        sum.files++;
        sum.bytes += details?.size ?? 0;
      }
      insert.run(...rowOf(sum.id, entry, details));
    }
    const domain = db.prepare('INSERT INTO domains VALUES (?, ?, ?, ?, ?)');
    for (const [name, { id, entries, files, bytes }] of sums) domain.run(id, name, entries, files, bytes);
    db.exec('COMMIT');
    progress?.(total, total);
    return db.serialize();
  } finally {
    db.close();
  }
};

type Value = string | number | bigint | Uint8Array | null;

const rowOf = (domain: number, entry: ManifestEntry, details: FileDetails | undefined): Value[] => [
  domain,
  entry.path,
  kinds.indexOf(entry.kind),
  details === undefined ? null : BigInt(Math.trunc(details.size)),
  details?.mode ?? null,
  details?.modified === undefined ? null : details.modified.getTime(),
  details?.protectionClass ?? null,
  details?.encryptionKey ?? null,
  details?.linkTarget ?? null,
  // The id follows from domain and path; it is kept only where a backup breaks that rule.
  fileId(entry.domain, entry.path) === entry.id ? null : entry.id,
];
