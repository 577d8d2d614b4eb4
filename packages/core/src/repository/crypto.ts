import { createCipheriv, createSecretKey, randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Sodium } from 'sodium-native';
import { nativeAes, type NativeAes } from '../posix/native-aes.ts';
import { nativePoly1305, type Poly1305 } from '../posix/native-poly1305.ts';
import { corrupt } from './corrupt.ts';

// Sealing as restic's format has it: `IV(16) || AES-256-CTR(plaintext) || Poly1305-AES(ciphertext)`, see docs/format.md.

/** The secret of a repository. A structured clone of it (to a worker) is as good as the original. */
export interface MasterKey {
  /** 32 bytes. */
  readonly encrypt: Buffer;
  /** 16 bytes: the AES key that makes the one-time half of the MAC key out of the IV. */
  readonly macK: Buffer;
  /** 16 bytes; bits that Poly1305 wants clear are cleared on use. */
  readonly macR: Buffer;
}

const ivLength = 16;
const macLength = 16;

/** How many bytes longer a sealed object is than its plaintext. */
export const sealedOverhead = ivLength + macLength;

/** Pieces of this size stay in the processor's cache between encryption and MAC, and keep allocations small. */
const pieceLength = 64 * 1024;

/** A new secret from the system's random source. */
export const newMasterKey = (): MasterKey => ({
  encrypt: randomBytes(32),
  macK: randomBytes(16),
  macR: randomBytes(16),
});

/** Random bytes that no IV was made of yet: asking the system for each small blob costs more than sealing it. */
const random = Buffer.allocUnsafeSlow(256 * ivLength);
let used = random.byteLength;

/** 16 random bytes, to be copied before the next are asked for. */
const newIv = (): Uint8Array => {
  if (used === random.byteLength) {
    randomFillSync(random);
    used = 0;
  }
  used += ivLength;
  return random.subarray(used - ivLength, used);
};

/** `IV || ciphertext || MAC` of `plaintext`, with an IV of its own. */
export const seal = (key: MasterKey, plaintext: Uint8Array): Buffer => {
  const sealed = Buffer.allocUnsafe(plaintext.byteLength + sealedOverhead);
  sealInto(key, plaintext, sealed, 0);
  return sealed;
};

/**
 * Seals `plaintext` into `target` at `offset` and returns how many bytes that took. Both may stand on shared memory; they must not
 * overlap. A RangeError when there is no room; nothing is written then.
 */
// oxlint-disable-next-line max-params -- the hot path of the engine: no options object for each blob
export const sealInto = (key: MasterKey, plaintext: Uint8Array, target: Uint8Array, offset: number): number => {
  const length = plaintext.byteLength + sealedOverhead;
  if (offset < 0 || offset + length > target.byteLength) throw new RangeError('no room for the sealed bytes');
  const iv = target.subarray(offset, offset + ivLength);
  iv.set(newIv());
  const start = offset + ivLength;
  const end = start + plaintext.byteLength;
  ciphersOf(key).ctr(iv, plaintext, target.subarray(start, end));
  authenticate(key, iv, { ciphertext: target.subarray(start, end), out: target.subarray(end, end + macLength) });
  return length;
};

/** The plaintext of what `seal` made. CORRUPT when a byte of it, or the key, is another one. */
export const unseal = (key: MasterKey, sealed: Uint8Array): Buffer => {
  const plaintext = Buffer.allocUnsafe(Math.max(0, sealed.byteLength - sealedOverhead));
  unsealInto(key, sealed, plaintext);
  return plaintext;
};

/**
 * The same into `target`; how many bytes that took. Both may stand on shared memory; they must not overlap, unless `target` begins where the ciphertext
 * does. A RangeError when there is no room. Nothing is written before the authentication code is found right.
 */
export const unsealInto = (key: MasterKey, sealed: Uint8Array, target: Uint8Array): number => {
  if (sealed.byteLength < sealedOverhead) throw corrupt('the sealed object is too short');
  const length = sealed.byteLength - sealedOverhead;
  if (length > target.byteLength) throw new RangeError('no room for the plaintext');
  const iv = sealed.subarray(0, ivLength);
  const end = sealed.byteLength - macLength;
  const ciphertext = sealed.subarray(ivLength, end);
  const mac = Buffer.allocUnsafe(macLength);
  authenticate(key, iv, { ciphertext, out: mac });
  if (!timingSafeEqual(mac, sealed.subarray(end)) || iv.every((byte) => byte === 0)) {
    throw corrupt('the sealed object does not match its authentication code');
  }
  ciphersOf(key).ctr(iv, ciphertext, target.subarray(0, length));
  return length;
};

/** The same, where the ciphertext stands: what is sealed is gone then. */
export const unsealInPlace = (key: MasterKey, sealed: Uint8Array): Uint8Array => {
  const target = sealed.subarray(ivLength, Math.max(ivLength, sealed.byteLength - macLength));
  return target.subarray(0, unsealInto(key, sealed, target));
};

const authenticate = (
  key: MasterKey,
  iv: Uint8Array,
  { ciphertext, out }: { ciphertext: Uint8Array; out: Uint8Array },
): void => {
  const oneTimeKey = Buffer.allocUnsafe(32);
  oneTimeKey.set(key.macR, 0);
  ciphersOf(key).block(iv, oneTimeKey.subarray(16));
  poly1305 ??= nativePoly1305() ?? sodiumPoly1305();
  poly1305(out, ciphertext, oneTimeKey);
};
let poly1305: Poly1305 | undefined;

/** The same by libsodium, which takes three times as long. Loaded where it is needed only. */
export const sodiumPoly1305 = (): Poly1305 => {
  const sodium = createRequire(import.meta.url)('sodium-native') as Sodium;
  return (out, message, key) => sodium.crypto_onetimeauth(out, message, key);
};

/** Of one key: OpenSSL called directly where that is possible, which takes a third of the time, else by `node:crypto`. */
const ciphersOf = (key: MasterKey): NativeAes => {
  let ciphers = known.get(key);
  if (ciphers === undefined) {
    ciphers = nativeAes(key.encrypt, key.macK) ?? nodeAes(key);
    known.set(key, ciphers);
  }
  return ciphers;
};
const known = new WeakMap<MasterKey, NativeAes>();

/** The same by `node:crypto`, which makes a cipher for each call and a buffer for each piece. */
export const nodeAes = (key: Pick<MasterKey, 'encrypt' | 'macK'>): NativeAes => {
  // Node makes such an object of raw bytes at every call otherwise, which costs more than the encryption of a small blob.
  const contentKey = createSecretKey(key.encrypt);
  // One block at a time in ECB has no state, so one cipher serves every nonce.
  const blockCipher = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
  return {
    ctr(iv, input, output) {
      const cipher = createCipheriv('aes-256-ctr', contentKey, iv);
      for (let done = 0; done < input.byteLength; done += pieceLength) {
        output.set(cipher.update(input.subarray(done, done + pieceLength)), done);
      }
    },
    block: (input, output) => output.set(blockCipher.update(input)),
  };
};
