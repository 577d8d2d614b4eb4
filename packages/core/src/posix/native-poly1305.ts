import { callTable } from './c-calls.ts';
import type { CLibrary } from './library.ts';

/**
 * The Poly1305 code of `message` under a one-time key (32 bytes, `r || s`; bits that Poly1305 wants clear are cleared) into the 16 bytes of `out`. What it
 * is given may stand on shared memory.
 */
export type Poly1305 = (out: Uint8Array, message: Uint8Array, key: Uint8Array) => void;

const [macBytes, keyBytes] = [16, 32];

/** OpenSSL's EVP_MAC(3), which Node brings with it: it takes wider vectors than sodium does. */
const bind = (library: CLibrary): Poly1305 => {
  const fetch = library.declare('void *EVP_MAC_fetch(void *, const char *, const char *)');
  const newContext = library.declare('void *EVP_MAC_CTX_new(void *)');
  const begin = library.declare('int EVP_MAC_init(void *, const void *, size_t, const void *)');
  const update = library.declare('int EVP_MAC_update(void *, const void *, size_t)');
  const end = library.declare('int EVP_MAC_final(void *, void *, void *, size_t)');
  const context = newContext(fetch(null, 'POLY1305', null));
  if (context === null) throw new Error('OpenSSL has no Poly1305');
  const written = Buffer.alloc(8);
  return (out, message, key) => {
    if (key.byteLength !== keyBytes || out.byteLength < macBytes) throw new RangeError('a key has 32 bytes, a code 16');
    const isDone =
      begin(context, key, keyBytes, null) === 1 &&
      (message.byteLength === 0 || update(context, message, message.byteLength) === 1) &&
      end(context, out, written, macBytes) === 1;
    if (!isDone) throw new Error('OpenSSL refused');
  };
};

/** RFC 8439, 2.5.2. */
const isRight = (poly1305: Poly1305): boolean => {
  const key = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex');
  const out = Buffer.alloc(macBytes);
  poly1305(out, Buffer.from('Cryptographic Forum Research Group'), key);
  return out.toString('hex') === 'a8061dc1305136c6c22b8baf0c0127a9';
};

/** `undefined` where Node does not give these functions away, or they do not do what is expected of them. */
export const nativePoly1305 = callTable((library): Poly1305 | undefined => {
  try {
    const poly1305 = bind(library);
    return isRight(poly1305) ? poly1305 : undefined;
  } catch {
    return undefined;
  }
});
