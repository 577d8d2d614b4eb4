import { BackupError, bytesFromText, textFromBytes } from '@triplicate/core';
import type { ByteName, BytePath, Node, ReadOptions, SnapshotReader } from '@triplicate/core';
import type { BackupFiles, FileStat } from '../files/backup-files.ts';
import { isFileId } from '../manifest/manifest.ts';

export interface PartReaderOptions {
  readonly id: string;
  readonly time: string;
  /** Of the phone that the backup is of. */
  readonly udid: string;
  readonly signal: AbortSignal;
}

/** A tree of a backup as a snapshot that holds it at `MobileSync/<UDID>`, wherever it stands itself. */
export class PartReader implements SnapshotReader {
  readonly id: string;
  readonly time: string;
  readonly #files: BackupFiles;
  readonly #root: readonly string[];
  readonly #signal: AbortSignal;

  constructor(files: BackupFiles, { id, time, udid, signal }: PartReaderOptions) {
    this.id = id;
    this.time = time;
    this.#files = files;
    this.#root = ['MobileSync', udid];
    this.#signal = signal;
  }

  async node(path: BytePath): Promise<Node | undefined> {
    const names = namesOf(path);
    const name = names.at(-1) ?? '';
    if (this.#isAbove(names)) return this.#node(name, { kind: 'folder', size: 0 });
    const inside = this.#inside(names);
    const stat = inside === undefined ? undefined : await this.#files.stat(inside, { signal: this.#signal });
    return stat === undefined ? undefined : this.#node(name, stat);
  }

  async *list(path: BytePath): AsyncGenerator<Node> {
    const names = namesOf(path);
    const next = this.#root[names.length];
    const inside = this.#inside(names);
    if (next !== undefined && this.#isAbove(names)) yield this.#node(next, { kind: 'folder', size: 0 });
    else if (inside === undefined) throw new BackupError('NOT_FOUND', `no folder "${textFromBytes(path)}"`);
    else
      for await (const { name, ...stat } of this.#files.list(inside, { signal: this.#signal }))
        yield this.#node(name, stat);
  }

  /** By its name, which says where a file of a backup stands. */
  read({ name }: Node, options: ReadOptions): AsyncIterable<Uint8Array> {
    const text = textFromBytes(name);
    return this.#files.open(isFileId(text) ? `${text.slice(0, 2)}/${text}` : text, options);
  }

  #isAbove(names: readonly string[]): boolean {
    return names.length <= this.#root.length && names.every((name, depth) => name === this.#root[depth]);
  }

  #inside(names: readonly string[]): string | undefined {
    return this.#root.every((name, depth) => names[depth] === name)
      ? names.slice(this.#root.length).join('/')
      : undefined;
  }

  #node(name: string, { kind, size }: FileStat): Node {
    const type = kind === 'folder' ? 'dir' : 'file';
    const times = { mtime: this.time, atime: this.time, ctime: this.time };
    const own = { name: bytesFromText(name) as string as ByteName, type, ...times, uid: 0, gid: 0 } as const;
    return type === 'file' ? { ...own, size } : own;
  }
}

const namesOf = (path: BytePath): string[] =>
  textFromBytes(path)
    .split('/')
    .filter((name) => name !== '');
