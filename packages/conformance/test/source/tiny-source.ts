import { mkdir, symlink, chmod, utimes, writeFile, lstat, readdir, readlink } from 'node:fs/promises';
import {
  bufferFromBytes,
  type ByteName,
  type BytePath,
  bytesFromText,
  type CaptureOptions,
  type CaptureResult,
  collect,
  type EntryInfo,
  joinBytes,
  type Node,
  nsFromTimestamp,
  type SnapshotBuilder,
  type SnapshotReader,
  type Source,
  throwIfAborted,
  toBackupError,
} from '@triplicate/core';

/** The smallest source over a folder that keeps the contract; each of its steps can be made to break it. */
export class TinySource implements Source {
  readonly label = 'tiny';
  readonly identity: Source['identity'];
  readonly base = 'empty';
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    this.identity = { host: 'here', paths: [folder] };
  }

  async capture(builder: SnapshotBuilder, options: CaptureOptions): Promise<CaptureResult> {
    await this.walk(builder, '' as BytePath, options);
    return {};
  }

  async walk(builder: SnapshotBuilder, folder: BytePath, options: CaptureOptions): Promise<void> {
    for (const name of (await this.names(folder)).toSorted()) {
      throwIfAborted(options.signal);
      const path = joinBytes(folder, name);
      try {
        await this.entry(builder, path, options);
      } catch (error) {
        this.failed(builder, path, error, options);
      }
    }
  }

  failed(builder: SnapshotBuilder, path: BytePath, error: unknown, options: CaptureOptions): void {
    throwIfAborted(options.signal);
    builder.unreadable(path, toBackupError(error));
  }

  async names(folder: BytePath): Promise<ByteName[]> {
    return (await readdir(this.local(folder), { encoding: 'latin1' })) as ByteName[];
  }

  local(path: BytePath): Buffer {
    return Buffer.concat([Buffer.from(`${this.folder}/`), bufferFromBytes(path)]);
  }

  async entry(builder: SnapshotBuilder, path: BytePath, options: CaptureOptions): Promise<void> {
    const stat = await this.look(path);
    const info = this.info(stat);
    if (stat.isDirectory()) {
      const names = await this.names(path);
      await builder.putDirectory(path, info);
      if (names.length > 0) await this.walk(builder, path, options);
      await builder.endDirectory(path);
    } else if (stat.isSymbolicLink()) {
      await builder.putLink(path, bytesFromText(await readlink(this.local(path), 'utf8')), info);
    } else if (stat.isFIFO()) await builder.putSpecial(path, 'fifo', info);
    else await this.file(builder, path, info, options);
  }

  look(path: BytePath): ReturnType<typeof lookAt> {
    return lookAt(this.local(path));
  }

  info(stat: Awaited<ReturnType<typeof lookAt>>): EntryInfo {
    const { dev, ino, mode, mtimeNs, size } = stat;
    return { mode: Number(mode & 0o7777n), mtimeNs, size: Number(size), inode: ino, device: dev };
  }

  async file(builder: SnapshotBuilder, path: BytePath, info: EntryInfo, options: CaptureOptions): Promise<void> {
    const before = await builder.previous?.node(path);
    if (before?.type === 'file' && this.isUnchanged(before, info)) {
      if ((await builder.keep(path, before, info)) === 'kept') return;
    }
    const localPath = this.local(path).toString('latin1') as BytePath;
    const { device = 0n, inode = 0n } = info;
    await builder.putFile(path, info, { localPath, device, inode }, options);
  }

  isUnchanged(before: Node, info: EntryInfo): boolean {
    return before.inode === info.inode && before.size === info.size && nsFromTimestamp(before.mtime) === info.mtimeNs;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const lookAt = (path: Buffer) => lstat(path, { bigint: true });

/** The way back to a folder, for what the checks put into one. */
export const restoreTo = async (
  snapshot: SnapshotReader,
  _from: string,
  to: string,
  folder = '' as BytePath,
): Promise<void> => {
  const signal = new AbortController().signal;
  for await (const node of snapshot.list(folder)) {
    const path = joinBytes(folder, node.name);
    const local = `${to}/${path}`;
    if (node.type === 'dir') {
      await mkdir(local);
      await restoreTo(snapshot, _from, to, path);
    } else if (node.type === 'symlink') await symlink(node.linkTarget ?? '', local);
    else await writeFile(local, await collect(snapshot.read(node, { signal })));
    if (node.type === 'symlink') continue;
    await chmod(local, (node.mode ?? 0) & 0o777);
    const seconds = Number(nsFromTimestamp(node.mtime) / 1_000_000_000n);
    await utimes(local, seconds, seconds);
  }
};
