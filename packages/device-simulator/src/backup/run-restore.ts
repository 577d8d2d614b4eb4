import { createHash } from 'node:crypto';
import {
  asArray,
  asBoolean,
  asData,
  asDictionary,
  asNumber,
  asString,
  asUid,
  parsePlist,
  type PlistDictionary,
} from '@triplicate/plist';
import { type ContentFile, contentKey } from '../content/content-file.ts';
import { unwrap } from '../crypto/keybag.ts';
import type { SimDevice } from '../device.ts';
import { type Decryptor, decryptor } from './cipher.ts';
import type { HostFiles } from './host-files.ts';
import { openManifestPlist, readDictionary } from './manifest-plist.ts';
import type { ManifestRow } from './manifest-store.ts';
import { fetchManifest } from './read-manifest.ts';

const errors = { generic: 1, io: 100, space: 105, properties: 103, digest: 205, password: 207, findMy: 211 } as const;
/** Restored content is kept until so much; of the rest its SHA-256. */
const keptBytes = 512 * 1024 * 1024;
const batchFiles = 256;

/** One restore, as a phone drives it: every file is decrypted and checked before the phone's content changes. Gives the ErrorCode. */
export const runRestore = async (device: SimDevice, host: HostFiles, request: PlistDictionary): Promise<number> => {
  if (device.options.findMy === true) return errors.findMy;
  const options = asDictionary(request['Options']) ?? {};
  const source = asString(request['SourceIdentifier']) ?? device.udid;
  const statusPath = `${source}/Status.plist`;
  const status = (await host.fetch([statusPath])).get(statusPath);
  if (!status || asString(readDictionary(status)?.['SnapshotState']) !== 'finished') return errors.properties;
  const plistPath = `${source}/Manifest.plist`;
  const password = asString(options['Password']) ?? asString(request['Password']);
  const opened = await openManifestPlist((await host.fetch([plistPath])).get(plistPath), password);
  if (opened === undefined) return errors.properties;
  if (opened === 'wrong password') return errors.password;
  if (isNewer(asString(asDictionary(opened.plist['Lockdown'])?.['ProductVersion']), device)) return errors.generic;
  const store = await fetchManifest(host, `${source}/Manifest.db`, opened.keys?.manifest);
  if (store === undefined) return errors.properties;
  using manifest = store;
  await host.fetch([`${source}/Info.plist`]);
  if (device.faults.cancelAfterFiles !== undefined) {
    device.notices.emit('post', 'com.apple.itunes-client.syncCancelRequest');
    await host.stream.read(1);
  }
  const removesOthers = asBoolean(options['RemoveItemsNotRestored']) === true;
  const run = new RestoreRun(host, source, opened.keys?.classes);
  const rows = [...manifest.rows()];
  const restored = await run.run(rows, roomFor(rows, device, removesOthers));
  if (typeof restored === 'number') return restored;
  if (removesOthers) device.content.clear();
  for (const file of restored) device.content.set(contentKey(file), file);
  if (asBoolean(options['RestoreShouldReboot']) !== false) device.restarts += 1;
  return 0;
};

/** What is free, and what the files take that are replaced or removed. */
const roomFor = (rows: readonly ManifestRow[], { options, content }: SimDevice, removesOthers: boolean): number => {
  const replaced = removesOthers
    ? [...content.values()]
    : rows.map((row) => content.get(`${row.domain}-${row.relativePath}`));
  return replaced.reduce((sum, file) => sum + (file?.size ?? 0), options.freeBytes ?? Infinity);
};

const isNewer = (version: string | undefined, device: SimDevice): boolean => {
  const own = asString(device.values.get('')?.['ProductVersion']) ?? '0';
  return (version ?? '0').localeCompare(own, 'en', { numeric: true }) > 0;
};

interface Expected {
  readonly row: ManifestRow;
  readonly about: MbFile;
  readonly decrypt: Decryptor | undefined;
  readonly digest: ReturnType<typeof createHash>;
  readonly sha1: ReturnType<typeof createHash>;
  readonly parts: Buffer[] | undefined;
  size: number;
}

class RestoreRun {
  readonly #host: HostFiles;
  readonly #source: string;
  readonly #classes: ReadonlyMap<number, Buffer> | undefined;
  readonly #restored: ContentFile[] = [];
  #kept = 0;

