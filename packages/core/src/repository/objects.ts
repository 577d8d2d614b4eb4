import { bodyOf } from '../body.ts';
import type { CallOptions, Destination } from '../destination/destination.ts';
import { corrupt } from './corrupt.ts';
import { idOfKey, objectKey, type ObjectKind, prefixOf } from './layout.ts';
import { objectId } from './unpacked.ts';

// The small objects of a repository (keys, locks, snapshots, indexes) on one destination. Packs have ways of their own.

export interface ObjectRef {
  readonly id: string;
  readonly size: number;
  readonly modified: Date;
}

/** All objects of a kind; files that bear no id are passed over. */
export async function* listObjects(
  destination: Destination,
  kind: ObjectKind,
  options: CallOptions,
): AsyncIterable<ObjectRef> {
  for await (const { key, size, modified } of destination.list(prefixOf(kind), options)) {
    const id = idOfKey(key);
    if (id !== undefined) yield { id, size, modified };
  }
}

/** The size of each object of a kind, by its id. */
export const objectSizes = async (
  destination: Destination,
  kind: ObjectKind,
  options: CallOptions,
): Promise<Map<string, number>> => {
  const sizes = new Map<string, number>();
  for await (const { id, size } of listObjects(destination, kind, options)) sizes.set(id, size);
  return sizes;
};

export interface ReadObjectOptions extends CallOptions {
  readonly maxSize: number;
}

/** The stored bytes. NOT_FOUND when it is gone, CORRUPT when its name is not its hash or it is larger than `maxSize`. */
export const readObject = async (
  destination: Destination,
  { kind, id }: { readonly kind: ObjectKind; readonly id: string },
  { maxSize, signal }: ReadObjectOptions,
): Promise<Buffer> => {
  const key = objectKey(kind, id);
  const context = { key, label: destination.label };
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of destination.get(key, { signal })) {
    size += part.byteLength;
    if (size > maxSize) throw corrupt(`"${key}" in ${destination.label} is larger than ${maxSize} bytes`, { context });
    parts.push(Buffer.from(part));
  }
  const bytes = Buffer.concat(parts);
  if (objectId(bytes) !== id) throw corrupt(`"${key}" in ${destination.label} is damaged`, { context });
  return bytes;
};

/** Stores `bytes` under their hash, which is returned. */
export const writeObject = async (
  destination: Destination,
  { kind, bytes }: { readonly kind: ObjectKind; readonly bytes: Uint8Array },
  options: CallOptions,
): Promise<string> => {
  const id = objectId(bytes);
  await destination.put(objectKey(kind, id), bodyOf(bytes), options);
  return id;
};
