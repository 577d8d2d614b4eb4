import { BackupError, toBackupError } from '../errors.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { decodeHeader, type PackedBlob } from '../repository/pack.ts';
import type { HashPair } from '../posix/hash-pair.ts';
import { type BlobOpener, provenBy } from './blob-opener.ts';

/** What an index says of a pack. */
export type IndexedBlobs = readonly PackedBlob[];

export interface VerifyParts {
  readonly key: MasterKey;
  readonly opener: BlobOpener;
  readonly hashes: HashPair;
  readonly indexed?: IndexedBlobs;
}

/**
 * Every way in which the bytes of a pack are not what they should be: another hash than its name, a header that cannot be read or says
 * other than the index, blobs that do not open or have other bytes than their names say. Empty when the pack is whole.
 */
export const verifyPack = (id: string, bytes: Uint8Array, parts: VerifyParts): string[] => {
  const { hashes, indexed } = parts;
  // The pack's goes along with those of its blobs.
  hashes.begin(0, bytes);
  const problems: string[] = [];
  let blobs: readonly PackedBlob[] = [];
  try {
    blobs = decodeHeader(parts.key, bytes.byteLength, bytes);
    if (indexed && !sameBlobs(indexed, blobs)) problems.push('the index says otherwise than its header');
  } catch (error) {
    problems.push(toBackupError(error, 'CORRUPT').message);
  }
  for (const blob of blobs) {
    try {
      verifyBlob(bytes, blob, parts);
    } catch (error) {
      problems.push(`blob ${blob.id.slice(0, 12)}: ${toBackupError(error, 'CORRUPT').message}`);
    }
  }
  return hashes.end(0) === id ? problems : ['its bytes do not match its name', ...problems];
};

const verifyBlob = (pack: Uint8Array, blob: PackedBlob, { opener, hashes }: VerifyParts): void => {
  const compressed = blob.uncompressedLength !== undefined;
  const sealed = pack.subarray(blob.offset, blob.offset + blob.length);
  const content = opener.openUnproven(sealed, { compressed });
  hashes.begin(1, content);
  provenBy(hashes.end(1), content, blob.id);
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
