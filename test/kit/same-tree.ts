import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** How two folders differ, in bytes, names, kinds, modes, times to the nanosecond and link targets; empty when they are equal. */
export const differences = (a: string, b: string, path = ''): string[] => {
  const names = (root: string): string[] => readdirSync(raw(root, path), { encoding: 'latin1' }).toSorted();
  const [left, right] = [names(a), names(b)];
  const found = left.filter((name) => !right.includes(name)).map((name) => `only in the first: ${path}/${name}`);
  found.push(...right.filter((name) => !left.includes(name)).map((name) => `only in the second: ${path}/${name}`));
  for (const name of left.filter((candidate) => right.includes(candidate))) {
    found.push(...entryDifferences(a, b, path === '' ? name : `${path}/${name}`));
  }
  return found;
};

const raw = (root: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);

const entryDifferences = (a: string, b: string, path: string): string[] => {
  const [x, y] = [lstatSync(raw(a, path), { bigint: true }), lstatSync(raw(b, path), { bigint: true })];
  if (x.mode !== y.mode) return [`mode: ${path} ${x.mode.toString(8)} ${y.mode.toString(8)}`];
  const found = x.mtimeNs === y.mtimeNs ? [] : [`time: ${path} ${x.mtimeNs} ${y.mtimeNs}`];
  if (x.uid !== y.uid || x.gid !== y.gid) found.push(`owner: ${path}`);
  if (x.isSymbolicLink() && !readlinkSync(raw(a, path), 'buffer').equals(readlinkSync(raw(b, path), 'buffer')))
    found.push(`link: ${path}`);
  if (x.isFile() && !readFileSync(raw(a, path)).equals(readFileSync(raw(b, path)))) found.push(`content: ${path}`);
  if (x.isDirectory()) found.push(...differences(a, b, path));
  return found;
};
