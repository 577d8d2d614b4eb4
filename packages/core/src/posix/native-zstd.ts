import { callTable } from './c-calls.ts';
import type { CLibrary } from './library.ts';

/** Zstandard with its working memory kept from one blob to the next; arguments may stand on shared memory. One a thread. */
export interface NativeZstd {
  /** How many bytes of `output` the frame takes; `undefined` when it has no room there. */
  compress(level: number, input: Uint8Array, output: Uint8Array): number | undefined;
  /** How many bytes of `output` the content takes; `undefined` for anything but whole frames whose content has room there. */
  decompress(frame: Uint8Array, output: Uint8Array): number | undefined;
}

/** `ZSTD_c_compressionLevel` of zstd.h; its numbers are promised not to change. */
const compressionLevel = 100;

/** zstd's own interface (zstd.h), which Node brings with it. */
const bind = (library: CLibrary): NativeZstd => {
  const newCompressor = library.declare('void *ZSTD_createCCtx()');
  const newDecompressor = library.declare('void *ZSTD_createDCtx()');
  const setParameter = library.declare('size_t ZSTD_CCtx_setParameter(void *, int, int)');
  const compress = library.declare('size_t ZSTD_compress2(void *, void *, size_t, const void *, size_t)');
  const decompress = library.declare('size_t ZSTD_decompressDCtx(void *, void *, size_t, const void *, size_t)');
  const compressors = new Map<number, ReturnType<typeof newCompressor>>();
  const decompressor = newDecompressor();
  const compressorOf = (level: number): ReturnType<typeof newCompressor> => {
    let context = compressors.get(level);
    if (context === undefined) {
      context = newCompressor();
      setParameter(context, compressionLevel, level);
      compressors.set(level, context);
    }
    return context;
  };
  return {
    compress: (level, input, output) =>
      sizeOf(compress(compressorOf(level), output, output.byteLength, input, input.byteLength), output),
    decompress: (frame, output) =>
      sizeOf(decompress(decompressor, output, output.byteLength, frame, frame.byteLength), output),
  };
};

/** An error is a number near the largest of its type (`ZSTD_isError`), and so greater than any room. */
const sizeOf = (result: number | bigint | null, output: Uint8Array): number | undefined => {
  const size = Number(result);
  return size <= output.byteLength ? size : undefined;
};

/** Whether a frame made here is what it was made of. */
const isRight = (zstd: NativeZstd): boolean => {
  const input = Buffer.from('again and again and again and again');
  const frame = Buffer.alloc(100);
  const size = zstd.compress(3, input, frame);
  const back = Buffer.alloc(input.byteLength);
  return size !== undefined && zstd.decompress(frame.subarray(0, size), back) === back.byteLength && back.equals(input);
};

/** `undefined` where Node does not give these functions away, or they do not do what is expected of them. */
export const nativeZstd = callTable((library): NativeZstd | undefined => {
  try {
    const zstd = bind(library);
    return isRight(zstd) ? zstd : undefined;
  } catch {
    return undefined;
  }
});
