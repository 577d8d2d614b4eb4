import { createHash, hkdfSync, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { CallOptions } from '../destination/destination.ts';
import { isBackupError, throwIfAborted } from '../errors.ts';
import { type MasterKey, seal, unseal } from './crypto.ts';

export interface SealedCacheOptions extends CallOptions {
  /** What only somebody with a further password knows; an entry opens with the same one alone. */
  readonly secret?: Uint8Array | undefined;
}

export interface SealedCacheParts {
  /** Made when the first entry is written. */
  readonly folder: string;
  readonly masterKey: MasterKey;
  readonly clock: Clock;
  /** Bytes of all entries together; those that were not used for the longest time go first. */
  readonly limit?: number;
}

const usualLimit = 1024 * 1024 * 1024;

/**
 * Things that can be made again, kept on this machine as sealed as they stand in the repository: without its password a stolen disk tells
 * nothing of what is in a phone. An entry that is damaged, or sealed under other secrets, is as if it was not there.
 */
export class SealedCache {
  readonly #parts: SealedCacheParts;

  constructor(parts: SealedCacheParts) {
    this.#parts = parts;
  }

  /** The bytes that were written under this name and secret, or nothing. */
  async read(name: string, { signal, secret }: SealedCacheOptions): Promise<Buffer | undefined> {
    throwIfAborted(signal);
    const place = this.#place(name);
    const sealed = await readFile(place).catch(() => undefined);
    if (sealed === undefined) return undefined;
    try {
      const plain = unseal(this.#key(secret), sealed);
      const now = this.#parts.clock.now();
      await utimes(place, now, now).catch(() => undefined);
      return plain;
    } catch (error) {
      if (isBackupError(error, 'CORRUPT')) return undefined;
      throw error;
    }
  }

  /** Gives whether it was kept: a full disk or a folder that cannot be written costs time and nothing else. */
  async write(name: string, bytes: Uint8Array, { signal, secret }: SealedCacheOptions): Promise<boolean> {
    throwIfAborted(signal);
    const { folder, limit = usualLimit } = this.#parts;
    const aside = join(folder, `.${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      {
        await using handle = await open(aside, 'wx', 0o600);
        await handle.writeFile(seal(this.#key(secret), bytes));
      }
      await rename(aside, this.#place(name));
      await shrink(folder, limit);
      return true;
    } catch {
      await rm(aside, { force: true }).catch(() => undefined);
      return false;
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#place(name), { force: true }).catch(() => undefined);
  }

  /** Names are hashed: they may be long, and none can leave the folder. */
  #place(name: string): string {
    return join(this.#parts.folder, createHash('sha256').update(name).digest('hex'));
  }

  #key(secret: Uint8Array = Buffer.alloc(0)): MasterKey {
    const { encrypt, macK, macR } = this.#parts.masterKey;
    const all = Buffer.concat([encrypt, macK, macR, secret]);
    const bytes = Buffer.from(hkdfSync('sha256', all, '', 'triplicate sealed cache 1', 64));
    return { encrypt: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48) };
  }
}

const shrink = async (folder: string, limit: number): Promise<void> => {
  const names = await readdir(folder);
  const entries = await Promise.all(names.map(async (name) => ({ name, ...(await ageOf(join(folder, name))) })));
  let total = entries.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size } of entries.toSorted((a, b) => a.usedMs - b.usedMs).slice(0, -1)) {
    if (total <= limit) return;
    await rm(join(folder, name), { force: true });
    total -= size;
  }
};

const ageOf = async (place: string): Promise<{ readonly size: number; readonly usedMs: number }> => {
  const { size, mtimeMs } = await stat(place).catch(() => ({ size: 0, mtimeMs: 0 }));
  return { size, usedMs: mtimeMs };
};
