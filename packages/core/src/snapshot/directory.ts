import type { ByteName } from '../bytes.ts';
import type { Node } from '../repository/node.ts';
import type { KeptFolder } from './folder-looks.ts';

/** What stands at a name of a tree under construction. */
export type Entry =
  /** `looked`: every replica is known to have, or to get, its content. */
  | { readonly kind: 'node'; readonly node: Node; readonly kept: boolean; readonly looked?: boolean }
  /** Being read or sealed; `undefined` when it turned out to be unreadable. */
  | { readonly kind: 'pending'; readonly node: Promise<Node | undefined> }
  | { readonly kind: 'removed' }
  | Directory;

/** A folder that is still open: what this run put into it, on top of a tree of the previous snapshot or of nothing. */
export interface Directory {
  readonly kind: 'directory';
  /** Attributes; its `subtree` means nothing. */
  attributes: Node;
  /** Id of the tree that shows through where `entries` says nothing. */
  readonly base: string | undefined;
  /** Tree of the folder in the previous snapshot, for telling new from changed. */
  readonly before: string | undefined;
  readonly entries: Map<ByteName, Entry>;
  /** What is the same in it stays, and its `entries` are all else, with the folders in it; its attributes may mean nothing. */
  kept?: KeptFolder;
}

export interface BuilderCounts {
  filesNew: number;
  filesChanged: number;
  filesUnmodified: number;
  /** Of the changed ones, those that lost what they held: see `Emptied`. */
  filesEmptied: number;
  dirsNew: number;
  dirsChanged: number;
  dirsUnmodified: number;
  dataBlobs: number;
  treeBlobs: number;
  /** Plain bytes of what was new. */
  dataAdded: number;
  /** As it is stored. */
  dataAddedPacked: number;
  totalFiles: number;
  totalBytes: number;
  unreadable: number;
}

export const newCounts = (): BuilderCounts => ({
  filesNew: 0,
  filesChanged: 0,
  filesUnmodified: 0,
  filesEmptied: 0,
  dirsNew: 0,
  dirsChanged: 0,
  dirsUnmodified: 0,
  dataBlobs: 0,
  treeBlobs: 0,
  dataAdded: 0,
  dataAddedPacked: 0,
  totalFiles: 0,
  totalBytes: 0,
  unreadable: 0,
});

/** Where an entry stands. */
export interface Place {
  readonly parent: Directory;
  readonly name: ByteName;
}
