import { type ByteName, type BytePath } from '@triplicate/core';

/** The configured paths as one tree: a folder is `whole` where a path ends, else it is only passed through. */
export interface RootTree {
  readonly whole: boolean;
  readonly children: ReadonlyMap<ByteName, RootTree>;
}

interface Growing {
  whole: boolean;
  readonly children: Map<ByteName, Growing>;
}

const empty = (): Growing => ({ whole: false, children: new Map() });

/** Joins paths (as they stand in the snapshot); one that lies inside another, or is there twice, adds nothing to walk twice. */
export const rootTree = (paths: readonly BytePath[]): RootTree => {
  const root = empty();
  for (const path of paths) {
    let at = root;
    for (const name of path === '' ? [] : (path.split('/') as ByteName[])) {
      const child = at.children.get(name) ?? empty();
      at.children.set(name, child);
      at = child;
    }
    at.whole = true;
  }
  return root;
};
