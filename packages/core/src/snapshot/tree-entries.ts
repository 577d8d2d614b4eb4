import { textFromBytes, type ByteName, type BytePath } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { Directory, Entry } from './directory.ts';

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
