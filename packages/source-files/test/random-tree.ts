import fc from 'fast-check';
import { type BytePath, bytesFromText, setPathTimes, writeXattr } from '@triplicate/core';
import { spawnSync } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A name of any bytes but a slash and a zero; the lengths at the ends are the likeliest. */
const name = fc
  .oneof(
    { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 6 }) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(' ', '\n', '"', "'", '\\', '-', '*', '~', 'é', '\u{1f600}', '...')
        .map((text) => Buffer.from(text)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 250, maxLength: 255 }) },
  )
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('/', '%').replaceAll('\0', '0'))
  .filter((text) => text !== '.' && text !== '..');

const mode = fc.integer({ min: 0, max: 0o7777 });
/** What ext4 holds: from 1902 to 2440. */
const mtimeNs = fc.bigInt({ min: -2_145_916_800_000_000_000n, max: 14_800_000_000_000_000_000n });

const content = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.constantFrom(0, 0, 65, 255)), { maxLength: 4 })
  .map((pieces) => Buffer.concat(pieces.map(([length, byte]) => Buffer.alloc(length, byte))));

export interface RandomEntry {
  readonly name: string;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly what:
    | { readonly kind: 'file'; readonly content: Buffer; readonly xattr: Uint8Array | null }
    | { readonly kind: 'link'; readonly target: string }
    | { readonly kind: 'twin' }
    | { readonly kind: 'fifo' }
    | { readonly kind: 'folder'; readonly inside: readonly RandomEntry[] };
}

export const randomTree = fc.letrec<{ entries: RandomEntry[]; entry: RandomEntry }>((tie) => ({
  entries: fc.array(tie('entry'), { maxLength: 6, depthIdentifier: 'tree' }),
  entry: fc.record({
    name,
    mode,
    mtimeNs,
    what: fc.oneof(
      { depthSize: 'small', depthIdentifier: 'tree' },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('file' as const),
          content,
          xattr: fc.option(fc.uint8Array({ maxLength: 20 })),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), target: name }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'twin' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'fifo' as const }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('folder' as const), inside: tie('entries') }) },
    ),
  }),
})).entries;

const bytes = (path: string): Buffer => Buffer.from(path, 'latin1');

/** Writes a random tree into a folder that is there; what has a name that is taken, or cannot be made, is left out. */
export const writeTree = (folder: string, entries: readonly RandomEntry[], files: string[] = []): void => {
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    const { kind } = entry.what;
    if (lstatSync(bytes(path), { throwIfNoEntry: false }) !== undefined || !make(path, entry, files)) continue;
    if (kind !== 'link' && kind !== 'twin') chmodSync(bytes(path), entry.mode);
    if (kind !== 'twin') setPathTimes(path as BytePath, { atimeNs: entry.mtimeNs, mtimeNs: entry.mtimeNs });
  }
};

const make = (path: string, { what }: RandomEntry, files: string[]): boolean => {
  const first = files.at(-1);
  if (what.kind === 'file') {
    writeFileSync(bytes(path), what.content);
    if (what.xattr !== null) writeXattr(path as BytePath, bytesFromText('user.x'), what.xattr);
    files.push(path);
  } else if (what.kind === 'link') symlinkSync(bytes(what.target), bytes(path));
  else if (what.kind === 'twin') {
    if (first === undefined) return false;
    linkSync(bytes(first), bytes(path));
  } else if (what.kind === 'fifo') return makeFifo(path);
  else {
    mkdirSync(bytes(path));
    writeTree(path, what.inside, files);
  }
  return true;
};

/** `spawn` takes text for arguments, so a fifo is made under a plain name of its own and then renamed. */
const makeFifo = (path: string): boolean => {
  const plain = join(tmpdir(), `triplicate-fifo-${process.pid}`);
  if (spawnSync('mkfifo', [plain]).status !== 0) return false;
  renameSync(plain, bytes(path));
  return true;
};
