import { callTable } from './c-calls.ts';
import type { CLibrary } from './library.ts';

/** The hash in hex, computed on a thread of the process over the bytes where they stand; they are not to be changed until then. */
export type NativeSha256 = (bytes: Uint8Array) => Promise<string>;

const hashBytes = 32;

/** OpenSSL's EVP_Digest(3), which Node brings with it. */
const bind = (library: CLibrary): { readonly now: (bytes: Uint8Array) => string; readonly beside: NativeSha256 } => {
  const prototype = 'int EVP_Digest(const void *, size_t, void *, void *, const void *, void *)';
  const algorithm = library.declare('const void *EVP_sha256()')();
  const now = library.declare(prototype);
  const beside = library.declareBeside(prototype);
  const told = (result: ReturnType<typeof now>, output: Buffer): string => {
    if (Number(result) !== 1) throw new Error('OpenSSL refused');
    return output.toString('hex');
  };
  return {
    now: (bytes) => {
      const output = Buffer.alloc(hashBytes);
      return told(now(bytes, bytes.byteLength, output, null, algorithm, null), output);
    },
    beside: async (bytes) => {
      const output = Buffer.alloc(hashBytes);
      return told(await beside(bytes, bytes.byteLength, output, null, algorithm, null), output);
    },
  };
};

/** NIST's first example (FIPS 180-4). */
const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

/** `undefined` where Node does not give these functions away, or they do not do what is expected of them. */
export const nativeSha256 = callTable((library): NativeSha256 | undefined => {
  try {
    const bound = bind(library);
    return bound.now(Buffer.from('abc')) === known ? bound.beside : undefined;
  } catch {
    return undefined;
  }
});
