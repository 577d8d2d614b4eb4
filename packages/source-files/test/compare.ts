import { bytesFromText, type BytePath, readXattrs, textFromBytes } from '@triplicate/core';
import { hash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Everything that can be told of a tree on disk, a line an entry, hard links by the first of their names. */
export const describeTree = (root: string): string[] => {
  const first = new Map<bigint, string>();
  const lines: string[] = [];
  const visit = (path: BytePath, shown: string): void => {
    const at = Buffer.from(path, 'latin1');
    const stat = lstatSync(at, { bigint: true });
    const parts = [shown, stat.mode.toString(8), `${stat.uid}:${stat.gid}`, stat.mtimeNs.toString()];
    parts.push(
      ...[...(readXattrs(path) ?? [])]
        .map(([name, value]) => `${textFromBytes(name)}=${Buffer.from(value).toString('hex')}`)
        .sort(),
    );
    if (stat.isFile()) {
      parts.push(String(stat.size), stat.size < 64n * 1024n * 1024n ? hash('sha256', readFileSync(at)) : 'large');
      if (stat.nlink > 1n) parts.push(`is ${first.get(stat.ino) ?? shown}`);
      first.set(stat.ino, first.get(stat.ino) ?? shown);
    }
    if (stat.isSymbolicLink()) parts.push(`-> ${readlinkSync(at, { encoding: 'latin1' })}`);
    if (stat.isCharacterDevice() || stat.isBlockDevice()) parts.push(String(stat.rdev));
    lines.push(parts.join(' '));
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(at, { encoding: 'latin1' }).sort())
      visit(`${path}/${name}` as BytePath, `${shown}/${textFromBytes(name as BytePath)}`);
  };
  visit(bytesFromText(root), '');
  return lines;
};
