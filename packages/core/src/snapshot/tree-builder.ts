import type { ByteName, BytePath } from '../bytes.ts';
import { textFromBytes } from '../bytes.ts';
import type { CallOptions } from '../destination/destination.ts';
import type { FileResult } from '../engine/messages.ts';
import { passingIdWords } from '../engine/ids.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { SnapshotFile } from '../repository/snapshot-file.ts';
import { heldBy } from '../source/held-by.ts';
import type {
  ComparedFolder,
  EntryInfo,
  FolderLooker,
  Kept,
  LocalFile,
  LookRules,
  ReadOptions,
  SnapshotBuilder,
  SnapshotReader,
} from '../source/source.ts';
import type { BlobReader } from './blob-reader.ts';
import { buildNode, hexIds, type NodeStyle } from './build-node.ts';
import { ComparableSnapshot } from './comparable-snapshot.ts';
import { type BuilderCounts, newCounts, type Place } from './directory.ts';
import { FileBatcher } from './file-batcher.ts';
import { FolderLooks, type KeptFolder } from './folder-looks.ts';
import { OpenTree } from './open-tree.ts';
import { readContent, rootNode } from './snapshot-reader.ts';
import { Emptied } from './emptied.ts';
import { nodeOf, nodesIn, openDirectory, renamed } from './tree-entries.ts';
import { TreeSealer, type TreeSealerParts } from './tree-sealer.ts';

export interface TreeBuilderOptions extends Omit<TreeSealerParts, 'counts' | 'emptied'> {
  readonly blobs: BlobReader;
  readonly threads: number;
  readonly previous: (SnapshotReader & { readonly file: Pick<SnapshotFile, 'tree' | 'summary'> }) | undefined;
  /** The source is shown no previous snapshot, and reads everything; what it puts is compared with it all the same, for the counts. */
  readonly force: boolean;
  /** As `LookOrders` has it. */
  readonly attributesReadAt: bigint | undefined;
  readonly base: 'empty' | 'previous';
  readonly deviceIds: NodeStyle['deviceIds'];
  readonly signal: AbortSignal;
  readonly onFile: (path: BytePath, size: number) => void;
  /** Of a folder all files of which were kept. */
  readonly onFiles: (path: BytePath, files: number, bytes: number) => void;
  readonly onUnreadable: (path: BytePath, error: BackupError) => void;
}

/** For fewer files the start of threads costs more than they gain. */
const worthThreads = 5000;
/** Folders that are being sealed while the source walks on. */
const mostSealing = 256;

/** The tree of one snapshot while a source fills it. `finish` seals what is open and gives the root's tree. */
export class TreeBuilder implements SnapshotBuilder {
  readonly previous: SnapshotReader | undefined;
  readonly attributesReadAt: bigint | undefined;
  readonly counts: BuilderCounts = newCounts();
  readonly #options: TreeBuilderOptions;
  readonly #files: FileBatcher;
  readonly #emptied: Emptied;
  readonly #sealer: TreeSealer;
  readonly #open: OpenTree;
  readonly #style: NodeStyle;
  #failure: unknown;
  #sealing = 0;
  #room: (() => void)[] = [];

  constructor(options: TreeBuilderOptions) {
    this.#options = options;
    this.previous = options.force ? undefined : options.previous && new ComparableSnapshot(options.previous);
    this.attributesReadAt = options.force ? undefined : options.attributesReadAt;
    this.#files = new FileBatcher(options.pool, options.threads);
    this.#emptied = new Emptied(options.table);
    this.#sealer = new TreeSealer({ ...options, counts: this.counts, emptied: this.#emptied });
    const { base, deviceIds, force } = options;
    this.#style = { zone: base === 'previous' ? 'utc' : 'local', deviceIds };
    const tree = options.previous?.file.tree;
    this.#open = new OpenTree({
      ...options,
      style: this.#style,
      base: base === 'previous' && !force ? tree : undefined,
      before: tree,
    });
  }

  async putDirectory(path: BytePath, info: EntryInfo): Promise<void> {
    const { parent, name } = await this.#open.place(path);
    const attributes = buildNode(name, 'dir', info, this.#style);
    const open = await this.#open.childDirectory(parent, name);
    open.attributes = attributes;
  }

  async endDirectory(path: BytePath): Promise<void> {
    const { parent, name } = await this.#open.place(path);
    const entry = parent.entries.get(name);
    if (entry?.kind !== 'directory') return;
    this.#open.forget();
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
    const { parent, name } = await this.#open.place(path);
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
    const { parent, name } = await this.#open.place(path);
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
      if (this.#options.table.neededBy(passingIdWords(id), false) !== 0) return 'read-it';
    }
    const place = this.#open.openPlace(path);
    const keepIn = (found: Place): Kept => this.#keepIn(found, { path, node, info });
    return place ? keepIn(place) : this.#open.place(path).then(keepIn);
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

  looker(rules: LookRules): FolderLooker | undefined {
    const { previous, force, attributesReadAt, deviceIds, blobs, pool, threads } = this.#options;
    const files = previous?.file.summary?.totalFilesProcessed ?? 0;
    if (force || files < worthThreads || deviceIds === 'all') return undefined;
    const looks = new FolderLooks({ rules: { ...rules, attributesReadAt }, blobs, pool, threads, files });
    return {
      look: (folder) => looks.look(folder),
      keep: (path, compared: ComparedFolder) => this.#keepFolder(path, looks.kept(compared)),
    };
  }

  async #keepFolder(path: BytePath, kept: KeptFolder): Promise<void> {
    this.#check();
    const { parent, name } = await this.#open.place(path);
    const entry = parent.entries.get(name);
    const folder = entry?.kind === 'directory' ? entry : openDirectory({ ...rootNode(''), name }, undefined, kept.tree);
    folder.kept = kept;
    parent.entries.set(name, folder);
    const { files, bytes } = heldBy(kept);
    this.#options.onFiles(path, files, bytes);
  }

  async move(from: BytePath, to: BytePath): Promise<void> {
    const entry = await this.#open.entry(from);
    if (entry === undefined) throw new BackupError('NOT_FOUND', `nothing stands at "${textFromBytes(from)}"`);
    const source = this.#open.openPlace(from) ?? (await this.#open.place(from));
    const target = this.#open.openPlace(to) ?? (await this.#open.place(to));
    this.#open.forget();
    source.parent.entries.set(source.name, { kind: 'removed' });
    target.parent.entries.set(target.name, source.name === target.name ? entry : renamed(entry, target.name));
  }

  async remove(path: BytePath): Promise<void> {
    // To look for its place would make the folders above it.
    if ((await this.#open.entry(path)) === undefined) return;
    const { parent, name } = await this.#open.place(path);
    this.#open.forget();
    parent.entries.set(name, { kind: 'removed' });
  }

  async node(path: BytePath): Promise<Node | undefined> {
    if (path === '') return this.#open.root.attributes;
    return nodeOf(await this.#open.entry(path));
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    const entry = path === '' ? this.#open.root : await this.#open.entry(path);
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
    const root = await this.#sealer.seal(this.#open.root);
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
    const { parent, name } = await this.#open.place(path);
    parent.entries.set(name, { kind: 'node', node: build(name), kept: false });
  }
}
