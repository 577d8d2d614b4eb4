import { hash } from 'node:crypto';
import type { ByteName, BytePath } from '../bytes.ts';
import { textFromBytes } from '../bytes.ts';
import { BackupError, throwIfAborted } from '../errors.ts';
import { permissionsOf } from '../repository/mode.ts';
import type { Node, NodeType } from '../repository/node.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import { buildNode } from '../snapshot/build-node.ts';
import type { EntryInfo, ReadOptions, SnapshotReader } from '../source/source.ts';

/** One entry as the source gave it. */
export interface RecordedEntry {
  readonly type: NodeType;
  readonly info: EntryInfo;
  readonly target?: BytePath;
  /** Of a file. */
  readonly content?: Uint8Array;
}

export const parentOf = (path: BytePath): BytePath => path.slice(0, Math.max(0, path.lastIndexOf('/'))) as BytePath;
export const nameOf = (path: BytePath): ByteName => path.slice(path.lastIndexOf('/') + 1) as ByteName;

const contentId = (content: Uint8Array): string => hash('sha256', content);

/** The node that a repository would hold of an entry; its whole content is one blob. */
export const nodeOfEntry = (path: BytePath, { content, info, target, type }: RecordedEntry): Node => ({
  ...buildNode(nameOf(path), type, info, {
    zone: 'utc',
    deviceIds: 'hardlinks',
    ...(content === undefined
      ? {}
      : { content: content.length === 0 ? [] : [contentId(content)], size: content.length }),
    ...(target === undefined ? {} : { linkTarget: target }),
  }),
  ...(type === 'dir' ? { subtree: hash('sha256', path) } : {}),
});

/** A snapshot in memory, to look into and to give to a source as the previous one. */
export class RecordedSnapshot implements SnapshotReader {
  readonly id = '5'.repeat(64);
  readonly time = '2026-01-01T12:00:00Z';
  readonly entries: ReadonlyMap<BytePath, RecordedEntry>;
  readonly #blobs = new Map<string, Uint8Array>();

  constructor(entries: ReadonlyMap<BytePath, RecordedEntry>) {
    this.entries = entries;
    for (const { content } of entries.values()) if (content !== undefined) this.#blobs.set(contentId(content), content);
  }

  async node(path: BytePath): Promise<Node | undefined> {
    const entry = path === '' ? rootEntry : this.entries.get(path);
    return entry && nodeOfEntry(path, entry);
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    if ((await this.node(path))?.type !== 'dir') throw notFound('folder', path);
    const children = [...this.entries].filter(([child]) => child !== '' && parentOf(child) === path);
    for (const [child, entry] of children.toSorted(([a], [b]) => (a < b ? -1 : 1))) yield nodeOfEntry(child, entry);
  }

  async *read(node: Node, { range, signal }: ReadOptions): AsyncIterable<Uint8Array> {
    throwIfAborted(signal);
    const whole = this.contentOf(node);
    const { offset, length } = range ?? { offset: 0, length: whole.length };
    if (offset + length > whole.length) throw new BackupError('INVALID_RANGE', 'the file is shorter than that');
    if (length > 0) yield whole.subarray(offset, offset + length);
  }

  /** UNREADABLE when the node is not of this snapshot. */
  contentOf(node: Node): Uint8Array {
    const [id] = node.content ?? [];
    const content = id === undefined ? new Uint8Array(0) : this.#blobs.get(id);
    if (content === undefined)
      throw new BackupError('CORRUPT', `"${textFromBytes(node.name)}" is not of this snapshot`);
    return content;
  }
}

/** What a source that finds an entry as `node` has it says of it. */
export const infoOfNode = (node: Node): EntryInfo => ({
  mode: permissionsOf(node.mode ?? 0),
  mtimeNs: nsFromTimestamp(node.mtime),
  atimeNs: nsFromTimestamp(node.atime),
  ctimeNs: nsFromTimestamp(node.ctime),
  owner: {
    uid: node.uid,
    gid: node.gid,
    ...(node.user === undefined ? {} : { user: node.user }),
    ...(node.group === undefined ? {} : { group: node.group }),
  },
  ...(node.size === undefined ? {} : { size: node.size }),
  ...(node.inode === undefined ? {} : { inode: node.inode }),
  ...(node.deviceId === undefined ? {} : { device: node.deviceId }),
  ...(node.links === undefined ? {} : { links: node.links }),
  ...(node.extendedAttributes === undefined
    ? {}
    : { extendedAttributes: new Map(node.extendedAttributes.map(({ name, value }) => [name, value])) }),
});

export const rootEntry: RecordedEntry = { type: 'dir', info: { mode: 0o755, mtimeNs: 0n } };

export const notFound = (what: string, path: BytePath): BackupError =>
  new BackupError('NOT_FOUND', `no ${what} "${textFromBytes(path)}"`);
