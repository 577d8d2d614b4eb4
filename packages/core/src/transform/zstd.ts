import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { BackupError } from '../errors.ts';
import type { Codec } from './transform.ts';
import { readFrameHeader } from './zstd-frame.ts';

export const zstdLevel = z.int().min(1).max(22).describe('1 (fast) to 22 (small)');

/** zstd's own bound on how much longer than its input a frame can be, so that the output is made in one piece. */
const compressBound = (size: number): number => size + (size >>> 8) + 128;

const corrupt = (message: string, cause?: unknown): BackupError => new BackupError('CORRUPT', message, { cause });

const decode = (frame: Uint8Array, maxSize: number): Uint8Array => {
  const header = readFrameHeader(frame);
  if (header === undefined) throw corrupt('a compressed blob is not a zstd frame');
  const { contentSize } = header;
  if (contentSize !== undefined && contentSize > maxSize)
    throw corrupt(`a compressed blob of ${contentSize} bytes is larger than the ${maxSize} it may have`);
  let blob: Uint8Array;
  try {
    blob = zstdDecompressSync(frame, { maxOutputLength: maxSize, chunkSize: Math.max(64, contentSize ?? 65_536) });
  } catch (error) {
    throw corrupt('a compressed blob cannot be decompressed', error);
  }
  if (contentSize !== undefined && blob.length !== contentSize)
    throw corrupt(`a compressed blob has ${blob.length} bytes instead of ${contentSize}`);
  return blob;
};

export const createZstd = (level: number): Codec => {
  const encode = (blob: Uint8Array): Uint8Array =>
    zstdCompressSync(blob, {
      params: { [constants.ZSTD_c_compressionLevel]: level },
      pledgedSrcSize: blob.length,
      chunkSize: compressBound(blob.length),
    });
  return {
    id: 'zstd',
    encode,
    encodeOrUndefined(blob) {
      if (blob.length === 0) return undefined;
      const frame = encode(blob);
      return frame.length < blob.length ? frame : undefined;
    },
    decode,
  };
};
