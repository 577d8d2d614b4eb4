import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { bytesFromBuffer } from '../../../src/bytes.ts';
import { goModeFromStat, typeOfStat } from '../../../src/repository/mode.ts';
import type { Node } from '../../../src/repository/node.ts';
import { timestampFromNs } from '../../../src/repository/timestamp.ts';
import type { RepositoryWriter } from './repository-writer.ts';

/** The id of the tree of a folder, whole: small files, one blob each. */
export const walk = (writer: RepositoryWriter, directory: Buffer): string =>
  writer.tree(readdirSync(directory, { encoding: 'buffer' }).map((name) => nodeOf(writer, directory, name)));

const nodeOf = (writer: RepositoryWriter, directory: Buffer, name: Buffer): Node => {
  const path = Buffer.concat([directory, Buffer.from('/'), name]);
  const stat = lstatSync(path, { bigint: true });
  const mode = Number(stat.mode);
  const type = typeOfStat(mode);
  if (type === undefined) throw new Error('a kind of file that the test does not make');
  const basic = {
    name: bytesFromBuffer(name),
    type,
    mode: goModeFromStat(mode) ?? 0,
    mtime: timestampFromNs(stat.mtimeNs, 'local'),
    atime: timestampFromNs(stat.mtimeNs, 'local'),
    ctime: timestampFromNs(stat.ctimeNs, 'local'),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    inode: stat.ino,
    deviceId: stat.dev,
  };
  if (type === 'dir') return { ...basic, subtree: walk(writer, path) };
  if (type === 'symlink')
    return { ...basic, links: 1n, linkTarget: bytesFromBuffer(readlinkSync(path, { encoding: 'buffer' })) };
  if (type !== 'file') return basic;
  const content = stat.size === 0n ? [] : [writer.blob('data', readFileSync(path))];
  return { ...basic, links: stat.nlink, size: Number(stat.size), content };
};

/** Everything about a folder that a restore has to bring back, one line an entry. */
export const describeFolder = (directory: Buffer): string[] => {
  const lines: string[] = [];
  const visit = (path: Buffer, shown: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const content = stat.isFile()
      ? readFileSync(path).toString('base64')
      : stat.isSymbolicLink()
        ? readlinkSync(path, { encoding: 'buffer' }).toString('hex')
        : '';
    lines.push(`${shown} ${stat.mode.toString(8)} ${stat.mtimeNs} ${stat.nlink} ${content}`);
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(path, { encoding: 'buffer' })) {
      visit(Buffer.concat([path, Buffer.from('/'), name]), `${shown}/${name.toString('hex')}`);
    }
  };
  visit(directory, '');
  return lines.toSorted();
};
