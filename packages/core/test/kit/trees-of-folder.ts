import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesFromText } from '../../src/bytes.ts';
import { encodeTree } from '../../src/repository/tree.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { nodeNow } from './node-now.ts';

/** What a snapshot has of a folder of empty files and folders: the id of its tree, and the JSON of that and of all trees in it. */
export const treesOfFolder = (
  folder: string,
  trees: Map<string, Buffer> = new Map(),
): { root: string; trees: Map<string, Buffer> } => {
  const nodes = readdirSync(folder)
    .toSorted()
    .map((name) => {
      const inner = join(folder, name);
      const ids = statSync(inner).isDirectory() ? [treesOfFolder(inner, trees).root] : [];
      return nodeNow(bytesFromText(folder), { name: bytesFromText(name), ids });
    });
  const json = encodeTree(nodes);
  const root = objectId(json);
  trees.set(root, json);
  return { root, trees };
};
