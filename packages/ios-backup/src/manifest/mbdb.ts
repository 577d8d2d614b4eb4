import { BackupError } from '@triplicate/core';
import { dateFromUnix } from '../decode/apple-time.ts';
import { fileId } from './manifest.ts';
import type { EntryFilter, FileDetails, Manifest, ManifestEntry } from './manifest.ts';

const mostEntries = 5_000_000;
const header = Buffer.from('mbdb\x05\x00', 'latin1');

/** `Manifest.mbdb` of iOS 4 to 9: every entry is in memory, files stand flat in the backup's folder. */
export class MbdbManifest implements Manifest {
  readonly #entries: readonly ManifestEntry[];
  readonly #byId: ReadonlyMap<string, ManifestEntry>;

  constructor(data: Uint8Array) {
    this.#entries = [...readMbdb(data)].toSorted(byPlace);
    this.#byId = new Map(this.#entries.map((entry) => [entry.id, entry]));
  }

  get count(): number {
    return this.#entries.length;
  }

  place(entry: ManifestEntry): string {
    return entry.id;
  }

  *entries(filter: EntryFilter = {}): Generator<ManifestEntry> {
    for (const entry of this.#entries) {
      if (filter.domain !== undefined && entry.domain !== filter.domain) continue;
      if (entry.path.startsWith(filter.prefix ?? '')) yield entry;
    }
  }

  find(domain: string, path: string): ManifestEntry | undefined {
    return this.#byId.get(fileId(domain, path));
  }

  *domains(): Generator<{ domain: string; entries: number }> {
    const counts = new Map<string, number>();
    for (const { domain } of this.#entries) counts.set(domain, (counts.get(domain) ?? 0) + 1);
    for (const [domain, entries] of counts) yield { domain, entries };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const byPlace = (a: ManifestEntry, b: ManifestEntry): number =>
  a.domain === b.domain ? (a.path < b.path ? -1 : 1) : a.domain < b.domain ? -1 : 1;

/** The records of a `Manifest.mbdb`; CORRUPT when it is cut short or is none. */
export function* readMbdb(data: Uint8Array): Generator<ManifestEntry> {
  const reader = new Reader(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  for (let count = 0; !reader.done; count++) {
    if (count > mostEntries) throw new BackupError('CORRUPT', `Manifest.mbdb has more than ${mostEntries} entries`);
    yield reader.entry();
  }
}

class Reader {
  readonly #data: Buffer;
  #at = header.length;

  constructor(data: Buffer) {
    if (!data.subarray(0, header.length).equals(header))
      throw new BackupError('CORRUPT', 'Manifest.mbdb has an unknown header');
    this.#data = data;
  }

  get done(): boolean {
    return this.#at >= this.#data.length;
  }

  entry(): ManifestEntry {
    const domain = this.#string()?.toString('utf8') ?? '';
    const path = this.#string()?.toString('utf8') ?? '';
    const linkTarget = this.#string()?.toString('utf8');
    const digest = this.#string();
    const encryptionKey = this.#string();
    const fixed = this.#take(40);
    const extendedAttributes = new Map<string, Uint8Array>();
    for (let left = fixed.readUInt8(39); left > 0; left--) {
      const name = this.#string()?.toString('utf8') ?? '';
      extendedAttributes.set(name, this.#string() ?? Buffer.alloc(0));
    }
    const details = { ...attributes(fixed), digest, encryptionKey, linkTarget, extendedAttributes };
    return { id: fileId(domain, path), domain, path, kind: kindOf(details.mode), details: () => details };
  }

  /** Two bytes of length, 0xFFFF for none. */
  #string(): Buffer | undefined {
    const length = this.#take(2).readUInt16BE(0);
    return length === 0xffff ? undefined : this.#take(length);
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#data.length) throw new BackupError('CORRUPT', 'Manifest.mbdb is cut short');
    this.#at += count;
    return this.#data.subarray(this.#at - count, this.#at);
  }
}

type Attributes = Omit<FileDetails, 'digest' | 'encryptionKey' | 'linkTarget' | 'extendedAttributes'>;

/** mode 2, inode 8, uid 4, gid 4, mtime 4, atime 4, ctime 4, size 8, class 1, number of properties 1. */
const attributes = (fixed: Buffer): Attributes => ({
  mode: fixed.readUInt16BE(0),
  inode: safe(fixed.readBigUInt64BE(2)),
  owner: { uid: fixed.readUInt32BE(10), gid: fixed.readUInt32BE(14) },
  modified: dateFromUnix(fixed.readUInt32BE(18)),
  changed: dateFromUnix(fixed.readUInt32BE(26)),
  born: undefined,
  size: safe(fixed.readBigUInt64BE(30)) ?? 0,
  protectionClass: fixed.readUInt8(38),
});

const safe = (value: bigint): number | undefined => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : undefined);

/** By the kind in `st_mode`. */
export const kindOf = (mode: number): ManifestEntry['kind'] =>
  (mode & 0o170000) === 0o040000 ? 'folder' : (mode & 0o170000) === 0o120000 ? 'link' : 'file';
