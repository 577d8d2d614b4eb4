import { hash, webcrypto } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { nativeSha256 } from '../posix/native-sha256.ts';
import { readFrameHeader } from '../transform/zstd-frame.ts';
import { corrupt } from './corrupt.ts';
import { type MasterKey, seal, unseal } from './crypto.ts';

/** The first byte of a compressed object in a version 2 repository; `{` and `[` begin plain JSON. */
const compressedMark = 0x02;

/** SHA-256 in lower-case hex: the name of an object (of its stored bytes) or of a blob (of its plaintext). */
export const objectId = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** The same, computed beside the main thread; the bytes are not to be changed until then. For a pack at a time. */
export const objectIdBeside = async (bytes: Uint8Array): Promise<string> => {
  const beside = nativeSha256();
  if (beside) return beside(bytes);
  // It takes no shared memory.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Buffer.from(bytes);
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', own)).toString('hex');
};

/** An index, snapshot or lock as it is stored: `version` 2 and later compress, 1 does not. */
export const encodeUnpacked = (key: MasterKey, json: Uint8Array, version: number): Buffer => {
  if (version < 2) return seal(key, json);
  const compressed = zstdCompressSync(json, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  return seal(key, Buffer.concat([Buffer.of(compressedMark), compressed]));
};

/** The JSON of what `encodeUnpacked` made, of either version. CORRUPT when it is damaged or grows beyond `maxSize`. */
export const decodeUnpacked = (key: MasterKey, bytes: Uint8Array, maxSize: number): Buffer => {
  const plain = unseal(key, bytes);
  const first = plain[0];
  if (first === compressedMark) return decompress(plain.subarray(1), maxSize);
  if (first !== 0x7b && first !== 0x5b) throw corrupt('the object is neither JSON nor compressed JSON');
  if (plain.byteLength > maxSize) throw corrupt(`the object is larger than ${maxSize} bytes`);
  return plain;
};

/** What Node takes at once by itself. */
const leastRoom = 16 * 1024;

const decompress = (frame: Uint8Array, maxSize: number): Buffer => {
  const stated = readFrameHeader(frame)?.contentSize ?? 0;
  // In one piece where its size is known: an index is megabytes, and hundreds of pieces of each leave the memory in shreds.
  const room = stated > leastRoom && stated <= maxSize ? { chunkSize: stated } : {};
  try {
    return zstdDecompressSync(frame, { maxOutputLength: maxSize, ...room });
  } catch (cause) {
    const tooLarge = (cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw corrupt(tooLarge ? `the object is larger than ${maxSize} bytes` : 'the object cannot be decompressed', {
      cause,
    });
  }
};
