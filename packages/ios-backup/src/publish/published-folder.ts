import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, realpath, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { BackupError, throwIfAborted } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { numbered } from '../render/safe-name.ts';
import type { ExportSink, WriteOptions } from '../render/export-sink.ts';
import { FreeFolders } from '../render/free-folders.ts';
import { fold } from '../render/safe-paths.ts';
import { writeAside } from '../render/write-file.ts';
import { peek } from './peek.ts';
import type { PublishRecord } from './publish-record.ts';

export interface PublishCounts {
  written: number;
  /** Files that were there already, as they should be. */
  unchanged: number;
  removed: number;
  /** Of ours, and changed by somebody since: they stay. */
  foreign: number;
}

/**
 * One kind of record in a folder that is kept up to date. A file of ours is replaced when its content is another one; what somebody else
 * put there, or changed, stays, and ours gets a name beside it.
 */
export class PublishedFolder implements ExportSink {
  readonly counts: PublishCounts = { written: 0, unchanged: 0, removed: 0, foreign: 0 };
  readonly #root: string;
  readonly #kind: string;
  readonly #folder: string;
  readonly #record: PublishRecord;
  /** Names that this run gave away, as a disk sees them that does not tell upper case from lower. */
  readonly #taken = new Set<string>();
  readonly #paths = new Set<string>();
  readonly #checked = new Set<string>();
  readonly #folders: FreeFolders;
  #mayReplace: () => boolean = () => true;
  #heldBack = false;

  constructor(
    root: string,
    record: PublishRecord,
    { kind, folder }: { readonly kind: string; readonly folder: string },
  ) {
    this.#root = root;
    this.#record = record;
    this.#kind = kind;
    this.#folder = folder;
    this.#folders = new FreeFolders(root);
  }

  /** Whether anything stands there that an earlier run gave, and this one did not give again. */
  get holdsEarlier(): boolean {
    return this.#heldBack || this.#record.paths(this.#kind).some((path) => !this.#paths.has(path));
  }

  /** Asked once a file is written, and before it takes the place of one of ours; while it says no, the earlier one stays. */
  replaceWhile(may: () => boolean): void {
    this.#mayReplace = may;
  }

