import { callTable, lazily } from './c-calls.ts';
import type { CFunction, CLibrary } from './library.ts';

/** AES with one key; what it is given may stand on shared memory, and nothing is allocated. */
export interface NativeAes {
  /** AES-256-CTR, which is its own inverse: `output` has the length of `input`; `iv` has 16 bytes. */
  ctr(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void;
  /** One block of 16 bytes under the block cipher alone (AES-128-ECB). */
  block(input: Uint8Array, output: Uint8Array): void;
}

type Context = ReturnType<CFunction>;

interface Calls {
  readonly newContext: () => Context;
  readonly begin: (context: Context, cipher: Context, key: Uint8Array | null, iv: Uint8Array | null) => void;
  readonly update: (context: Context, output: Uint8Array, input: Uint8Array) => void;
  readonly ctr256: Context;
  readonly ecb128: Context;
  readonly noPadding: (context: Context) => void;
}

/** OpenSSL's EVP interface (EVP_EncryptInit(3)), which Node brings with it and lets addons call. */
const bind = (library: CLibrary): Calls => {
  const declare = (prototype: string): CFunction => lazily(library, prototype);
  const newContext = library.declare('void *EVP_CIPHER_CTX_new()');
  const init = library.declare('int EVP_EncryptInit_ex(void *, const void *, void *, const void *, const void *)');
  const update = library.declare('int EVP_EncryptUpdate(void *, void *, void *, const void *, int)');
  const setPadding = declare('int EVP_CIPHER_CTX_set_padding(void *, int)');
  const written = Buffer.alloc(4);
  const expectOne = (result: ReturnType<CFunction>): void => {
    if (Number(result) !== 1) throw new Error('OpenSSL refused');
  };
  return {
    newContext: () => newContext(),
    begin: (context, cipher, key, iv) => expectOne(init(context, cipher, null, key, iv)),
    update: (context, output, input) => {
      expectOne(update(context, output, written, input, input.byteLength));
      if (written.readInt32LE() !== input.byteLength) throw new Error('OpenSSL wrote another length');
    },
    ctr256: library.declare('const void *EVP_aes_256_ctr()')(),
    ecb128: library.declare('const void *EVP_aes_128_ecb()')(),
    noPadding: (context) => expectOne(setPadding(context, 0)),
  };
};

/** `undefined` where Node does not give these functions away, or they do not do what is expected of them. */
const calls = callTable((library): Calls | undefined => {
  try {
    const bound = bind(library);
    return isRight(bound) ? bound : undefined;
  } catch {
    return undefined;
  }
});

/** NIST SP 800-38A, F.5.5, the first block. */
const isRight = (bound: Calls): boolean => {
  const key = Buffer.from('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 'hex');
  const iv = Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex');
  const output = Buffer.alloc(16);
  ctrWith(bound, key)(iv, Buffer.from('6bc1bee22e409f96e93d7e117393172a', 'hex'), output);
  return output.toString('hex') === '601ec313775789a5b7a7f504bbf3d228';
};

const ctrWith = (bound: Calls, key: Uint8Array): NativeAes['ctr'] => {
  const context = bound.newContext();
  bound.begin(context, bound.ctr256, key, null);
  return (iv, input, output) => {
    if (input.byteLength === 0) return;
    if (iv.byteLength !== 16 || output.byteLength < input.byteLength) throw new RangeError('no room for the output');
    bound.begin(context, null, null, iv);
    bound.update(context, output, input);
  };
};

/** A cipher for CTR with 32 bytes of key and a block cipher with 16; `undefined` without OpenSSL. Lives as long as the process. */
export const nativeAes = (ctrKey: Uint8Array, blockKey: Uint8Array): NativeAes | undefined => {
  const bound = calls();
  if (bound === undefined || ctrKey.byteLength !== 32 || blockKey.byteLength !== 16) return undefined;
  const context = bound.newContext();
  bound.begin(context, bound.ecb128, blockKey, null);
  bound.noPadding(context);
  return {
    ctr: ctrWith(bound, ctrKey),
    block: (input, output) => {
      if (input.byteLength !== 16 || output.byteLength < 16) throw new RangeError('a block has 16 bytes');
      bound.update(context, output, input);
    },
  };
};
