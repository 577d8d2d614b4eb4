/** Files drawn by chance out of a snapshot: every one has the same chance, whatever folder it is in. */
import type { BytePath } from '../bytes.ts';
import type { Node } from '../repository/node.ts';
import type { TreeReader } from '../snapshot/tree-reader.ts';
import { walkTree } from '../snapshot/walk-tree.ts';

export interface SampledFile {
  readonly path: BytePath;
  readonly node: Node;
}

/** `count` files at most, none larger than `mostBytes`. `random` gives numbers from 0 to below 1. */
export const sampleFiles = async (
  { trees, tree }: { readonly trees: TreeReader; readonly tree: string },
  { count, mostBytes, random }: { readonly count: number; readonly mostBytes: number; readonly random: () => number },
): Promise<SampledFile[]> => {
  const sample: SampledFile[] = [];
  let seen = 0;
  for await (const { path, node } of walkTree(trees, tree)) {
    if (node.type !== 'file' || (node.size ?? 0) > mostBytes) continue;
    seen += 1;
    const place = sample.length < count ? sample.length : Math.floor(random() * seen);
    if (place < count) sample[place] = { path, node };
  }
  return sample;
};