  async write(path: string, content: AsyncIterable<Uint8Array | string>, options: WriteOptions): Promise<string> {
    const place = await this.#choose(`${this.#folder}/${path}`);
    const { identity } = options;
    const known = this.#record.of(place).at(-1);
    if (identity !== undefined && known?.identity === identity && (await this.#isOurs(place))) {
      this.counts.unchanged++;
      return this.#inside(place);
    }
    const { hash, all } = await peek(content);
    if (hash !== undefined && known?.hash === hash && (await this.#isOurs(place))) {
      this.counts.unchanged++;
      return this.#inside(place);
    }
    await this.#checkFolder(dirname(place));
    const aside = await writeAside(this.#root, place, all, options);
    const isSame = hash === undefined && known?.hash === aside.hash;
    if ((isSame || !this.#mayReplace()) && (await this.#isOurs(place))) {
      this.#heldBack ||= !isSame;
      await aside.drop();
      this.counts.unchanged++;
      return this.#inside(place);
    }
    const free = await this.#free(path, place);
    await this.#record.add({
      path: free,
      kind: this.#kind,
      size: aside.size,
      mtimeMs: aside.mtimeMs,
      hash: aside.hash,
      identity,
    });
    await aside.keep(free);
    this.counts.written++;
    return this.#inside(free);
  }

  /** A file whose content this backup does not have stays as an earlier one gave it. */
  async keep(path: string): Promise<string | undefined> {
    const place = await this.#at(`${this.#folder}/${path}`);
    if (this.#record.of(place).length === 0 || this.#isTaken(place) || !(await this.#isOurs(place))) return undefined;
    this.#take(place);
    this.counts.unchanged++;
    return this.#inside(place);
  }

  /** Removes what we wrote earlier and did not write now, and the folders that get empty by it. */
  async removeOthers({ signal }: CallOptions): Promise<void> {
    const folders = new Set<string>();
    for (const path of this.#record.paths(this.#kind)) {
      throwIfAborted(signal);
      if (this.#paths.has(path)) continue;
      if (await this.#isOurs(path)) {
        await this.#checkFolder(dirname(path));
        await rm(join(this.#root, path), { force: true });
        folders.add(dirname(path));
        this.counts.removed++;
      } else if (await exists(join(this.#root, path))) this.counts.foreign++;
      this.#record.forget(path);
    }
    for (const folder of [...folders].toSorted((a, b) => b.length - a.length)) await this.#removeEmpty(folder);
  }

  /** A name that nobody else has: ours from an earlier run, or one where nothing stands. */
  async #choose(asked: string): Promise<string> {
    const path = await this.#at(asked);
    for (let attempt = 1; attempt < 10_000; attempt++) {
      const place = attempt === 1 ? path : numbered(path, attempt);
      if (this.#isTaken(place)) continue;
      if ((await exists(join(this.#root, place))) && !(await this.#isOurs(place))) {
        if (attempt === 1) this.counts.foreign++;
        continue;
      }
      this.#take(place);
      return place;
    }
    throw new BackupError('ALREADY_EXISTS', `too many files are called "${path}"`);
  }

  /** The chosen place, or another one where somebody put a file while ours was written, which may have taken long. */
  async #free(path: string, place: string): Promise<string> {
    if (!(await exists(join(this.#root, place))) || (await this.#isOurs(place))) return place;
    this.counts.foreign++;
    return this.#choose(`${this.#folder}/${path}`);
  }

  /** In a folder beside it where a file has the name of one of the folders above. */
  async #at(path: string): Promise<string> {
    return `${await this.#folders.of(dirname(path))}/${basename(path)}`;
  }

  #isTaken(place: string): boolean {
    return this.#taken.has(fold(place));
  }

  #take(place: string): void {
    this.#taken.add(fold(place));
    this.#paths.add(place);
  }

  /** Whether what stands there is what we wrote: by size and date, and by content where some drive keeps dates its own way. */
  async #isOurs(path: string): Promise<boolean> {
    const known = this.#record.of(path);
    if (known.length === 0) return false;
    const place = join(this.#root, path);
    const there = await lstat(place).catch(() => undefined);
    if (there?.isFile() !== true) return false;
    const sized = known.filter(({ size }) => size === there.size);
    if (sized.length === 0) return false;
    // Disks keep dates to the second or two.
    if (sized.some(({ mtimeMs }) => Math.abs(mtimeMs - there.mtimeMs) < 2000)) return true;
    const hash = createHash('sha256');
    for await (const part of createReadStream(place)) hash.update(part as Buffer);
    const digest = hash.digest('hex');
    return sized.some((file) => file.hash === digest);
  }

  /** A folder that somebody replaced by a link to another place is not ours to write into or to clear. */
  async #checkFolder(folder: string): Promise<void> {
    if (this.#checked.has(folder)) return;
    const root = await realpath(this.#root);
    for (let at = folder; at !== '.'; at = dirname(at)) {
      const real = await realpath(join(this.#root, at)).catch(() => undefined);
      if (real !== undefined && !real.startsWith(root + sep)) {
        throw new BackupError('UNREADABLE', `"${at}" in the published folder is a link to ${real}`, {
          hint: 'Remove the link, or name another folder in "publish:".',
        });
      }
    }
    this.#checked.add(folder);
  }

  #inside(place: string): string {
    return place.slice(place.indexOf('/') + 1);
  }

  async #removeEmpty(folder: string): Promise<void> {
    for (let at = folder; at !== '.'; at = dirname(at)) {
      try {
        await rmdir(join(this.#root, at));
      } catch {
        return;
      }
    }
  }
}

const exists = async (place: string): Promise<boolean> => (await lstat(place).catch(() => undefined)) !== undefined;
