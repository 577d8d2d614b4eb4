import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { BackupError } from '../errors.ts';
import { looksCompressible } from './compressible.ts';
import type { Codec } from './transform.ts';
import { readFrameHeader } from './zstd-frame.ts';

export const zstdLevel = z.int().min(1).max(22).describe('1 (fast) to 22 (small)');

/** Zstandard as restic uses it: one frame for each blob, which states the size of its content. */
export const createZstd = (level: number): Codec => {
  const encode = (blob: Uint8Array): Uint8Array =>
    zstdCompressSync(blob, {
      params: { [constants.ZSTD_c_compressionLevel]: level },
      // Small blobs get small tables, and the frame states its content's size.
      pledgedSrcSize: blob.length,
      chunkSize: frameBound(blob.length),
    });
  return {
    id: 'zstd',
    encode,
    encodeOrUndefined(blob) {
      if (blob.length === 0 || !looksCompressible(blob)) return undefined;
      const frame = encode(blob);
      return frame.length < blob.length ? frame : undefined;
    },
    decode,
  };
};

/** zstd's ZSTD_COMPRESSBOUND: room for the worst case, so that the output is made in one piece. */
const frameBound = (size: number): number => size + (size >>> 8) + 128;

/** Room to begin with for a frame that does not state its content's size. */
const unknownSize = 64 * 1024;

const decode = (frame: Uint8Array, maxSize: number): Uint8Array => {
  const header = readFrameHeader(frame);
  if (header === undefined) throw corrupt('a compressed blob is not a zstd frame');
  const { contentSize } = header;
  if (contentSize !== undefined && contentSize > maxSize)
    throw corrupt(`a compressed blob states ${contentSize} bytes, and at most ${maxSize} are allowed`);
  return decompress(frame, {
    limit: contentSize ?? maxSize,
    room: contentSize ?? Math.min(maxSize, unknownSize),
  });
};

/** zstd itself checks that a frame has the size that it states. `room` is made at once, and as often again as is needed up to `limit`. Node wants at least 64 and 1 of them. */
const decompress = (frame: Uint8Array, { limit, room }: { limit: number; room: number }): Uint8Array => {
  try {
    return zstdDecompressSync(frame, {
      maxOutputLength: Math.max(limit, 1),
      chunkSize: Math.max(room, 64),
      rejectGarbageAfterEnd: true,
    });
  } catch (error) {
    throw corrupt('a compressed blob cannot be decompressed', error);
  }
};

const corrupt = (message: string, cause?: unknown): BackupError => new BackupError('CORRUPT', message, { cause });
