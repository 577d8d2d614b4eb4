import { BackupError } from '@triplicate/core';
import type { BackupTree } from './backup-tree.ts';

const refuse = (): Promise<never> =>
  Promise.reject(new BackupError('READ_ONLY', 'nothing is written during this request'));

/** An empty folder that stays empty: for requests that need no files. */
export const noTree: BackupTree = {
  node: () => Promise.resolve(undefined),
  // oxlint-disable-next-line require-yield -- there is nothing
  async *list() {},
  // oxlint-disable-next-line require-yield -- there is nothing
  async *read() {
    await refuse();
  },
  put: refuse,
  makeDirectory: refuse,
  move: refuse,
  remove: () => Promise.resolve(),
  copy: refuse,
  unreadable: () => {},
};
