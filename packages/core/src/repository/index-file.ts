import { isId } from '../bytes.ts';
import { corrupt } from './corrupt.ts';
import { sealedOverhead } from './crypto.ts';
import type { PackedBlob } from './pack.ts';

/** A pack with all of its blobs, in the order in which they stand there. */
export interface IndexPack {
  readonly id: string;
  readonly blobs: readonly PackedBlob[];
}

export interface IndexFile {
  readonly packs: readonly IndexPack[];
  /** Index files that this one replaces. restic wrote it before 0.15; such files are to be ignored. */
  readonly supersedes?: readonly string[];
}

const maxUint32 = 2 ** 32 - 1;

const [begins, ends] = ['{"packs":[', ']}\n'];
/** No pack and no blob is written longer: 64 digits, the words, and numbers of ten digits. */
const mostPackBytes = 96;
const mostBlobBytes = 176;

/**
 * The JSON of an index file, byte for byte as restic writes it. Ids are taken as they are. A text of all of it, and its parts, would be three times as
 * much memory, at the end of a backup when most is in use.
 */
export const encodeIndex = (packs: readonly IndexPack[]): Buffer => {
  const most = packs.reduce((sum, { blobs }) => sum + mostPackBytes + blobs.length * mostBlobBytes, 32);
  const bytes = Buffer.allocUnsafeSlow(most);
  let at = bytes.write(begins, 'latin1');
  for (const [i, pack] of packs.entries())
    at += bytes.write(i === 0 ? packJson(pack) : `,${packJson(pack)}`, at, 'latin1');
  // What does not fit is cut off without a word.
  if (bytes.write(ends, at, 'latin1') < ends.length) throw new TypeError('an id in an index is longer than any');
  return bytes.subarray(0, at + ends.length);
};

const packJson = (pack: IndexPack): string => `{"id":"${pack.id}","blobs":[${pack.blobs.map(blobJson).join(',')}]}`;

const blobJson = ({ id, type, offset, length, uncompressedLength }: PackedBlob): string => {
  const start = `{"id":"${id}","type":"${type}","offset":${offset},"length":${length}`;
  return uncompressedLength === undefined ? `${start}}` : `${start},"uncompressed_length":${uncompressedLength}}`;
};

/** CORRUPT unless every id, offset and length can be true and every pack is listed whole. */
export const decodeIndex = (json: Uint8Array): IndexFile => {
  const file = parse(json);
  const packs = listOf(file.packs, 'packs').map(packOf);
  if (file.supersedes === undefined || file.supersedes === null) return { packs };
  return { packs, supersedes: listOf(file.supersedes, 'supersedes').map((id) => idOf(id, 'index')) };
};

interface RawBlob {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly offset?: unknown;
  readonly length?: unknown;
  readonly uncompressed_length?: unknown;
}

const parse = (json: Uint8Array): { readonly packs?: unknown; readonly supersedes?: unknown } => {
  let value: unknown;
  try {
    // Everything in an index that matters is ASCII, and a one-byte string is parsed fastest.
    value = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('latin1'));
  } catch (cause) {
    throw corrupt('the index is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw corrupt('the index is not a JSON object');
  return value;
};

const listOf = (value: unknown, what: string): unknown[] => {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw corrupt(`"${what}" of the index is not a list`);
  return value;
};

const idOf = (value: unknown, what: string): string => {
  if (typeof value !== 'string' || !isId(value)) throw corrupt(`the index names a ${what} that has no valid id`);
  return value;
};

const packOf = (raw: unknown): IndexPack => {
  const object = (raw ?? {}) as { readonly id?: unknown; readonly blobs?: unknown };
  const id = idOf(object.id, 'pack');
  const blobs = listOf(object.blobs, 'blobs').map((blob) => blobOf((blob ?? {}) as RawBlob, id));
  if (!isContiguous(blobs)) {
    blobs.sort((a, b) => a.offset - b.offset);
    if (!isContiguous(blobs)) throw corrupt(`the index does not list pack ${id} whole`, { context: { pack: id } });
  }
  return { id, blobs };
};

const blobOf = (raw: RawBlob, pack: string): PackedBlob => {
  const id = idOf(raw.id, 'blob');
  const { type, offset, length, uncompressed_length: plain } = raw;
  if (type !== 'data' && type !== 'tree') throw corrupt(`blob ${id} in the index has an unknown type`);
  if (!isUint32(offset) || !isUint32(length) || length < sealedOverhead || offset + length > maxUint32) {
    throw corrupt(`blob ${id} in the index cannot stand where it is said to`, { context: { pack } });
  }
  if (plain === undefined || plain === null || plain === 0) return { id, type, offset, length };
  if (!isUint32(plain)) throw corrupt(`blob ${id} in the index has an impossible length`, { context: { pack } });
  return { id, type, offset, length, uncompressedLength: plain };
};

const isUint32 = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= maxUint32 && Number.isInteger(value);

const isContiguous = (blobs: readonly PackedBlob[]): boolean => {
  let offset = 0;
  for (const blob of blobs) {
    if (blob.offset !== offset) return false;
    offset += blob.length;
  }
  return true;
};
