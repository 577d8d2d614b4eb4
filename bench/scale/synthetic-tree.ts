import { bytesFromText, goMode, type Node } from '@triplicate/core';
import { sealedOverhead } from '../../packages/core/src/repository/crypto.ts';
import type { IndexPack } from '../../packages/core/src/repository/index-file.ts';
import type { PackedBlob } from '../../packages/core/src/repository/pack.ts';
import { encodeTree } from '../../packages/core/src/repository/tree.ts';
import type { RealPacks } from './real-packs.ts';

/** The blobs of a file: one in many, like photos and small files; some with a dozen, like films. */
const blobsInFile = [1, 1, 1, 2, 1, 4, 1, 12];
const foldersInFolder = 100;
const when = '2026-11-29T04:29:56.123456789Z';

const base = (name: string): Pick<Node, 'name' | 'mtime' | 'atime' | 'ctime' | 'uid' | 'gid' | 'user' | 'group'> => ({
  name: bytesFromText(name),
  mtime: when,
  atime: when,
  ctime: when,
  uid: 1000,
  gid: 1000,
  user: 'anna',
  group: 'anna',
});

export const fileNode = (name: string, content: readonly string[], size: number): Node => ({
  ...base(name),
  type: 'file',
  mode: goMode('file', 0o644),
  inode: 1n,
  links: 1n,
  size,
  content,
});

const folderNode = (name: string, subtree: string): Node => ({
  ...base(name),
  type: 'dir',
  mode: goMode('dir', 0o755),
  subtree,
});

const plainLength = ({ length, uncompressedLength }: PackedBlob): number =>
  uncompressedLength ?? length - sealedOverhead;

/** Folders of folders of files over the blobs of packs that nobody has written. */
export class SyntheticTree {
  files = 0;
  bytes = 0;
  readonly #trees: RealPacks;
  readonly #filesInFolder: number;
  #nodes: Node[] = [];
  #inner: Node[] = [];
  #outer: Node[] = [];

  constructor(trees: RealPacks, filesInFolder: number) {
    this.#trees = trees;
    this.#filesInFolder = filesInFolder;
  }

  /** Files of all blobs of the pack. */
  async add({ blobs }: IndexPack): Promise<void> {
    for (let at = 0; at < blobs.length;) {
      const own = blobs.slice(at, at + (blobsInFile[this.files % blobsInFile.length] ?? 1));
      at += own.length;
      const size = own.reduce((sum, blob) => sum + plainLength(blob), 0);
      const content = own.map(({ id }) => id);
      this.#nodes.push(fileNode(`file-${String(this.files).padStart(8, '0')}.bin`, content, size));
      this.files += 1;
      this.bytes += size;
      if (this.#nodes.length === this.#filesInFolder) await this.#endFolder();
    }
  }

  /** The root's tree, in which `further` stand too. */
  async end(further: readonly Node[]): Promise<string> {
    await this.#endFolder();
    await this.#endOuter();
    const data = await this.#tree([...this.#outer, ...further].toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    return this.#tree([folderNode('data', data)]);
  }

  async #endFolder(): Promise<void> {
    if (this.#nodes.length === 0) return;
    const number = String(this.#inner.length).padStart(4, '0');
    this.#inner.push(folderNode(`folder-${number}`, await this.#tree(this.#nodes)));
    this.#nodes = [];
    if (this.#inner.length === foldersInFolder) await this.#endOuter();
  }

  async #endOuter(): Promise<void> {
    if (this.#inner.length === 0) return;
    const number = String(this.#outer.length).padStart(4, '0');
    this.#outer.push(folderNode(`set-${number}`, await this.#tree(this.#inner)));
    this.#inner = [];
  }

  #tree(nodes: readonly Node[]): Promise<string> {
    return this.#trees.add(encodeTree(nodes));
  }
}
