import { BackupError, bodyOf, throwIfAborted } from '@triplicate/core';
import type { Body, CallOptions, ReadOptions } from '@triplicate/core';
import { checkPath } from './backup-files.ts';
import type { BackupFiles, FileStat, ListedFile } from './backup-files.ts';

/**
 * Changes on top of another tree: files that were put are seen, files that were removed are not, and the rest is the base.
 * What a phone is still writing, and a derived tree for a partial restore, look like this.
 */
export class OverlayFiles implements BackupFiles {
  readonly label: string;
  readonly #base: BackupFiles | undefined;
  readonly #changes = new Map<string, Body | undefined>();

  constructor(label: string, base?: BackupFiles) {
    this.label = label;
    this.#base = base;
  }

  put(path: string, content: Body | Uint8Array): this {
    this.#changes.set(checkPath(path), content instanceof Uint8Array ? bodyOf(content) : content);
    return this;
  }

  remove(path: string): this {
    this.#changes.set(checkPath(path), undefined);
    return this;
  }

  async stat(path: string, options: CallOptions): Promise<FileStat | undefined> {
    throwIfAborted(options.signal);
    const own = this.#changes.get(checkPath(path));
    if (own !== undefined) return { kind: 'file', size: own.size };
    if (this.#holds(path)) return { kind: 'folder', size: 0 };
    return this.#changes.has(path) ? undefined : this.#base?.stat(path, options);
  }

  async *open(path: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
    const own = this.#changes.get(checkPath(path));
    if (own !== undefined) return yield* slice(own, options.range);
    if (this.#changes.has(path) || this.#base === undefined) {
      throw new BackupError('NOT_FOUND', `no file "${path}" in ${this.label}`);
    }
    yield* this.#base.open(path, options);
  }

  async *list(path: string, options: CallOptions): AsyncGenerator<ListedFile> {
    const seen = new Map<string, ListedFile>();
    const prefix = checkPath(path) === '' ? '' : `${path}/`;
    for (const [name, own] of this.#changes) {
      if (own === undefined || !name.startsWith(prefix)) continue;
      const [first = '', ...deeper] = name.slice(prefix.length).split('/');
      seen.set(
        first,
        deeper.length > 0 ? { name: first, kind: 'folder', size: 0 } : { name: first, kind: 'file', size: own.size },
      );
    }
    const below = await this.#base?.stat(path, options);
    if (below?.kind === 'folder' && this.#base !== undefined) {
      for await (const entry of this.#base.list(path, options)) {
        if (!seen.has(entry.name) && !this.#changes.has(prefix + entry.name)) seen.set(entry.name, entry);
      }
    } else if (seen.size === 0 && path !== '')
      throw new BackupError('NOT_FOUND', `no folder "${path}" in ${this.label}`);
    yield* seen.values();
  }

  #holds(path: string): boolean {
    if (path === '') return true;
    for (const [name, own] of this.#changes) if (own !== undefined && name.startsWith(`${path}/`)) return true;
    return false;
  }
}

const slice = async function* (body: Body, range: ReadOptions['range']): AsyncGenerator<Uint8Array> {
  let skip = range?.offset ?? 0;
  let left = range?.length ?? body.size;
  for await (const piece of body.open()) {
    const part = piece.subarray(Math.min(skip, piece.length)).subarray(0, left);
    skip = Math.max(0, skip - piece.length);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left <= 0) return;
  }
};
