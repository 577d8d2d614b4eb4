import { lstatSync, readlinkSync } from 'node:fs';
import { bufferFromBytes, type ByteName, type BytePath, joinBytes } from '../../src/bytes.ts';
import { OwnerNames } from '../../src/posix/owners.ts';
import { typeOfStat } from '../../src/repository/mode.ts';
import type { Node } from '../../src/repository/node.ts';
import { buildNode } from '../../src/snapshot/build-node.ts';

const owners = new OwnerNames();

/** What a snapshot has of an entry as it is now, but for extended attributes. `ids`: of a file's content, or of a folder's tree. */
export const nodeNow = (
  folder: BytePath,
  { name, ids }: { readonly name: ByteName; readonly ids: readonly string[] },
): Node => {
  const path = bufferFromBytes(joinBytes(folder, name));
  const stat = lstatSync(path, { bigint: true });
  const type = typeOfStat(Number(stat.mode)) ?? 'file';
  const info = {
    mode: Number(stat.mode & 0o7777n),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    owner: owners.of(Number(stat.uid), Number(stat.gid)),
    inode: stat.ino,
    device: stat.dev,
    links: stat.nlink,
    size: Number(stat.size),
  };
  const style = { zone: 'local', deviceIds: 'hardlinks' } as const;
  if (type === 'file') return buildNode(name, type, info, { ...style, content: ids });
  if (type === 'dir') return { ...buildNode(name, type, info, style), subtree: ids[0] ?? 'c'.repeat(64) };
  if (type !== 'symlink') return buildNode(name, type, info, style);
  return buildNode(name, type, info, { ...style, linkTarget: readlinkSync(path, 'latin1') as BytePath });
};
