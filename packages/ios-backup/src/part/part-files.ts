import { BackupError } from '@triplicate/core';
import type { CallOptions, ReadOptions } from '@triplicate/core';
import { checkPath } from '../files/backup-files.ts';
import type { BackupFiles, FileStat, ListedFile } from '../files/backup-files.ts';
import { OverlayFiles } from '../files/overlay-files.ts';

/** A tree of which only the places named are seen, with a manifest of its own. The tree itself is only read. */
export class PartFiles implements BackupFiles {
  readonly label: string;
  readonly #base: BackupFiles;
  readonly #own: OverlayFiles;
  /** The names that are seen, by folder. */
  readonly #seen = new Map<string, Set<string>>([['', new Set(['Manifest.db'])]]);

  constructor(
    base: BackupFiles,
    { manifest, places }: { readonly manifest: Buffer; readonly places: Iterable<string> },
  ) {
    this.label = `a part of ${base.label}`;
    this.#base = base;
    this.#own = new OverlayFiles(this.label).put('Manifest.db', manifest);
    for (const place of places) this.#see(place);
  }

  async stat(path: string, options: CallOptions): Promise<FileStat | undefined> {
    if (path === 'Manifest.db') return this.#own.stat(path, options);
    return this.#isSeen(checkPath(path)) ? this.#base.stat(path, options) : undefined;
  }

  open(path: string, options: ReadOptions): AsyncIterable<Uint8Array> {
    if (path === 'Manifest.db') return this.#own.open(path, options);
    if (this.#isSeen(checkPath(path))) return this.#base.open(path, options);
    throw new BackupError('NOT_FOUND', `no file "${path}" in ${this.label}`);
  }

  async *list(path: string, options: CallOptions): AsyncGenerator<ListedFile> {
    const names = this.#seen.get(checkPath(path));
    if (names === undefined) throw new BackupError('NOT_FOUND', `no folder "${path}" in ${this.label}`);
    for (const name of [...names].toSorted()) {
      const stat = await this.stat(path === '' ? name : `${path}/${name}`, options);
      if (stat !== undefined) yield { name, ...stat };
    }
  }

  #see(place: string): void {
    const [folder, name] = split(checkPath(place));
    const names = this.#seen.get(folder) ?? new Set();
    this.#seen.set(folder, names.add(name));
    if (folder !== '') this.#see(folder);
  }

  #isSeen(path: string): boolean {
    const [folder, name] = split(path);
    return path === '' || this.#seen.get(folder)?.has(name) === true;
  }
}

const split = (path: string): readonly [folder: string, name: string] => {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
};
