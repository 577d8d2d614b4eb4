import type { ByteName, BytePath } from '../bytes.ts';
import { textFromBytes } from '../bytes.ts';
import type { CallOptions } from '../destination/destination.ts';
import type { FileResult } from '../engine/messages.ts';
import { idWordsFromHex } from '../engine/ids.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { EntryInfo, Kept, LocalFile, ReadOptions, SnapshotBuilder, SnapshotReader } from '../source/source.ts';
import type { BlobReader } from './blob-reader.ts';
import { buildNode, hexIds, type NodeStyle } from './build-node.ts';
import { ComparableSnapshot, comparableNodes } from './comparable-snapshot.ts';
import { type BuilderCounts, type Directory, type Entry, newCounts, type Place } from './directory.ts';
import { FileBatcher } from './file-batcher.ts';
import { readContent, rootNode } from './snapshot-reader.ts';
import { Emptied } from './emptied.ts';
import { findNode } from './tree-reader.ts';
import { nodeOf, nodesIn, openDirectory, refuseHostile, renamed } from './tree-entries.ts';
import { TreeSealer, type TreeSealerParts } from './tree-sealer.ts';

export interface TreeBuilderOptions extends Omit<TreeSealerParts, 'counts' | 'emptied'> {
  readonly blobs: BlobReader;
  readonly threads: number;
  readonly previous: (SnapshotReader & { readonly file: { readonly tree: string } }) | undefined;
  readonly base: 'empty' | 'previous';
  readonly deviceIds: NodeStyle['deviceIds'];
  readonly signal: AbortSignal;
  readonly onFile: (path: BytePath, size: number) => void;
  readonly onUnreadable: (path: BytePath, error: BackupError) => void;
}

/** Folders that are being sealed while the source walks on. */
const mostSealing = 256;

/** The tree of one snapshot while a source fills it. `finish` seals what is open and gives the root's tree. */
export class TreeBuilder implements SnapshotBuilder {
  readonly previous: SnapshotReader | undefined;
  readonly counts: BuilderCounts = newCounts();
  readonly #options: TreeBuilderOptions;
  readonly #files: FileBatcher;
  readonly #emptied: Emptied;
  readonly #sealer: TreeSealer;
  readonly #root: Directory;
  readonly #style: NodeStyle;
  #failure: unknown;
  #sealing = 0;
  #room: (() => void)[] = [];
  #last: { readonly path: BytePath; readonly directory: Directory } | undefined;

  constructor(options: TreeBuilderOptions) {
    this.#options = options;
    this.previous = options.previous && new ComparableSnapshot(options.previous);
    this.#files = new FileBatcher(options.pool, options.threads);
    this.#emptied = new Emptied(options.table);
    this.#sealer = new TreeSealer({ ...options, counts: this.counts, emptied: this.#emptied });
    const { base, deviceIds } = options;
    this.#style = { zone: base === 'previous' ? 'utc' : 'local', deviceIds };
    const tree = options.previous?.file.tree;
    this.#root = openDirectory(rootNode(''), options.base === 'previous' ? tree : undefined, tree);
  }

