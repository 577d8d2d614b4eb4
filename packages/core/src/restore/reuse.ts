import { hash } from 'node:crypto';
import { closeSync, fstatSync, read } from 'node:fs';
import { geteuid } from 'node:process';
import { promisify } from 'node:util';
import type { ByteName } from '../bytes.ts';
import type { CallOptions } from '../destination/destination.ts';
import { throwIfAborted } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import type { Node } from '../repository/node.ts';
import { writeAt } from './sparse.ts';

const readLater = promisify(read);

/** Below this a file is fetched again: looking what of it stands there already is not worth it. */
export const worthwhile = 1024 * 1024;
const largestBlob = 256 * 1024 * 1024;

export interface BlobPlace {
  readonly index: number;
  readonly id: string;
  readonly offset: number;
  readonly size: number;
}

/** Where each blob of a file stands in it; `undefined` when the sizes are not known, or nothing of it is worth keeping. */
export const blobPlaces = (node: Node, sizes: readonly number[] | undefined): readonly BlobPlace[] | undefined => {
  const content = node.content ?? [];
  if (sizes === undefined || sizes.length !== content.length) return undefined;
  let offset = 0;
  const places = content.map((id, index) => {
    const place = { index, id, offset, size: sizes[index] ?? 0 };
    offset += place.size;
    return place;
  });
  return offset >= worthwhile && places.every(({ size }) => size <= largestBlob) ? places : undefined;
};

/** What of these blobs stands at its place in an open file, by their hashes; `into` gets a copy of each. */
export const blobsThere = async (
  fd: number,
  places: readonly BlobPlace[],
  options: CallOptions & { readonly into?: number },
): Promise<ReadonlySet<number>> => {
  const there = new Set<number>();
  const { size } = fstatSync(fd);
  for (const place of places) {
    throwIfAborted(options.signal);
    if (place.offset + place.size > size) break;
    const bytes = await readBlob(fd, place);
    if (bytes === undefined) continue;
    if (options.into !== undefined) await writeAt(options.into, bytes, { offset: place.offset, sparse: false });
    there.add(place.index);
  }
  return there;
};

/** The bytes at the place of a blob when they are that blob, else `undefined`. */
export const readBlob = async (fd: number, { id, offset, size }: BlobPlace): Promise<Buffer | undefined> => {
  const bytes = Buffer.allocUnsafe(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await readLater(fd, bytes, done, size - done, offset + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return hash('sha256', bytes) === id ? bytes : undefined;
};

/** Opens what a killed restore left, if it is ours alone: nobody else may have led a name of a file of his here. */
export const openLeftover = (folder: Folder, name: ByteName): number | undefined => {
  let fd: number;
  try {
    fd = folder.openFile(name, 'change');
  } catch {
    return undefined;
  }
  const { nlink, uid, mode } = fstatSync(fd);
  if (nlink === 1 && (geteuid === undefined || uid === geteuid()) && (mode & 0o077) === 0) return fd;
  closeSync(fd);
  return undefined;
};