  constructor(host: HostFiles, source: string, classes: ReadonlyMap<number, Buffer> | undefined) {
    this.#host = host;
    this.#source = source;
    this.#classes = classes;
  }

  async run(rows: readonly ManifestRow[], room: number): Promise<number | readonly ContentFile[]> {
    const all = rows.map((row) => ({ row, about: readMbFile(row.file) }));
    if (all.reduce((sum, { about }) => sum + about.size, 0) > room) return errors.space;
    for (const { row, about } of all) if (row.flags !== 1) this.#restored.push(contentOf(row, about, undefined));
    const files = all.filter(({ row }) => row.flags === 1);
    for (let at = 0; at < files.length; at += batchFiles) {
      const failed = await this.#batch(files.slice(at, at + batchFiles));
      if (failed !== 0) return failed;
    }
    return this.#restored;
  }

  async #batch(files: readonly { readonly row: ManifestRow; readonly about: MbFile }[]): Promise<number> {
    const expected = new Map(files.map((file) => [this.#place(file.row), this.#expect(file.row, file.about)]));
    let failure: number = errors.io;
    let good = 0;
    await this.#host.download([...expected.keys()], {
      write: (path, bytes) => take(expected.get(path), bytes),
      end: (path, error) => {
        const file = expected.get(path);
        const verdict = error !== undefined || file === undefined ? errors.io : this.#finish(file);
        if (verdict === 0) good += 1;
        else failure = verdict;
      },
    });
    return good === files.length ? 0 : failure;
  }

  #place({ fileId }: ManifestRow): string {
    return `${this.#source}/${fileId.slice(0, 2)}/${fileId}`;
  }

  #expect(row: ManifestRow, about: MbFile): Expected {
    const classKey = about.key && this.#classes?.get(about.key.readUInt32LE(0));
    const decrypt = classKey && about.key ? decryptor(unwrap(classKey, about.key.subarray(4)), true) : undefined;
    this.#kept += about.size;
    const parts = this.#kept <= keptBytes ? [] : undefined;
    return { row, about, decrypt, digest: createHash('sha256'), sha1: createHash('sha1'), parts, size: 0 };
  }

  #finish(file: Expected): number {
    try {
      if (file.decrypt) count(file, file.decrypt.final());
    } catch {
      return errors.digest;
    }
    if (file.size !== file.about.size) return errors.digest;
    if (file.about.digest && !file.sha1.digest().equals(file.about.digest)) return errors.digest;
    const content = file.parts ? { bytes: Buffer.concat(file.parts) } : { digest: file.digest.digest('hex') };
    this.#restored.push(contentOf(file.row, file.about, content));
    return 0;
  }
}

const take = (file: Expected | undefined, bytes: Buffer): void => {
  if (file) count(file, file.decrypt ? file.decrypt.update(bytes) : Buffer.from(bytes));
};

const count = (file: Expected, plain: Buffer): void => {
  file.size += plain.length;
  file.digest.update(plain);
  file.sha1.update(plain);
  file.parts?.push(plain);
};

interface MbFile {
  readonly size: number;
  readonly mode: number;
  readonly modified: number;
  readonly protection: number;
  readonly key: Buffer | undefined;
  readonly digest: Buffer | undefined;
  readonly target: string | undefined;
}

const readMbFile = (blob: Buffer): MbFile => {
  const objects = asArray(asDictionary(parsePlist(blob))?.['$objects']) ?? [];
  const root = asDictionary(objects[1]) ?? {};
  const follow = (key: string): (typeof objects)[number] | undefined => objects[asUid(root[key]) ?? -1];
  return {
    size: asNumber(root['Size']) ?? 0,
    mode: (asNumber(root['Mode']) ?? 0) & 0o7777,
    modified: asNumber(root['LastModified']) ?? 0,
    protection: asNumber(root['ProtectionClass']) ?? 0,
    key: asData(asDictionary(follow('EncryptionKey'))?.['NS.data']),
    digest: asData(follow('Digest')),
    target: asString(follow('Target')),
  };
};

const contentOf = (row: ManifestRow, about: MbFile, content: ContentFile['content']): ContentFile => ({
  domain: row.domain,
  relativePath: row.relativePath,
  kind: row.flags === 1 ? 'file' : row.flags === 2 ? 'dir' : 'symlink',
  mode: about.mode,
  modified: about.modified,
  protection: about.protection,
  size: about.size,
  content,
  ...(about.target === undefined ? {} : { target: about.target }),
});
