import {
  type BackupError,
  type ByteName,
  type BytePath,
  type CallOptions,
  type EntryInfo,
  type LocalFile,
  type Node,
  type NodeType,
  type SnapshotBuilder,
  type SnapshotReader,
  textFromBytes,
} from '@triplicate/core';
import { infoOfNode } from '@triplicate/core/testing';
import { hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** A blob of the tests is so long. */
const blobSize = 1024 * 1024;
/** Sparse files have many of them. */
const zeros = Buffer.alloc(blobSize);
const zerosId = hash('sha256', zeros);

export interface Entry {
  readonly content?: readonly string[];
  readonly type: NodeType;
  readonly info: EntryInfo;
  readonly target?: BytePath;
  readonly local?: LocalFile;
  readonly kept?: boolean;
}

/** Remembers what a source puts, in its order, and checks that the order is the one that a tree is sealed in. */
export class Recorder implements SnapshotBuilder {
  readonly entries = new Map<BytePath, Entry>();
  readonly problems: { readonly path: BytePath; readonly error: BackupError }[] = [];
  readonly previous: SnapshotReader | undefined;
  /** What `keep` answers. */
  keeps: 'kept' | 'read-it' = 'kept';
  readonly blobs = new Map<string, Uint8Array>();
  /** Whether the files are read as the engine would. */
  readsContent = false;
  readonly #open: BytePath[] = [];
  #last = '' as BytePath;

  constructor(previous?: Recorder) {
    this.previous = previous?.reader();
  }

  async putDirectory(path: BytePath, info: EntryInfo): Promise<void> {
    this.#put(path, { type: 'dir', info });
    this.#open.push(path);
  }
  async endDirectory(path: BytePath): Promise<void> {
    if (this.#open.pop() !== path) throw new Error(`ended ${textFromBytes(path)} out of order`);
  }
  async putLink(path: BytePath, target: BytePath, info: EntryInfo): Promise<void> {
    this.#put(path, { type: 'symlink', info, target });
  }
  async putSpecial(path: BytePath, type: NodeType, info: EntryInfo): Promise<void> {
    this.#put(path, { type, info });
  }
  async putFile(path: BytePath, info: EntryInfo, content: AsyncIterable<Uint8Array> | LocalFile): Promise<void> {
    if (!('localPath' in content)) throw new Error('a local file was expected');
    const blobs = this.readsContent ? this.#read(content) : [];
    this.#put(path, { type: 'file', info, local: content, content: blobs });
  }
  async keep(path: BytePath, node: Node, info = infoOfNode(node)): Promise<'kept' | 'read-it'> {
    if (this.keeps === 'kept') this.#put(path, { type: 'file', info, kept: true });
    return this.keeps;
  }
  unreadable(path: BytePath, error: BackupError): void {
    this.problems.push({ path, error });
  }

  /** Every folder that was begun has been ended. */
  get isClosed(): boolean {
    return this.#open.length === 0;
  }
  get paths(): string[] {
    return [...this.entries.keys()].map(textFromBytes);
  }
  at(path: string): Entry | undefined {
    return this.entries.get(Buffer.from(path, 'utf8').toString('latin1') as BytePath);
  }

  reader(): SnapshotReader {
    const { blobs } = this;
    const children = new Map<BytePath, Node[]>();
    for (const [path, entry] of this.entries) {
      const [parent, node] = [parentOf(path), nodeOf(path, entry)];
      children.set(parent, [...(children.get(parent) ?? []), node]);
    }
    return {
      id: '0'.repeat(64),
      time: '2026-01-01T00:00:00Z',
      node: async (path) => {
        const entry = this.entries.get(path);
        return entry && nodeOf(path, entry);
      },
      list: async function* (path) {
        yield* children.get(path) ?? [];
      },
      read: async function* ({ content = [] }: Node) {
        for (const id of content) yield blobs.get(id) ?? new Uint8Array();
      },
    };
  }

  #read({ localPath }: LocalFile): string[] {
    const fd = openSync(Buffer.from(localPath, 'latin1'), 'r');
    const ids: string[] = [];
    const room = Buffer.alloc(blobSize);
    for (;;) {
      const length = readSync(fd, room);
      if (length === 0) break;
      const bytes = length === blobSize && room.equals(zeros) ? zeros : Buffer.from(room.subarray(0, length));
      const id = bytes === zeros ? zerosId : hash('sha256', bytes);
      this.blobs.set(id, bytes);
      ids.push(id);
    }
    closeSync(fd);
    return ids;
  }

  #put(path: BytePath, entry: Entry): void {
    const parent = parentOf(path);
    if (parent !== (this.#open.at(-1) ?? ''))
      throw new Error(`${textFromBytes(path)} was put while another folder is open`);
    if (this.entries.has(path)) throw new Error(`${textFromBytes(path)} was put twice`);
    if (parentOf(this.#last) === parent && this.#last >= path)
      throw new Error(`${textFromBytes(path)} is out of order`);
    this.#last = path;
    this.entries.set(path, entry);
  }

  move = async (): Promise<void> => neverAsked('move');
  remove = async (): Promise<void> => neverAsked('remove');
  node = async (): Promise<Node | undefined> => neverAsked('node');
  list = (): AsyncIterable<Node> => neverAsked('list');
  read = (_path: BytePath, _options: CallOptions): AsyncIterable<Uint8Array> => neverAsked('read');
}

const neverAsked = (what: string): never => {
  throw new Error(`the files source does not ${what}`);
};

const parentOf = (path: BytePath): BytePath => path.slice(0, Math.max(0, path.lastIndexOf('/'))) as BytePath;

const iso = (ns: bigint): string => {
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const date = new Date(Number((ns - fraction) / 1_000_000n)).toISOString();
  return `${date.slice(0, 19)}.${String(fraction).padStart(9, '0')}Z`;
};

/** Bits of Go's os.FileMode above the permissions. */
const goTypes = {
  file: 0,
  dir: 2 ** 31,
  symlink: 2 ** 27,
  dev: 2 ** 26,
  chardev: 2 ** 26 + 2 ** 21,
  fifo: 2 ** 25,
  socket: 2 ** 24,
};
const goMode = (type: NodeType, mode: number): number =>
  goTypes[type] +
  (mode & 0o777) +
  (mode & 0o4000 ? 2 ** 23 : 0) +
  (mode & 0o2000 ? 2 ** 22 : 0) +
  (mode & 0o1000 ? 2 ** 20 : 0);

const nodeOf = (path: BytePath, { type, info, target, content }: Entry): Node => ({
  name: path.slice(path.lastIndexOf('/') + 1) as ByteName,
  type,
  mode: goMode(type, info.mode),
  mtime: iso(info.mtimeNs),
  atime: iso(info.atimeNs ?? info.mtimeNs),
  ctime: iso(info.ctimeNs ?? info.mtimeNs),
  uid: info.owner?.uid ?? 0,
  gid: info.owner?.gid ?? 0,
  ...(info.owner?.user === undefined ? undefined : { user: info.owner.user }),
  ...(info.owner?.group === undefined ? undefined : { group: info.owner.group }),
  ...(info.inode === undefined ? undefined : { inode: info.inode }),
  // As in a snapshot: of what has further names.
  ...(info.device === undefined || (info.links ?? 1n) === 1n ? undefined : { deviceId: info.device }),
  ...(info.links === undefined ? undefined : { links: info.links }),
  ...(info.rdev === undefined ? undefined : { device: info.rdev }),
  ...(info.size === undefined ? undefined : { size: info.size }),
  ...(target === undefined ? undefined : { linkTarget: target }),
  ...(info.extendedAttributes === undefined
    ? undefined
    : { extendedAttributes: [...info.extendedAttributes].map(([name, value]) => ({ name, value })) }),
  ...(type === 'file' ? { content: content ?? [] } : undefined),
});
