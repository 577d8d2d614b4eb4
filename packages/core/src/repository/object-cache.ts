import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collect } from '../body.ts';
import { isId } from '../bytes.ts';
import { mostStoredBytes, objectKey, type ObjectKind } from './layout.ts';
import type { Replica } from './replica.ts';
import { objectId } from './unpacked.ts';

/** What is worth keeping: read in every run, small, and never changed under its name. Of `data`, packs of folder lists alone. */
export type CachedKind = Extract<ObjectKind, 'data' | 'index' | 'snapshots'>;

/** See https://bford.info/cachedir/: backup programs leave such a folder out. */
const tag =
  'Signature: 8a477f597d28d172789f06886806bc55\n# The cache of a Triplicate repository; it can be deleted at any time.\n';

/**
 * Objects of one replica that is far away, kept on this machine as they stand there: sealed, and named by their hash. Whatever goes wrong
 * with the cache costs time and nothing else: what cannot be read is not there, and what cannot be written is not kept.
 */
export class ObjectCache {
  readonly #folder: string;
  #isBroken = false;

  /** `folder` is this replica's own; made when the first object is kept. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The whole object, if it is held; its hash is `id`. */
  async read(kind: CachedKind, id: string): Promise<Buffer | undefined> {
    const bytes = await readFile(this.#place(kind, id)).catch(() => undefined);
    if (bytes === undefined || objectId(bytes) === id) return bytes;
    await this.remove(kind, id);
    return undefined;
  }

  /** A part of a pack in `room`, which is as long, if the pack is held. What opens it authenticates it. */
  async readRange(
    id: string,
    { offset, length }: { readonly offset: number; readonly length: number },
    room: Buffer = Buffer.allocUnsafe(length),
  ): Promise<Buffer | undefined> {
    try {
      await using file = await open(this.#place('data', id));
      const { bytesRead } = await file.read(room, 0, length, offset);
      return bytesRead === length ? room : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether it is held from now on. Bytes whose hash is not `id` are not kept. */
  async write(kind: CachedKind, id: string, bytes: Uint8Array): Promise<boolean> {
    if (this.#isBroken || objectId(bytes) !== id) return false;
    const place = this.#place(kind, id);
    const aside = join(this.#folder, `.${randomUUID()}`);
    try {
      await mkdir(dirname(place), { recursive: true, mode: 0o700 });
      await writeFile(join(this.#folder, 'CACHEDIR.TAG'), tag, { mode: 0o600 });
      await writeFile(aside, bytes, { flag: 'wx', mode: 0o600 });
      await rename(aside, place);
      return true;
    } catch {
      this.#isBroken = true;
      await rm(aside, { force: true }).catch(() => undefined);
      return false;
    }
  }

  async remove(kind: CachedKind, id: string): Promise<void> {
    await rm(this.#place(kind, id), { force: true }).catch(() => undefined);
  }

  /** Drops what the replica does not have any more. */
  async keepOnly(kind: CachedKind, ids: { has(id: string): boolean }): Promise<void> {
    const held = await readdir(join(this.#folder, kind), { recursive: true }).catch(() => []);
    const gone = held.map((path) => path.slice(-64)).filter((id) => isId(id) && !ids.has(id));
    for (const id of gone) await this.remove(kind, id);
  }

  #place(kind: CachedKind, id: string): string {
    return join(this.#folder, kind, id.slice(0, 2), id);
  }
}

/** The stored bytes of an object out of the cache or, unchecked, from the replica; in the cache from then on if they are whole. */
export const readThrough = async (
  { cache, destination }: Pick<Replica, 'cache' | 'destination'>,
  { kind, id }: { readonly kind: CachedKind; readonly id: string },
  signal: AbortSignal,
): Promise<Buffer> => {
  const held = await cache?.read(kind, id);
  if (held) return held;
  const bytes = await collect(
    destination.get(objectKey(kind, id), { signal }),
    kind === 'data' ? undefined : mostStoredBytes[kind],
  );
  await cache?.write(kind, id, bytes);
  return bytes;
};
