import { collect } from '../body.ts';
import { type BytePath, textFromBytes } from '../bytes.ts';
import type { CallOptions } from '../destination/destination.ts';
import { type BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { EntryInfo, LocalFile, ReadOptions, SnapshotBuilder } from '../source/source.ts';
import { readLocalFile } from './read-local-file.ts';
import {
  infoOfNode,
  nodeOfEntry,
  notFound,
  parentOf,
  type RecordedEntry,
  RecordedSnapshot,
  rootEntry,
} from './recorded-snapshot.ts';

export interface RecordingOptions {
  readonly base?: 'empty' | 'previous';
  readonly previous?: RecordedSnapshot | undefined;
  /** What `keep` answers. */
  readonly keep?: 'kept' | 'read-it';
  /** Runs before a local file is read, e.g. to change it at the worst moment. */
  readonly beforeRead?: (path: BytePath) => void | Promise<void>;
}

/**
 * A snapshot builder in memory that is strict about the contract: a TypeError for a path that leaves the root or is no path, for anything
 * put into a folder that was ended, and for changes to the previous snapshot where the base is empty.
 */
export class RecordingBuilder implements SnapshotBuilder {
  readonly previous: RecordedSnapshot | undefined;
  /** Every call in its order, e.g. `dir home`, `file home/a`, `end home`. */
  readonly calls: string[] = [];
  readonly problems: { readonly path: BytePath; readonly error: BackupError }[] = [];
  readonly #options: RecordingOptions;
  readonly #entries: Map<BytePath, RecordedEntry>;
  readonly #ended = new Set<BytePath>();
  readonly #unread = new Map<BytePath, { readonly info: EntryInfo; readonly file: LocalFile }>();

  constructor(options: RecordingOptions = {}) {
    this.#options = options;
    this.previous = options.previous;
    this.#entries = new Map(options.base === 'previous' ? options.previous?.entries : []);
  }

  async putDirectory(path: BytePath, info: EntryInfo): Promise<void> {
    this.#put('dir', path, { type: 'dir', info });
  }

  async endDirectory(path: BytePath): Promise<void> {
    this.#note('end', path);
    this.#ended.add(path);
  }

  async putLink(path: BytePath, target: BytePath, info: EntryInfo): Promise<void> {
    this.#put('link', path, { type: 'symlink', info, target });
  }

  async putSpecial(path: BytePath, type: 'dev' | 'chardev' | 'fifo' | 'socket', info: EntryInfo): Promise<void> {
    this.#put(type, path, { type, info });
  }

  async putFile(
    path: BytePath,
    info: EntryInfo,
    content: AsyncIterable<Uint8Array> | LocalFile,
    options: CallOptions,
  ): Promise<void> {
    throwIfAborted(options.signal);
    this.#checkPlace(path);
    if ('localPath' in content) {
      this.#note('file', path);
      this.#makeParents(path);
      this.#unread.set(path, { info, file: content });
    } else {
      const bytes = await collect(content);
      throwIfAborted(options.signal);
      this.#put('file', path, { type: 'file', info, content: bytes });
    }
  }

  async keep(path: BytePath, node: Node, info = infoOfNode(node)): Promise<'kept' | 'read-it'> {
    const answer = this.#options.keep ?? 'kept';
    if (this.previous === undefined) throw new TypeError('there is no previous snapshot to keep anything of');
    if (answer === 'kept') this.#put('keep', path, { type: 'file', info, content: this.previous.contentOf(node) });
    return answer;
  }

  async move(from: BytePath, to: BytePath): Promise<void> {
    this.#checkChange('move', from, to);
    await this.#readAll();
    if (!this.#entries.has(from)) throw notFound('entry', from);
    const moved = this.#below(from);
    for (const path of [...moved, ...this.#below(to)]) if (!moved.includes(path)) this.#entries.delete(path);
    const entries = moved.map((path) => [path, this.#entries.get(path)] as const);
    for (const path of moved) this.#entries.delete(path);
    this.#makeParents(to);
    for (const [path, entry] of entries)
      if (entry) this.#entries.set((to + path.slice(from.length)) as BytePath, entry);
  }

  async remove(path: BytePath): Promise<void> {
    this.#checkChange('remove', path);
    await this.#readAll();
    for (const inside of this.#below(path)) this.#entries.delete(inside);
  }

  async node(path: BytePath): Promise<Node | undefined> {
    await this.#readAll();
    const entry = path === '' ? rootEntry : this.#entries.get(path);
    return entry && nodeOfEntry(path, entry);
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    await this.#readAll();
    yield* new RecordedSnapshot(this.#entries).list(path);
  }

  async *read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array> {
    const node = await this.node(path);
    if (node?.type !== 'file') throw notFound('file', path);
    yield* new RecordedSnapshot(this.#entries).read(node, options);
  }

  unreadable(path: BytePath, error: BackupError): void {
    this.#note('unreadable', path);
    this.problems.push({ path, error });
  }

  /** Reads the local files that were put, and gives what was recorded. */
  async finish(): Promise<RecordedSnapshot> {
    await this.#readAll();
    return new RecordedSnapshot(new Map(this.#entries));
  }

  async #readAll(): Promise<void> {
    for (const [path, { file, info }] of this.#unread) {
      this.#unread.delete(path);
      await this.#options.beforeRead?.(path);
      try {
        this.#entries.set(path, { type: 'file', info, content: await readLocalFile(file) });
      } catch (error) {
        this.unreadable(path, toBackupError(error));
      }
    }
  }

  #put(call: string, path: BytePath, entry: RecordedEntry): void {
    this.#checkPlace(path);
    this.#note(call, path);
    this.#makeParents(path);
    this.#unread.delete(path);
    this.#entries.set(path, entry);
  }

  #checkPlace(path: BytePath): void {
    checkPath(path);
    for (let folder = path; ; folder = parentOf(folder)) {
      if (this.#ended.has(folder)) throw new TypeError(`"${textFromBytes(folder)}" was ended already`);
      if (folder === '') return;
    }
  }

  #checkChange(call: string, ...paths: readonly BytePath[]): void {
    if (this.#options.base !== 'previous') throw new TypeError(`a source with an empty base does not ${call}`);
    for (const path of paths) this.#checkPlace(path);
    this.calls.push(`${call} ${paths.map(textFromBytes).join(' ')}`);
  }

  /** With default attributes, as the contract says. */
  #makeParents(path: BytePath): void {
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
      const entry = this.#entries.get(folder);
      if (entry === undefined) this.#entries.set(folder, rootEntry);
      else if (entry.type !== 'dir') throw new TypeError(`"${textFromBytes(folder)}" is no folder`);
    }
  }

  #below(path: BytePath): BytePath[] {
    return [...this.#entries.keys()].filter((other) => other === path || other.startsWith(`${path}/`));
  }

  #note(call: string, path: BytePath): void {
    checkPath(path);
    this.calls.push(`${call} ${textFromBytes(path)}`);
  }
}

const checkPath = (path: BytePath): void => {
  const bad = path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  // oxlint-disable-next-line no-control-regex -- exactly one byte a unit
  if (bad || !/^[\u0000-\u00ff]*$/.test(path))
    throw new TypeError(`not a path in a snapshot: "${textFromBytes(path)}"`);
};
