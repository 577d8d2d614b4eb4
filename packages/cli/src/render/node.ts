import { textFromBytes, type BytePath, type Node } from '@triplicate/core';
import type { Line } from '../json/types.ts';
import { formatBytes, formatTimestamp } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { padEnd, padStart } from '../output/width.ts';
import { pathFields, shownPath } from '../program/tree-path.ts';

const letters: Readonly<Record<Node['type'], string>> = {
  file: '-',
  dir: 'd',
  symlink: 'l',
  dev: 'b',
  chardev: 'c',
  fifo: 'p',
  socket: 's',
};

/** `drwxr-xr-x`, as everybody knows it. Go keeps the special bits above the permissions. */
const formatMode = ({ type, mode = 0 }: Node): string => {
  const bits = ['x', 'w', 'r'];
  const permissions = Array.from({ length: 9 }, (_, i) => ((mode >> (8 - i)) & 1 ? bits[(8 - i) % 3] : '-'));
  return (letters[type] ?? '?') + permissions.join('');
};

const ownerOf = ({ user, group, uid, gid }: Node): string => `${user || uid}:${group || gid}`;

/** What follows a path: a slash for a folder, the place that a link leads to. */
const pathText = (path: BytePath, node: Node, style: Style): string => {
  const shown = shownPath(path);
  if (node.type === 'dir') return style.strong(`${shown}/`);
  if (node.type === 'symlink')
    return `${shown} ${style.faint(`-> ${textFromBytes(node.linkTarget ?? ('' as BytePath))}`)}`;
  return shown;
};

export const formatEntry = (
  path: BytePath,
  node: Node,
  { long, style }: { readonly long: boolean; readonly style: Style },
): string => {
  if (!long) return pathText(path, node, style);
  const size = node.type === 'file' ? formatBytes(node.size ?? 0) : '';
  const parts = [formatMode(node), padEnd(ownerOf(node), 12), padStart(size, 8), formatTimestamp(node.mtime)];
  return [...parts, pathText(path, node, style)].join('  ');
};

export const nodeLine = (snapshot: string, path: BytePath, node: Node): Line<'node'> => ({
  type: 'node',
  snapshot,
  ...pathFields(path),
  kind: node.type,
  mtime: node.mtime,
  uid: node.uid,
  gid: node.gid,
  ...(node.mode === undefined ? {} : { mode: node.mode & 0o7777 }),
  ...(node.type === 'file' ? { size: node.size ?? 0 } : {}),
  ...(node.user ? { user: node.user } : {}),
  ...(node.group ? { group: node.group } : {}),
  ...(node.linkTarget === undefined ? {} : { target: textFromBytes(node.linkTarget) }),
});
