import { BackupError, toBackupError } from '../errors.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { decodeHeader, type PackedBlob } from '../repository/pack.ts';
import { objectId } from '../repository/unpacked.ts';
import type { BlobOpener } from './blob-opener.ts';

/** What an index says of a pack. */
export type IndexedBlobs = readonly PackedBlob[];

/**
 * Every way in which the bytes of a pack are not what they should be: another hash than its name, a header that cannot be read or says
 * other than the index, blobs that do not open or have other bytes than their names say. Empty when the pack is whole.
 */
export const verifyPack = (
  id: string,
  bytes: Uint8Array,
  parts: { readonly key: MasterKey; readonly opener: BlobOpener; readonly indexed?: IndexedBlobs },
): string[] => {
  const problems: string[] = [];
  if (objectId(bytes) !== id) problems.push('its bytes do not match its name');
  let blobs: readonly PackedBlob[];
  try {
    blobs = decodeHeader(parts.key, bytes.byteLength, bytes);
  } catch (error) {
    return [...problems, toBackupError(error, 'CORRUPT').message];
  }
  if (parts.indexed && !sameBlobs(parts.indexed, blobs)) problems.push('the index says otherwise than its header');
  for (const blob of blobs) {
    try {
      verifyBlob(bytes, blob, parts.opener);
    } catch (error) {
      problems.push(`blob ${blob.id.slice(0, 12)}: ${toBackupError(error, 'CORRUPT').message}`);
    }
  }
  return problems;
};

const verifyBlob = (pack: Uint8Array, blob: PackedBlob, opener: BlobOpener): void => {
  const compressed = blob.uncompressedLength !== undefined;
  const sealed = pack.subarray(blob.offset, blob.offset + blob.length);
  const content = opener.open(sealed, { id: blob.id, compressed });
  if (compressed && content.byteLength !== blob.uncompressedLength)
    throw new BackupError('CORRUPT', 'it has another length than is recorded');
};

/** Order in the index does not matter to restic; offsets do. */
const sameBlobs = (indexed: IndexedBlobs, header: IndexedBlobs): boolean => {
  const sorted = indexed.toSorted((a, b) => a.offset - b.offset);
  return (
    sorted.length === header.length &&
    header.every((blob, i) => {
      const other = sorted[i];
      return (
        other !== undefined &&
        other.id === blob.id &&
        other.type === blob.type &&
        other.offset === blob.offset &&
        other.length === blob.length &&
        other.uncompressedLength === blob.uncompressedLength
      );
    })
  );
};
