import { walkTree, type BytePath, type ListedSnapshot, type Node, type Session } from '@triplicate/core';
import type { Matcher } from './glob.ts';

export interface FoundEntry {
  readonly path: BytePath;
  readonly node: Node;
}

/** Every entry of a snapshot that matches, in the order of the tree. */
export async function* findEntries(
  session: Session,
  { file }: ListedSnapshot,
  { matches, signal }: { readonly matches: Matcher; readonly signal: AbortSignal },
): AsyncIterable<FoundEntry> {
  for await (const entry of walkTree(session.trees, file.tree)) {
    signal.throwIfAborted();
    if (matches(entry.path, entry.node.name)) yield entry;
  }
}
