import type { BytePath, Node } from '@triplicate/core';
import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Files whose content is that of a node with another time, e.g. because the phone was first backed up over its cable: they need not be
 * read again to know that. Kept in the cache folder, and only as good as that: what is not known is read.
 */
export class KnownFiles {
  readonly #file: string;
  readonly #before: ReadonlyMap<string, string>;
  readonly #now = new Map<string, string>();

  private constructor(file: string, before: ReadonlyMap<string, string>) {
    this.#file = file;
    this.#before = before;
  }

  static async open(file: string): Promise<KnownFiles> {
    try {
      const pairs = JSON.parse(await readFile(file, 'utf8')) as unknown;
      return new KnownFiles(file, new Map(isPairs(pairs) ? pairs : []));
    } catch {
      // There is none, or it is damaged: everything is read once more.
      return new KnownFiles(file, new Map());
    }
  }

  has(path: BytePath, stat: BigIntStats, node: Node): boolean {
    return this.#before.get(path) === describe(stat, node);
  }

  add(path: BytePath, stat: BigIntStats, node: Node): void {
    this.#now.set(path, describe(stat, node));
  }

  /** Keeps what this run added. Where nothing can be written, the next run reads those files again. */
  async save(): Promise<void> {
    try {
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
      await writeFile(`${this.#file}.new`, JSON.stringify([...this.#now]), { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
    } catch {
      // A cache that cannot be kept is no reason to lose a backup.
    }
  }
}

const isPairs = (value: unknown): value is [string, string][] =>
  Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.every((part) => typeof part === 'string'));

const describe = ({ size, mtimeNs, ctimeNs, ino }: BigIntStats, { content }: Node): string =>
  [size, mtimeNs, ctimeNs, ino, hash('sha256', (content ?? []).join(' '))].join(' ');
