import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { type ByteName, bufferFromBytes, type BytePath, joinBytes } from '../../../src/bytes.ts';

export type Kind = 'file' | 'empty' | 'dir' | 'symlink' | 'hard link' | 'fifo';
/** What becomes of an entry once a tree has it; `new` is none that a tree has. */
export type Fate =
  'stays' | 'new' | 'gone' | 'touched' | 'chmodded' | 'grown' | 'replaced' | 'became a folder' | 'given';

export interface DrawnEntry {
  readonly name: ByteName;
  readonly kind: Kind;
  readonly fate: Fate;
  readonly mode: number;
  /** Of its content. */
  readonly ids: readonly string[];
  /** Seconds since 1970. */
  readonly mtime: number;
}

const isRoot = process.getuid?.() === 0;

export const makeEntry = (folder: BytePath, { name, kind, mode, ids, mtime }: DrawnEntry, outside: string): void => {
  const path = bufferFromBytes(joinBytes(folder, name));
  if (kind === 'dir') mkdirSync(path);
  else if (kind === 'symlink') symlinkSync('somewhere/else', path);
  else if (kind === 'fifo') execFileSync('mkfifo', ['-m', '600', outside]);
  else writeFileSync(kind === 'hard link' ? outside : path, kind === 'empty' ? '' : 'x'.repeat(ids.length + 1));
  if (kind === 'hard link') linkSync(outside, path);
  // What a command is given has to be text.
  if (kind === 'fifo') renameSync(outside, path);
  if (kind !== 'symlink') chmodSync(path, mode);
  lutimesSync(path, mtime, mtime);
};

/** Does to an entry what a tree does not know of. */
export const change = (folder: BytePath, { name, kind, fate, mode, mtime }: DrawnEntry): void => {
  const path = bufferFromBytes(joinBytes(folder, name));
  if (fate === 'gone' || fate === 'replaced' || fate === 'became a folder') rmSync(path, { recursive: true });
  if (fate === 'replaced') writeFileSync(path, 'another');
  if (fate === 'became a folder') mkdirSync(path);
  if (fate === 'touched') lutimesSync(path, mtime + 1, mtime + 1);
  if (fate === 'chmodded' && kind !== 'symlink') chmodSync(path, mode ^ 0o1);
  if (fate === 'given' && isRoot && kind !== 'symlink') chownSync(path, 1, 2);
  if (fate === 'grown' && kind !== 'dir' && kind !== 'symlink' && kind !== 'fifo') appendFileSync(path, 'more');
};
