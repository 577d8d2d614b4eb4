import type { BytePath, CallOptions, Node, ReadOptions } from '@triplicate/core';
import type { BackupTree } from './backup-tree.ts';
import { childPath } from './builder-tree.ts';
import { treeRoot } from './device-path.ts';
import { type ManifestCache, type ManifestName, manifestNames } from './manifest-cache.ts';

/** A tree whose manifest files are kept beside and read from there. */
export class CachedTree implements BackupTree {
  readonly #tree: BackupTree;
  readonly #cache: ManifestCache;
  readonly #root: BytePath;
  /** Where the phone puts them first, and where they stand in the end. */
  readonly #places: ReadonlyMap<BytePath, ManifestName>;

  constructor(tree: BackupTree, cache: ManifestCache, udid: string) {
    this.#tree = tree;
    this.#cache = cache;
    this.#root = treeRoot(udid);
    const staged = childPath(this.#root, 'Snapshot');
    this.#places = new Map(
      manifestNames.flatMap((name) => [this.#root, staged].map((folder) => [childPath(folder, name), name] as const)),
    );
  }

  node(path: BytePath): Promise<Node | undefined> {
    return this.#tree.node(path);
  }

  list(path: BytePath): AsyncIterable<Node> {
    return this.#tree.list(path);
  }

  async *read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array> {
    const name = manifestNames.find((known) => path === childPath(this.#root, known));
    const node = name && (await this.#tree.node(path));
    const copy = name && node && (await this.#cache.find(name, node));
    yield* copy ?? this.#tree.read(path, options);
  }

  put(path: BytePath, content: AsyncIterable<Uint8Array>, options: CallOptions): Promise<void> {
    const name = this.#places.get(path);
    return this.#tree.put(path, name ? this.#cache.copying(name, content) : content, options);
  }

  makeDirectory(path: BytePath): Promise<void> {
    return this.#tree.makeDirectory(path);
  }

  move(from: BytePath, to: BytePath): Promise<void> {
    return this.#tree.move(from, to);
  }

  remove(path: BytePath): Promise<void> {
    return this.#tree.remove(path);
  }

  copy(from: BytePath, to: BytePath, options: CallOptions): Promise<void> {
    return this.#tree.copy(from, to, options);
  }

  unreadable(path: BytePath, text: string): void {
    this.#tree.unreadable(path, text);
  }

  /** Keeps what was put, as it stands at the end of a backup that went well. */
  async commit(): Promise<void> {
    const nodes = new Map<ManifestName, Node>();
    for (const name of manifestNames) {
      const node = await this.#tree.node(childPath(this.#root, name));
      if (node?.type === 'file') nodes.set(name, node);
    }
    await this.#cache.commit(nodes);
  }
}
