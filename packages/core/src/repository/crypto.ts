import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';
import sodium from 'sodium-native';
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
  randomFillSync(iv);
  const start = offset + ivLength;
  const end = start + plaintext.byteLength;
  const cipher = createCipheriv('aes-256-ctr', contentKeyOf(key), iv);
  for (let done = 0; done < plaintext.byteLength; done += pieceLength) {
    target.set(cipher.update(plaintext.subarray(done, done + pieceLength)), start + done);
  }
  authenticate(key, iv, { ciphertext: target.subarray(start, end), out: target.subarray(end, end + macLength) });
  return length;
};

/** The plaintext of what `seal` made. CORRUPT when a byte of it, or the key, is another one. */
export const unseal = (key: MasterKey, sealed: Uint8Array): Buffer => {
  if (sealed.byteLength < sealedOverhead) throw corrupt('the sealed object is too short');
  const iv = sealed.subarray(0, ivLength);
  const end = sealed.byteLength - macLength;
  const ciphertext = sealed.subarray(ivLength, end);
  const mac = Buffer.allocUnsafe(macLength);
  authenticate(key, iv, { ciphertext, out: mac });
  if (!timingSafeEqual(mac, sealed.subarray(end)) || iv.every((byte) => byte === 0)) {
    throw corrupt('the sealed object does not match its authentication code');
  }
  return createDecipheriv('aes-256-ctr', contentKeyOf(key), iv).update(ciphertext);
};

const authenticate = (
  key: MasterKey,
  iv: Uint8Array,
  { ciphertext, out }: { ciphertext: Uint8Array; out: Uint8Array },
): void => {
  const oneTimeKey = Buffer.allocUnsafe(32);
  oneTimeKey.set(key.macR, 0);
  oneTimeKey.set(blockCipherOf(key).update(iv), 16);
  sodium.crypto_onetimeauth(out, ciphertext, oneTimeKey);
};

/** One block at a time in ECB has no state, so one cipher serves every nonce of a key. */
const blockCipherOf = (key: MasterKey): Cipheriv => {
  let cipher = blockCiphers.get(key);
  if (cipher === undefined) {
    cipher = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
    blockCiphers.set(key, cipher);
  }
  return cipher;
};
const blockCiphers = new WeakMap<MasterKey, Cipheriv>();

/** Node makes such an object of raw bytes at every call otherwise, which costs more than the encryption of a small blob. */
const contentKeyOf = (key: MasterKey): KeyObject => {
  let object = contentKeys.get(key);
  if (object === undefined) {
    object = createSecretKey(key.encrypt);
    contentKeys.set(key, object);
  }
  return object;
};
const contentKeys = new WeakMap<MasterKey, KeyObject>();
