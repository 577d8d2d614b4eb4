import { textFromBytes, type ByteName, type BytePath } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { Directory, Entry } from './directory.ts';
import type { TreeReader } from './tree-reader.ts';

export const openDirectory = (attributes: Node, base: string | undefined, before: string | undefined): Directory => ({
  kind: 'directory',
  attributes,
  base,
  before,
  entries: new Map(),
});

export const nodeOf = async (entry: Entry | undefined): Promise<Node | undefined> => {
  if (!entry || entry.kind === 'removed') return undefined;
  return entry.kind === 'directory' ? entry.attributes : entry.node;
};

export const renamed = (entry: Entry, name: ByteName): Entry => {
  if (entry.kind === 'node') return { ...entry, node: { ...entry.node, name } };
  if (entry.kind === 'directory') return { ...entry, attributes: { ...entry.attributes, name } };
  if (entry.kind === 'removed') return entry;
  const pending = entry.node.then((node) => node && { ...node, name });
  // Told to whoever asks for it.
  pending.catch(() => undefined);
  return { kind: 'pending', node: pending };
};

export const refuseHostile = (path: BytePath, part: ByteName): void => {
  if (part === '' || part === '.' || part === '..' || part.includes('\0')) {
    throw new BackupError('CORRUPT', `the source named the impossible path "${textFromBytes(path)}"`);
  }
};

/** What stands in a folder now, in byte order of the names: its entries over the tree that shows through. */
export const nodesIn = async (
  { base, entries = new Map() }: Pick<Directory, 'base'> & Partial<Pick<Directory, 'entries'>>,
  trees: TreeReader,
): Promise<readonly Node[]> => {
  const nodes = new Map<ByteName, Node>();
  for (const node of base === undefined ? [] : await trees.read(base)) nodes.set(node.name, node);
  for (const [name, child] of entries) {
    const node = await nodeOf(child);
    if (node) nodes.set(name, node);
    else nodes.delete(name);
  }
  return [...nodes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, node]) => node);
};
