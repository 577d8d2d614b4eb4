import type { ByteName } from '../bytes.ts';
import type { BlobTable } from '../engine/blob-table.ts';
import { passingIdWords } from '../engine/ids.ts';
import type { ListPart } from '../engine/messages.ts';
import type { SealingPool } from '../engine/sealing-pool.ts';
import { BackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import { encodeNode } from '../repository/node-encode.ts';
import { encodeTree } from '../repository/tree.ts';
import { objectId } from '../repository/unpacked.ts';
import { ChangedList, withTrees } from './changed-list.ts';
import { comparableNodes } from './comparable-snapshot.ts';
import { heldBy } from '../source/held-by.ts';
import type { BlobReader } from './blob-reader.ts';
import type { BuilderCounts, Directory, Entry } from './directory.ts';
import type { Emptied } from './emptied.ts';
import type { KeptChild, KeptFolder } from './folder-looks.ts';
import { findNode, type TreeReader } from './tree-reader.ts';

export interface TreeSealerParts {
  readonly table: BlobTable;
  readonly pool: SealingPool;
  readonly trees: TreeReader;
  readonly blobs: BlobReader;
  readonly counts: BuilderCounts;
  readonly emptied: Emptied;
}

/** Turns open folders into stored trees, bottom up. */
export class TreeSealer {
  readonly #parts: TreeSealerParts;
  readonly #covered = new Set<string>();

  constructor(parts: TreeSealerParts) {
    this.#parts = parts;
  }

  /** The folder's node with the id of its tree; everything inside is stored or on its way. */
  async seal(directory: Directory): Promise<Node> {
    const { kept } = directory;
    if (kept) return { ...directory.attributes, subtree: await this.#sealKept(directory, kept) };
    const { trees, counts } = this.#parts;
    const nodes: Node[] = [];
    const before = await comparableNodes(trees, directory.before);
    for (const [name, entry] of directory.entries) {
      const node = entry.kind === 'node' ? entry.node : await this.#resolve(entry);
      if (!node) continue;
      // Kept by the source, or moved here from elsewhere in the previous snapshot.
      if (entry.kind === 'node' && entry.kept) {
        nodes.push(node);
        this.#coverContent(node, entry.looked);
        if (node.subtree !== undefined) await this.#coverBelow(node, node.subtree);
      } else if (node.type === 'file') {
        nodes.push(this.#file(node, findFile(before, name), before));
      } else nodes.push(node);
    }
    for (const node of directory.base === undefined ? [] : await trees.read(directory.base)) {
      if (directory.entries.has(node.name)) continue;
      nodes.push(node);
      this.#coverContent(node);
      if (node.subtree !== undefined) await this.#coverBelow(node, node.subtree);
    }
    nodes.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    if (directory.before !== undefined && areSame(nodes, before) && this.#isKnown(directory.before)) {
      counts.dirsUnmodified += 1;
      return { ...directory.attributes, subtree: directory.before };
    }
    return { ...directory.attributes, subtree: await this.#storeNew(nodes, directory.before) };
  }

  #sealKept(directory: Directory, kept: KeptFolder): Promise<string> {
    const { counts } = this.#parts;
    const { folders, files, bytes } = heldBy(kept);
    counts.dirsUnmodified += folders;
    counts.filesUnmodified += files;
    counts.totalFiles += files;
    counts.totalBytes += bytes;
    return kept.parts ? this.#sealChanged(directory, kept, kept.parts) : this.#sealSame(directory, kept);
  }

  /** Only what its folders hold may be new. */
  async #sealSame({ entries }: Directory, { tree, folders, isWritten, json }: KeptFolder): Promise<string> {
    const { blobs, counts } = this.#parts;
    const changed: (readonly [KeptChild, string])[] = [];
    const others = new Map<ByteName, Node | undefined>();
    for (const folder of folders) {
      if (folder.within) continue;
      const entry = entries.get(folder.name);
      const node = entry && (await this.#resolve(entry));
      if (node?.subtree === undefined) others.set(folder.name, node);
      else if (node.subtree !== folder.tree) changed.push([folder, node.subtree]);
    }
    if (changed.length === 0 && others.size === 0 && this.#isKnown(tree)) {
      counts.dirsUnmodified += 1;
      return tree;
    }
    if (isWritten && others.size === 0)
      return this.#storeJson(withTrees(json ?? (await blobs.read(tree, 'tree')), changed), tree);
    const subtrees = new Map(changed.map(([{ name }, subtree]) => [name, subtree]));
    return this.#storeNew(await this.#withOthers(tree, others, subtrees), tree);
  }

  async #withOthers(
    tree: string,
    others: ReadonlyMap<ByteName, Node | undefined>,
    subtrees: ReadonlyMap<ByteName, string>,
  ): Promise<readonly Node[]> {
    return (await this.#parts.trees.read(tree)).flatMap((node) => {
      const subtree = subtrees.get(node.name);
      if (subtree !== undefined) return [{ ...node, subtree }];
      if (!others.has(node.name)) return [node];
      const now = others.get(node.name);
      // Gone since, or out of reach, and reported.
      if (now === undefined) return [];
      // No folder any more, since it was looked at.
      return [now.type === 'file' ? this.#file(now, undefined, []) : now];
    });
  }

  /** Its list is copied but for what is not the same. */
  async #sealChanged({ entries }: Directory, kept: KeptFolder, parts: readonly ListPart[]): Promise<string> {
    const { blobs, trees } = this.#parts;
    const list = new ChangedList(kept.json ?? (await blobs.read(kept.tree, 'tree')));
    const others = new Map(kept.others.map(({ name, before }) => [name, before]));
    const whole = new Set(kept.folders.flatMap(({ name, within }) => (within ? [name] : [])));
    let found = 0;
    for (const part of parts) {
      if (part.name === undefined || whole.has(part.name)) {
        list.keep(part);
        continue;
      }
      const entry = entries.get(part.name);
      // Gone since, or left out, or out of reach, and reported.
      if (entry === undefined) continue;
      found += 1;
      const node = entry.kind === 'node' ? entry.node : await this.#resolve(entry);
      if (node === undefined) continue;
      if (part.tree !== undefined && node.subtree !== undefined) list.keepFolder(part, node.subtree);
      else if (entry.kind === 'node' && entry.kept) {
        list.add(node);
        await this.#cover(node, entry.looked);
      } else if (node.type === 'file') {
        const known = fileOf(others.get(part.name));
        const beside = known && this.#parts.emptied.isLight(node) ? await comparableNodes(trees, kept.tree) : [];
        list.add(this.#file(node, known, beside));
      } else list.add(node);
    }
    if (found !== entries.size)
      throw new TypeError('something was put into a folder of which it was said to be the same');
    return this.#storeJson(list.end(), kept.tree);
  }

  async #cover(node: Node, looked = false): Promise<void> {
    this.#coverContent(node, looked);
    if (node.subtree !== undefined) await this.#coverBelow(node, node.subtree);
  }

  /** A file of this run, counted; the node of before where it is the same, which is then seen to be the same at once. */
  #file(node: Node, known: Node | undefined, beside: readonly Node[]): Node {
    const { counts, emptied } = this.#parts;
    const isAsBefore = known !== undefined && isSame(node, known);
    this.#countFile(node, isAsBefore ? 'same' : known ? 'changed' : 'new');
    if (known && !isAsBefore && emptied.has(node, known, beside)) counts.filesEmptied += 1;
    return isAsBefore ? known : node;
  }

  #storeNew(nodes: readonly Node[], before: string | undefined): Promise<string> {
    return this.#storeJson(encodeTree(nodes), before);
  }

  async #storeJson(json: Buffer, before: string | undefined): Promise<string> {
    const { counts } = this.#parts;
    const id = objectId(json);
    if (before === undefined) counts.dirsNew += 1;
    else if (before === id) counts.dirsUnmodified += 1;
    else counts.dirsChanged += 1;
    await this.#store(id, json);
    return id;
  }

  #isKnown(tree: string): boolean {
    return this.#parts.table.neededBy(passingIdWords(tree), true) === 0;
  }

  async #resolve(entry: Entry): Promise<Node | undefined> {
    if (entry.kind === 'directory') return this.seal(entry);
    if (entry.kind === 'removed') return undefined;
    return entry.node;
  }

  #countFile(node: Node, as: 'same' | 'changed' | 'new'): void {
    const { counts } = this.#parts;
    if (as === 'same') counts.filesUnmodified += 1;
    else if (as === 'changed') counts.filesChanged += 1;
    else counts.filesNew += 1;
    counts.totalFiles += 1;
    counts.totalBytes += node.size ?? 0;
  }

  async #store(id: string, json: Buffer): Promise<void> {
    const { pool, counts } = this.#parts;
    if (this.#isKnown(id)) return;
    const added = await pool.tree(json);
    if (added === 0) return;
    counts.treeBlobs += 1;
    counts.dataAdded += json.byteLength;
    counts.dataAddedPacked += added;
  }

  /** A node of the previous snapshot stays as it is: every replica has to have, or gets, all that hangs on it. */
  #coverContent(node: Node, looked = false): void {
    if (node.type !== 'file') return;
    if (!looked) for (const id of node.content ?? []) this.#mustHave(id, false, node);
    this.#countFile(node, 'same');
  }

  async #coverBelow(folder: Node, subtree: string): Promise<void> {
    if (this.#covered.has(subtree)) return;
    this.#covered.add(subtree);
    this.#mustHave(subtree, true, folder);
    this.#parts.counts.dirsUnmodified += 1;
    for (const node of await this.#parts.trees.read(subtree)) {
      this.#coverContent(node);
      if (node.subtree !== undefined) await this.#coverBelow(node, node.subtree);
    }
  }

  #mustHave(id: string, tree: boolean, node: Node): void {
    if (this.#parts.table.lostTo(passingIdWords(id), tree) === 0) return;
    throw new BackupError('NOT_FOUND', `the previous snapshot lacks content of "${node.name}"`, {
      hint: 'run `triplicate heal`, or `triplicate backup --force` to read everything anew',
    });
  }
}

const findFile = (nodes: readonly Node[], name: ByteName): Node | undefined => fileOf(findNode(nodes, name));

const fileOf = (node: Node | undefined): Node | undefined => (node?.type === 'file' ? node : undefined);

/** Whether a folder is what it was; where a source kept its nodes nothing has to be written to tell. An empty one may be one that cannot be read. */
const areSame = (nodes: readonly Node[], before: readonly Node[]): boolean =>
  nodes.length > 0 && nodes.length === before.length && nodes.every((node, i) => isSame(node, before[i]));

const isSame = (node: Node, before: Node | undefined): boolean =>
  node === before || (before !== undefined && node.name === before.name && encodeNode(node) === encodeNode(before));