  async putDirectory(path: BytePath, info: EntryInfo): Promise<void> {
    const { parent, name } = await this.#parentOf(path);
    const attributes = buildNode(name, 'dir', info, this.#style);
    const open = await this.#childDirectory(parent, name);
    open.attributes = attributes;
  }

  async endDirectory(path: BytePath): Promise<void> {
    const { parent, name } = await this.#parentOf(path);
    const entry = parent.entries.get(name);
    if (entry?.kind !== 'directory') return;
    this.#last = undefined;
    this.#sealing += 1;
    const node = this.#sealer.seal(entry);
    node
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#sealing -= 1;
        for (const resolve of this.#room.splice(0)) resolve();
      });
    parent.entries.set(name, { kind: 'pending', node });
    while (this.#sealing > mostSealing) await new Promise<void>((resolve) => this.#room.push(resolve));
    this.#check();
  }

  async putLink(path: BytePath, target: BytePath, info: EntryInfo): Promise<void> {
    await this.#put(path, (name) => buildNode(name, 'symlink', info, { ...this.#style, linkTarget: target }));
  }

  async putSpecial(path: BytePath, type: 'dev' | 'chardev' | 'fifo' | 'socket', info: EntryInfo): Promise<void> {
    await this.#put(path, (name) => buildNode(name, type, info, this.#style));
  }

  async putFile(
    path: BytePath,
    info: EntryInfo,
    content: AsyncIterable<Uint8Array> | LocalFile,
    options: CallOptions,
  ): Promise<void> {
    this.#check();
    if (!('localPath' in content)) return this.#putStream(path, info, content, options);
    const { parent, name } = await this.#parentOf(path);
    const { result } = await this.#files.put(content, info.size ?? 0);
    const node = result.then((sealed) => this.#fileNode({ path, name, info }, sealed));
    node.catch(() => undefined);
    parent.entries.set(name, { kind: 'pending', node });
  }

  async #putStream(
    path: BytePath,
    info: EntryInfo,
    content: AsyncIterable<Uint8Array>,
    { signal }: CallOptions,
  ): Promise<void> {
    const stream = this.#options.pool.stream();
    let isRead = false;
    try {
      for await (const bytes of content) {
        throwIfAborted(signal);
        const room = stream.push(bytes);
        if (room) await room;
      }
      isRead = true;
    } finally {
      if (!isRead) stream.drop();
    }
    const { parent, name } = await this.#parentOf(path);
    const { content: sealing, room } = stream.finish();
    const node = sealing.then((sealed) => this.#fileNode({ path, name, info }, sealed));
    // Whoever waits for the folder is told.
    node.catch(() => undefined);
    parent.entries.set(name, { kind: 'pending', node });
    await room;
  }

  #fileNode(file: { path: BytePath; name: ByteName; info: EntryInfo }, result: FileResult): Node | undefined {
    if ('failed' in result) {
      const gone = result.failed === 'NOT_FOUND' ? 'vanished while it was being read' : result.message;
      this.unreadable(file.path, new BackupError('UNREADABLE', gone));
      return undefined;
    }
    this.counts.dataBlobs += result.newBlobs;
    this.counts.dataAddedPacked += result.newBytes;
    this.counts.dataAdded += result.newPlainBytes;
    this.#options.onFile(file.path, result.size);
    const content = hexIds(result.ids);
    const node = buildNode(file.name, 'file', file.info, { ...this.#style, content, size: result.size });
    return this.#emptied.note(node, result.newBytes);
  }

  keep(path: BytePath, node: Node, info?: EntryInfo): Kept | Promise<Kept> {
    this.#check();
    const { content = [] } = node;
    for (const id of content) {
      if (this.#options.table.neededBy(idWordsFromHex(id), false) !== 0) return 'read-it';
    }
    const place = this.#lastParentOf(path);
    const keepIn = (found: Place): Kept => this.#keepIn(found, { path, node, info });
    return place ? keepIn(place) : this.#parentOf(path).then(keepIn);
  }

  #keepIn(
    { parent, name }: Place,
    { path, node, info }: { readonly path: BytePath; readonly node: Node; readonly info: EntryInfo | undefined },
  ): Kept {
    const { content = [] } = node;
    const size = node.size ?? info?.size ?? 0;
    const attributes = info && buildNode(name, node.type, info, { ...this.#style, content, size });
    const kept = attributes ?? (node.name === name ? node : { ...node, name });
    parent.entries.set(name, { kind: 'node', node: kept, kept: true, looked: true });
    this.#options.onFile(path, size);
    return 'kept';
  }

  async move(from: BytePath, to: BytePath): Promise<void> {
    const entry = await this.#entry(from);
    if (entry === undefined) throw new BackupError('NOT_FOUND', `nothing stands at "${textFromBytes(from)}"`);
    const source = await this.#parentOf(from);
    const target = await this.#parentOf(to);
    this.#last = undefined;
    source.parent.entries.set(source.name, { kind: 'removed' });
    target.parent.entries.set(target.name, renamed(entry, target.name));
  }

  async remove(path: BytePath): Promise<void> {
    const { parent, name } = await this.#parentOf(path);
    this.#last = undefined;
    parent.entries.set(name, { kind: 'removed' });
  }

  async node(path: BytePath): Promise<Node | undefined> {
    if (path === '') return this.#root.attributes;
    return nodeOf(await this.#entry(path));
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    const entry = path === '' ? this.#root : await this.#entry(path);
    const stored = entry && entry.kind !== 'directory' ? await nodeOf(entry) : undefined;
    if (!entry || (entry.kind !== 'directory' && stored?.subtree === undefined)) {
      throw new BackupError('NOT_FOUND', `no folder "${textFromBytes(path)}"`);
    }
    yield* await nodesIn(entry.kind === 'directory' ? entry : { base: stored?.subtree }, this.#options.trees);
  }

  async *read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array> {
    const node = await this.node(path);
    if (node?.type !== 'file') throw new BackupError('NOT_FOUND', `no file "${textFromBytes(path)}"`);
    yield* readContent(this.#options.blobs, node.content ?? [], options);
  }

  unreadable(path: BytePath, error: BackupError): void {
    this.counts.unreadable += 1;
    this.#options.onUnreadable(path, error);
  }

  /** Seals everything; the id of the root's tree. */
  async finish(): Promise<string> {
    this.#check();
    const root = await this.#sealer.seal(this.#root);
    this.#check();
    if (root.subtree === undefined) throw new TypeError('the root was sealed without a tree');
    return root.subtree;
  }

  #check(): void {
    throwIfAborted(this.#options.signal);
    if (this.#failure !== undefined) throw toBackupError(this.#failure);
  }

  async #put(path: BytePath, build: (name: ByteName) => Node): Promise<void> {
    this.#check();
    const { parent, name } = await this.#parentOf(path);
    parent.entries.set(name, { kind: 'node', node: build(name), kept: false });
  }

  /** At once, when the last path was in the same folder. */
  #lastParentOf(path: BytePath): Place | undefined {
    const last = this.#last;
    const slash = path.lastIndexOf('/');
    if (last === undefined || last.path.length !== Math.max(0, slash) || !path.startsWith(last.path)) return undefined;
    const name = path.slice(slash + 1) as ByteName;
    refuseHostile(path, name);
    return { parent: last.directory, name };
  }

  async #parentOf(path: BytePath): Promise<Place> {
    const same = this.#lastParentOf(path);
    if (same) return same;
    const slash = path.lastIndexOf('/');
    const folder = (slash < 0 ? '' : path.slice(0, slash)) as BytePath;
    const name = path.slice(slash + 1) as ByteName;
    refuseHostile(path, name);
    let directory = this.#root;
    for (const part of folder === '' ? [] : (folder.split('/') as ByteName[])) {
      refuseHostile(path, part);
      directory = await this.#childDirectory(directory, part);
    }
    this.#last = { path: folder, directory };
    return { parent: directory, name };
  }

  async #childDirectory(parent: Directory, name: ByteName): Promise<Directory> {
    const entry = parent.entries.get(name);
    if (entry?.kind === 'directory') return entry;
    const { trees } = this.#options;
    const before = findNode(await comparableNodes(trees, parent.before), name)?.subtree;
    const based = parent.base === undefined || entry ? undefined : findNode(await trees.read(parent.base), name);
    const stored = entry ? await nodeOf(entry) : based;
    const folder = stored?.type === 'dir' ? stored : undefined;
    const attributes = folder ?? buildNode(name, 'dir', defaultAttributes, this.#style);
    const open = openDirectory(attributes, folder?.subtree, before);
    parent.entries.set(name, open);
    return open;
  }

  async #entry(path: BytePath): Promise<Entry | undefined> {
    const parts = path.split('/') as ByteName[];
    let entry: Entry | undefined = this.#root;
    for (const part of parts) {
      refuseHostile(path, part);
      entry = await this.#childEntry(entry, part);
      if (!entry || entry.kind === 'removed') return undefined;
    }
    return entry;
  }

  async #childEntry(entry: Entry, name: ByteName): Promise<Entry | undefined> {
    const own = entry.kind === 'directory' ? entry.entries.get(name) : undefined;
    if (own) return own;
    const base = entry.kind === 'directory' ? entry.base : (await nodeOf(entry))?.subtree;
    const node = base === undefined ? undefined : findNode(await this.#options.trees.read(base), name);
    return node && { kind: 'node', node, kept: true };
  }
}

const defaultAttributes: EntryInfo = { mode: 0o755, mtimeNs: 0n };
