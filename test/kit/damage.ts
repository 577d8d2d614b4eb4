/** Ways in which the files of a repository come to harm. */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export type Harm = 'flip' | 'truncate' | 'zero' | 'missing';
export const harms: readonly Harm[] = ['flip', 'truncate', 'zero', 'missing'];

export type Kind = 'data' | 'index' | 'snapshots';

/** The objects of a kind, in the order of their names, as paths. */
export const objectsOf = (repository: string, kind: Kind): string[] =>
  (existsSync(join(repository, kind)) ? readdirSync(join(repository, kind), { recursive: true, encoding: 'utf8' }) : [])
    .filter((name) => /(^|\/)[0-9a-f]{64}$/.test(name))
    .toSorted()
    .map((name) => join(repository, kind, name));

/** `at`, from 0 to below 1, says where. */
export const harm = (path: string, how: Harm, at: number): void => {
  if (how === 'missing') return unlinkSync(path);
  // Objects are stored as files that nobody may write to.
  chmodSync(path, 0o600);
  const { size } = statSync(path);
  const from = Math.floor(size * at);
  if (how === 'truncate') return truncateSync(path, from);
  const bytes = readFileSync(path);
  if (how === 'flip') bytes[from] = (bytes[from] ?? 0) ^ 0x10;
  else bytes.fill(0, from, Math.min(size, from + 4096));
  writeFileSync(path, bytes);
};

/** Of all objects of a kind, in bytes. */
export const bytesOf = (repository: string, kind: Kind): number =>
  objectsOf(repository, kind).reduce((sum, path) => sum + statSync(path).size, 0);
