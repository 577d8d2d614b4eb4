import { joinBytes, type BytePath } from '../bytes.ts';
import type { Node } from '../repository/node.ts';
import type { TreeReader } from './tree-reader.ts';

/** Everything below a tree, folders before what is in them, in byte order. `enter` says which folders to go into; all by default. */
export async function* walkTree(
  trees: TreeReader,
  tree: string,
  options: { readonly path?: BytePath; readonly enter?: (path: BytePath, node: Node) => boolean } = {},
): AsyncIterable<{ readonly path: BytePath; readonly node: Node }> {
  for (const node of await trees.read(tree)) {
    const path = joinBytes(options.path ?? ('' as BytePath), node.name);
    yield { path, node };
    if (node.subtree === undefined || options.enter?.(path, node) === false) continue;
    yield* walkTree(trees, node.subtree, { ...options, path });
  }
}
