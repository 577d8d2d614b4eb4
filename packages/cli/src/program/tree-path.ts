import { bytesFromText, textFromBytes, type BytePath } from '@triplicate/core';

/** Where a path that a person types stands in a snapshot: `/home/ann`, `home/ann/` and `C:\Users` all name a place from the root. */
export const treePathOf = (typed: string): BytePath => {
  const isWindows = /^[A-Za-z]:[\\/]/.test(typed);
  const parts = isWindows ? typed.replace(':', '').split(/[\\/]+/) : typed.split(/\/+/);
  return bytesFromText(parts.filter((part) => part !== '' && part !== '.').join('/'));
};

/** As it is shown: from the root, with what a terminal must not see escaped. */
export const shownPath = (path: BytePath): string => `/${textFromBytes(path)}`;
