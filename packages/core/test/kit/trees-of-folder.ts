import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bytesFromText } from '../../src/bytes.ts';
import { OwnerNames } from '../../src/posix/owners.ts';
import { encodeTree } from '../../src/repository/tree.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { buildNode } from '../../src/snapshot/build-node.ts';

/** What a snapshot has of a folder of empty files and folders: the id of its tree, and the JSON of that and of all trees in it. */
export const treesOfFolder = (
  folder: string,
  trees: Map<string, Buffer> = new Map(),
): { root: string; trees: Map<string, Buffer> } => {
  const nodes = readdirSync(folder)
    .toSorted()
    .map((name) => {
      const stat = lstatSync(join(folder, name), { bigint: true });
      const info = {
        mode: Number(stat.mode & 0o7777n),
        mtimeNs: stat.mtimeNs,
        ctimeNs: stat.ctimeNs,
        owner: new OwnerNames().of(Number(stat.uid), Number(stat.gid)),
        inode: stat.ino,
        device: stat.dev,
        links: stat.nlink,
      };
      const style = { zone: 'local', deviceIds: 'hardlinks' } as const;
      const named = bytesFromText(name);
      if (!stat.isDirectory()) return buildNode(named, 'file', { ...info, size: 0 }, { ...style, content: [] });
      return { ...buildNode(named, 'dir', info, style), subtree: treesOfFolder(join(folder, name), trees).root };
    });
  const json = encodeTree(nodes);
  const root = objectId(json);
  trees.set(root, json);
  return { root, trees };
};
