import { hash } from 'node:crypto';
import { type ByteName, type BytePath, bytesFromText, textFromBytes } from '../../src/bytes.ts';
import { BackupError } from '../../src/errors.ts';
import { goMode } from '../../src/repository/mode.ts';
import type { Node } from '../../src/repository/node.ts';
import type { FileContent } from '../../src/restore/content.ts';
import type { SnapshotReader } from '../../src/source/source.ts';

/** A file is its blobs; `other` fields of a node may be given beside. */
export type Spec = FileSpec | LinkSpec | FolderSpec | SpecialSpec;
interface Other {
  readonly node?: Partial<Node>;
}
interface FileSpec extends Other {
  readonly blobs: readonly (string | Uint8Array)[];
}
interface LinkSpec extends Other {
  readonly target: string;
}
interface SpecialSpec extends Other {
  readonly special: 'fifo' | 'socket' | 'chardev' | 'dev';
}
interface FolderSpec extends Other {
  readonly in: Readonly<Record<string, Spec>>;
}

export const file = (content: string | readonly (string | Uint8Array)[], node: Partial<Node> = {}): FileSpec => ({
  blobs: typeof content === 'string' ? (content === '' ? [] : [content]) : content,
  node,
});
export const folder = (inside: Readonly<Record<string, Spec>>, node: Partial<Node> = {}): FolderSpec => ({
  in: inside,
  node,
});
export const link = (target: string, node: Partial<Node> = {}): LinkSpec => ({ target, node });

const time = '2020-01-02T03:04:05.123456789Z';
const common = { mtime: time, atime: time, ctime: time, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

/** A snapshot in memory, written down in a test. Keys are text, or bytes when they are given as such. */
export class MemorySnapshot implements SnapshotReader, FileContent {
  readonly id = '0'.repeat(64);
  readonly time = time;
  readonly blobs = new Map<string, Buffer>();
  /** Blobs that no place has any more, by their text. */
  readonly lost = new Set<string>();
  /** Folders whose tree cannot be read after so many nodes. */
  readonly torn = new Map<string, number>();
  /** Content of blobs that were asked for. */
  readonly asked: string[] = [];
  readonly #root: FolderSpec;

  constructor(root: Readonly<Record<string, Spec>>) {
    this.#root = folder(root);
  }

  async node(path: BytePath): Promise<Node | undefined> {
    const spec = this.#find(path);
    return spec && this.#node(path.slice(path.lastIndexOf('/') + 1) as ByteName, spec);
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    const spec = this.#find(path);
    if (spec === undefined || !('in' in spec)) throw new BackupError('NOT_FOUND', `no folder "${textFromBytes(path)}"`);
    const nodes = Object.entries(spec.in).map(([name, inside]) => this.#node(nameOf(name), inside));
    let left = this.torn.get(textFromBytes(path)) ?? Infinity;
    for (const node of nodes.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (left-- === 0) throw new BackupError('CORRUPT', 'the tree is torn');
      yield node;
    }
  }

  async *read(node: Node): AsyncIterable<Uint8Array> {
    for (const id of node.content ?? []) yield this.#blob(id);
  }

  async *open(node: Node, { skip }: { readonly skip: ReadonlySet<number> }): AsyncIterable<Uint8Array> {
    for (const [index, id] of (node.content ?? []).entries()) if (!skip.has(index)) yield this.#blob(id);
  }

  blobOf(node: Node, index: number): Buffer {
    return this.#blob(node.content?.[index] ?? '');
  }

  sizes(node: Node): readonly number[] {
    return (node.content ?? []).map((id) => this.blobs.get(id)?.byteLength ?? 0);
  }

  #blob(id: string): Buffer {
    const blob = this.blobs.get(id);
    const shown = blob?.toString('latin1').slice(0, 40) ?? id;
    this.asked.push(shown);
    if (blob === undefined || this.lost.has(shown))
      throw new BackupError('CORRUPT', `no destination has ${shown} whole`);
    return blob;
  }

  #find(path: BytePath): Spec | undefined {
    let at: Spec | undefined = this.#root;
    for (const name of path === '' ? [] : path.split('/')) {
      if (at === undefined || !('in' in at)) return undefined;
      at = Object.entries(at.in).find(([key]) => nameOf(key) === name)?.[1];
    }
    return at;
  }

  #node(name: ByteName, spec: Spec): Node {
    if ('in' in spec)
      return { name, type: 'dir', mode: goMode('dir', 0o755), ...common, subtree: this.id, ...spec.node };
    if ('target' in spec)
      return {
        name,
        type: 'symlink',
        mode: goMode('symlink', 0o777),
        ...common,
        linkTarget: bytesFromText(spec.target),
        ...spec.node,
      };
    if ('special' in spec)
      return { name, type: spec.special, mode: goMode(spec.special, 0o600), ...common, ...spec.node };
    const blobs = spec.blobs.map((blob) => Buffer.from(blob));
    const content = blobs.map((blob) => hash('sha256', blob));
    for (const [i, id] of content.entries()) this.blobs.set(id, blobs[i] ?? Buffer.alloc(0));
    const size = blobs.reduce((sum, { length }) => sum + length, 0);
    return { name, type: 'file', mode: goMode('file', 0o644), ...common, size, content, ...spec.node };
  }
}

/** `bytes:…` is a name whose characters are bytes. */
const nameOf = (key: string): ByteName => (key.startsWith('bytes:') ? (key.slice(6) as ByteName) : bytesFromText(key));
