import { compareRecords, recordTree } from './tree-record.ts';

/** How what two folders hold differs, in everything that a backup keeps; empty when it is equal. The folders' own times do not count. */
export const differences = (a: string, b: string): string[] => {
  const [first, second] = [a, b].map((root) => new Map([...recordTree(root)].filter(([path]) => path !== '')));
  return first && second ? compareRecords(first, second) : [];
};
