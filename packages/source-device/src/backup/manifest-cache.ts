import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBackupError, type Node, systemCode } from '@triplicate/core';

/** The three files that a phone reads back before each backup. */
export const manifestNames = ['Status.plist', 'Manifest.plist', 'Manifest.db'] as const;
export type ManifestName = (typeof manifestNames)[number];

interface Kept {
  /** Names the content as the repository does. */
  readonly key: string;
  readonly sha256: string;
}

/**
 * Copies of a phone's three manifest files in the cache folder, so that they are not fetched from a cloud before each backup. Nothing
 * depends on it: a copy that is missing, damaged or of another snapshot is not used, and a folder that cannot be written keeps nothing.
 */
export class ManifestCache {
  readonly #folder: string;
  readonly #written = new Map<ManifestName, string>();
  /** The copies that were begun here; others belong to another run with this phone. */
  readonly #begun = new Set<ManifestName>();

  constructor(cacheDirectory: string, udid: string) {
    this.#folder = join(cacheDirectory, udid);
  }

  /** Passes `content` on and keeps a copy of it beside, which counts once `commit` says what it is. */
  async *copying(name: ManifestName, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    this.#written.delete(name);
    const file = await ignoringDisk(this.#create(name));
    const digest = createHash('sha256');
    let good = file !== undefined;
    try {
      for await (const part of content) {
        digest.update(part);
        if (good) good = (await ignoringDisk(writeAll(file, part))) === true;
        yield part;
      }
      if (good) this.#written.set(name, digest.digest('hex'));
    } finally {
      await ignoringDisk(file?.close());
    }
  }

  /** The copies that were made are those of `nodes` now. */
  async commit(nodes: ReadonlyMap<ManifestName, Node>): Promise<void> {
    for (const [name, sha256] of this.#written) {
      const node = nodes.get(name);
      if (node) await ignoringDisk(this.#keep(name, { key: keyOf(node), sha256 }));
    }
  }

  /** Removes the copies that did not come to count. */
  async discard(): Promise<void> {
    this.#written.clear();
    for (const name of this.#begun) await ignoringDisk(rm(join(this.#folder, `${name}.new`), { force: true }));
    this.#begun.clear();
  }

  /** The copy of what `node` holds, read through and found whole; `undefined` when there is none. */
  async find(name: ManifestName, node: Node): Promise<AsyncIterable<Uint8Array> | undefined> {
    const kept = await ignoringDisk(this.#recorded(name));
    if (kept?.key !== keyOf(node)) return undefined;
    const digest = createHash('sha256');
    const whole = await ignoringDisk(digestFile(join(this.#folder, name), digest));
    return whole === kept.sha256 ? createReadStream(join(this.#folder, name)) : undefined;
  }

  async #create(name: ManifestName): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    this.#begun.add(name);
    return open(join(this.#folder, `${name}.new`), 'w', 0o600);
  }

  async #keep(name: ManifestName, kept: Kept): Promise<void> {
    const place = join(this.#folder, name);
    // First without a record, so that a crash leaves none that is wrong.
    await rm(`${place}.json`, { force: true });
    await rename(`${place}.new`, place);
    await writeFile(`${place}.json`, JSON.stringify(kept), { mode: 0o600 });
  }

  async #recorded(name: ManifestName): Promise<Kept> {
    const { key, sha256 } = JSON.parse(await readFile(join(this.#folder, `${name}.json`), 'utf8')) as Partial<Kept>;
    return { key: String(key), sha256: String(sha256) };
  }
}

const keyOf = ({ content = [], size = 0 }: Node): string => hash('sha256', `${size} ${content.join(' ')}`);

const writeAll = async (file: FileHandle | undefined, part: Uint8Array): Promise<true> => {
  await file?.writeFile(part);
  return true;
};

const digestFile = async (path: string, digest: ReturnType<typeof createHash>): Promise<string> => {
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) digest.update(part as Buffer);
  return digest.digest('hex');
};

/** What it comes to, or `undefined` when the disk or the record is at fault. */
const ignoringDisk = async <T>(work: Promise<T> | undefined): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (!isBackupError(error) && (systemCode(error) !== undefined || error instanceof SyntaxError)) return undefined;
    throw error;
  }
};
