/** What the works at scale are called: one text for the table, the curve and the log. */
const count = (n: number): string => n.toLocaleString('en-US');
const gib = 2 ** 30;

export type Grown = 'files' | 'bytes';

const amountOf = (kind: Grown, amount: number): string => {
  if (kind === 'files') return `${count(amount)} tiny files`;
  return amount < gib ? `${count(amount / 2 ** 20)} MiB` : `${count(amount / gib)} GiB`;
};

export const scaleNames = {
  first: (kind: Grown, amount: number): string => `first backup of ${amountOf(kind, amount)}`,
  unchanged: (kind: Grown, amount: number): string => `${amountOf(kind, amount)} that did not change`,
  folderFirst: (entries: number): string => `first backup of one folder of ${count(entries)}`,
  folderUnchanged: (entries: number): string => `one folder of ${count(entries)} that did not change`,
  folderLs: (entries: number): string => `ls of one folder of ${count(entries)}`,
  folderRestore: (entries: number): string => `restore of one folder of ${count(entries)}`,
  snapshots: (size: string): string => `snapshots, ${size}`,
  ls: (size: string): string => `ls of one folder, ${size}`,
  restoreOne: (size: string): string => `restore of one file, ${size}`,
  check: (size: string): string => `check of the structure, ${size}`,
} as const;

/** How a repository of that size is called in the names of works. */
export const storedName = (bytes: number): string =>
  bytes < 1e12 ? `${(bytes / 1e9).toFixed(0)} GB stored` : `${(bytes / 1e12).toFixed(1)} TB stored`;
