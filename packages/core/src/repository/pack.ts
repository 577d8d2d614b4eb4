import { corrupt } from './corrupt.ts';
import { type MasterKey, seal, sealedOverhead, unseal } from './crypto.ts';

// A pack is `sealed blob … sealed blob, sealed header, u32le length of the sealed header`, see docs/format.md.

export type BlobType = 'data' | 'tree';

/** Where a blob stands in its pack. */
export interface PackedBlob {
  /** SHA-256 of the plaintext, lower-case hex. */
  readonly id: string;
  readonly type: BlobType;
  readonly offset: number;
  /** Of the sealed blob, `sealedOverhead` included. */
  readonly length: number;
  /** Of the plaintext; only when the blob is compressed. */
  readonly uncompressedLength?: number;
}

const plainEntry = 37;
const compressedEntry = 41;
const lengthField = 4;
/** What restic reads at most (`internal/repository/pack`). */
const maxSealedHeader = 16 * 1024 * 1024;
const maxUint32 = 2 ** 32 - 1;

/** How many bytes at the end of a pack hold the header of most packs, so that one read is enough. */
export const usualTail = 64 * 1024;

/** How many bytes the header of these blobs takes at the end of a pack. */
export const headerSizeOf = (blobs: readonly PackedBlob[]): number =>
  blobs.reduce((sum, blob) => sum + entrySizeOf(blob), sealedOverhead + lengthField);

/** How large a pack of these blobs is; any other size means a damaged pack or index. */
export const packSizeOf = (blobs: readonly PackedBlob[]): number =>
  blobs.reduce((sum, blob) => sum + blob.length, headerSizeOf(blobs));

const entrySizeOf = (blob: PackedBlob): number =>
  blob.uncompressedLength === undefined ? plainEntry : compressedEntry;

/** The end of a pack: the sealed header and its length. The blobs stand in the pack in this order, without a gap. */
export const encodeHeader = (key: MasterKey, blobs: readonly PackedBlob[]): Buffer => {
  const plain = Buffer.allocUnsafe(headerSizeOf(blobs) - sealedOverhead - lengthField);
  let at = 0;
  let offset = 0;
  for (const blob of blobs) {
    if (blob.offset !== offset) throw corrupt(`blob ${blob.id} does not follow the one before it`);
    offset += blob.length;
    at = writeEntry(plain, at, blob);
  }
  const sealed = seal(key, plain);
  if (sealed.byteLength > maxSealedHeader || offset > maxUint32) throw corrupt('the pack holds too many blobs');
  const length = Buffer.allocUnsafe(lengthField);
  length.writeUInt32LE(sealed.byteLength);
  return Buffer.concat([sealed, length]);
};

const writeEntry = (header: Buffer, start: number, blob: PackedBlob): number => {
  const compressed = blob.uncompressedLength !== undefined;
  let at = header.writeUInt8((blob.type === 'tree' ? 1 : 0) + (compressed ? 2 : 0), start);
  at = header.writeUInt32LE(blob.length, at);
  if (compressed) at = header.writeUInt32LE(blob.uncompressedLength, at);
  return at + header.write(blob.id, at, 'hex');
};

/**
 * How many bytes the end of a pack has to have for `decodeHeader`, told by its last 4 bytes. CORRUPT when a pack of `packSize` bytes
 * cannot have such a header.
 */
export const tailLengthOf = (packSize: number, tail: Uint8Array): number => {
  if (tail.byteLength < lengthField || tail.byteLength > packSize) throw corrupt('the pack is too short');
  const sealed = bufferOf(tail).readUInt32LE(tail.byteLength - lengthField);
  if (sealed < sealedOverhead || sealed > maxSealedHeader || sealed + lengthField > packSize) {
    throw corrupt(`the pack says that its header has ${sealed} bytes`);
  }
  return sealed + lengthField;
};

/**
 * The blobs of a pack of `packSize` bytes, in the order in which they stand there. `tail` is the end of the pack, at least `tailLengthOf`
 * bytes of it; more do no harm. CORRUPT when header, lengths and `packSize` do not fit together.
 */
export const decodeHeader = (key: MasterKey, packSize: number, tail: Uint8Array): PackedBlob[] => {
  const needed = tailLengthOf(packSize, tail);
  if (tail.byteLength < needed) throw corrupt(`the last ${needed} bytes of the pack are needed`);
  const end = tail.byteLength - lengthField;
  const header = unseal(key, tail.subarray(tail.byteLength - needed, end));
  const blobs: PackedBlob[] = [];
  let offset = 0;
  for (let at = 0; at < header.byteLength;) {
    const blob = readEntry(header, at, offset);
    blobs.push(blob);
    at += entrySizeOf(blob);
    offset += blob.length;
  }
  if (offset + needed !== packSize) {
    throw corrupt(`the pack has ${packSize} bytes and its header speaks of ${offset + needed}`);
  }
  return blobs;
};

const readEntry = (header: Buffer, at: number, offset: number): PackedBlob => {
  const kind = header[at] ?? 0;
  if (kind > 3) throw corrupt(`the pack header has a blob of the unknown type ${kind}`);
  const compressed = kind >= 2;
  const idAt = at + (compressed ? 9 : 5);
  if (idAt + 32 > header.byteLength) throw corrupt('the pack header ends in the middle of a blob');
  const length = header.readUInt32LE(at + 1);
  const id = header.toString('hex', idAt, idAt + 32);
  if (length < sealedOverhead) throw corrupt(`blob ${id} is too short to be sealed`);
  const place = { id, type: kind % 2 === 1 ? 'tree' : 'data', offset, length } as const;
  if (!compressed) return place;
  const uncompressedLength = header.readUInt32LE(at + 5);
  if (uncompressedLength === 0) throw corrupt(`blob ${id} is compressed and empty`);
  return { ...place, uncompressedLength };
};

const bufferOf = (view: Uint8Array): Buffer => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
