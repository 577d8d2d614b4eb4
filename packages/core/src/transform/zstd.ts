import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { BackupError } from '../errors.ts';
import { nativeZstd } from '../posix/native-zstd.ts';
import { looksCompressible } from './compressible.ts';
import { type Codec, maxBlobSize } from './transform.ts';
import { readFrameHeader } from './zstd-frame.ts';

/** A codec whose decoder can write where it is told to. */
export interface DirectCodec extends Codec {
  /** As the frame states it, if it does. Throws as `decode`. */
  contentSize(frame: Uint8Array, maxSize: number): number | undefined;
  /** The content of a frame, in `target`; `undefined` when it has no room there, or does not say how long it is. Throws as `decode`. */
  decodeInto(frame: Uint8Array, target: Uint8Array): Uint8Array | undefined;
}

export const isDirect = (codec: Codec): codec is DirectCodec => 'decodeInto' in codec;

/** Zstandard as restic uses it: one frame for each blob, which states the size of its content. */
export const createZstd = (level: number): DirectCodec => {
  let scratch = new Uint8Array(0);
  /** In memory that the next frame takes over. */
  const encodePassing = (blob: Uint8Array): Uint8Array => {
    const zstd = nativeZstd();
    if (zstd === undefined || blob.length === 0) return encodeByNode(blob, level);
    // Of the longest that the engine makes only what is written to is taken from the system.
    if (scratch.length < frameBound(blob.length))
      scratch = new Uint8Array(frameBound(Math.max(blob.length, maxBlobSize)));
    const size = zstd.compress(level, blob, scratch);
    return size === undefined ? encodeByNode(blob, level) : scratch.subarray(0, size);
  };
  return {
    id: 'zstd',
    encode(blob) {
      const frame = encodePassing(blob);
      return frame.buffer === scratch.buffer ? frame.slice() : frame;
    },
    encodeOrUndefined(blob) {
      if (blob.length === 0 || !looksCompressible(blob)) return undefined;
      const frame = encodePassing(blob);
      return frame.length < blob.length ? frame : undefined;
    },
    decode,
    decodeInto,
    contentSize: statedSize,
  };
};

const encodeByNode = (blob: Uint8Array, level: number): Uint8Array =>
  zstdCompressSync(blob, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    // Small blobs get small tables, and the frame states its content's size.
    pledgedSrcSize: blob.length,
    chunkSize: frameBound(blob.length),
  });

/** zstd's ZSTD_COMPRESSBOUND: room for the worst case, so that the output is made in one piece. */
const frameBound = (size: number): number => size + (size >>> 8) + 128;

/** Room to begin with for a frame that does not state its content's size. */
const unknownSize = 64 * 1024;

const decode = (frame: Uint8Array, maxSize: number): Uint8Array => {
  const contentSize = statedSize(frame, maxSize);
  if (contentSize !== undefined && contentSize > 0 && nativeZstd() !== undefined) {
    const content = decodeInto(frame, Buffer.allocUnsafeSlow(contentSize));
    if (content) return content;
  }
  return decompress(frame, {
    limit: contentSize ?? maxSize,
    room: contentSize ?? Math.min(maxSize, unknownSize),
  });
};

const decodeInto = (frame: Uint8Array, target: Uint8Array): Uint8Array | undefined => {
  const contentSize = statedSize(frame, Number.MAX_SAFE_INTEGER);
  const zstd = nativeZstd();
  if (zstd === undefined || contentSize === undefined || contentSize === 0 || contentSize > target.length)
    return undefined;
  const room = target.subarray(0, contentSize);
  if (zstd.decompress(frame, room) !== contentSize) throw corrupt('a compressed blob cannot be decompressed');
  return room;
};

const statedSize = (frame: Uint8Array, maxSize: number): number | undefined => {
  const header = readFrameHeader(frame);
  if (header === undefined) throw corrupt('a compressed blob is not a zstd frame');
  const { contentSize } = header;
  if (contentSize !== undefined && contentSize > maxSize)
    throw corrupt(`a compressed blob states ${contentSize} bytes, and at most ${maxSize} are allowed`);
  return contentSize;
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
