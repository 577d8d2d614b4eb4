import { createCipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MasterKey, newMasterKey, seal, sealInto, sealedOverhead, unseal } from '../../src/repository/crypto.ts';
import { poly1305Aes } from './support/poly1305-aes.ts';
import { assert } from './support/assert.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** D. J. Bernstein, "The Poly1305-AES message-authentication code" (2005), appendix B. */
const poly1305AesVectors = [
  {
    message: 'f3 f6',
    r: '85 1f c4 0c 34 67 ac 0b e0 5c c2 04 04 f3 f7 00',
    k: 'ec 07 4c 83 55 80 74 17 01 42 5b 62 32 35 ad d6',
    nonce: 'fb 44 73 50 c4 e8 68 c5 2a c3 27 5c f9 d4 32 7e',
    tag: 'f4 c6 33 c3 04 4f c1 45 f8 4f 33 5c b8 19 53 de',
  },
  {
    message: '',
    r: 'a0 f3 08 00 00 f4 64 00 d0 c7 e9 07 6c 83 44 03',
    k: '75 de aa 25 c0 9f 20 8e 1d c4 ce 6b 5c ad 3f bf',
    nonce: '61 ee 09 21 8d 29 b0 aa ed 7e 15 4a 2c 55 09 cc',
    tag: 'dd 3f ab 22 51 f1 1a c7 59 f0 88 71 29 cc 2e e7',
  },
  {
    message: '66 3c ea 19 0f fb 83 d8 95 93 f3 f4 76 b6 bc 24 d7 e6 79 10 7e a2 6a db 8c af 66 52 d0 65 61 36',
    r: '48 44 3d 0b b0 d2 11 09 c8 9a 10 0b 5c e2 c2 08',
    k: '6a cb 5f 61 a7 17 6d d3 20 c5 c1 eb 2e dc dc 74',
    nonce: 'ae 21 2a 55 39 97 29 59 5d ea 45 8b c6 21 ff 0e',
    tag: '0e e1 c1 6b b7 3f 0f 4f d1 98 81 75 3c 01 cd be',
  },
  {
    message:
      'ab 08 12 72 4a 7f 1e 34 27 42 cb ed 37 4d 94 d1 36 c6 b8 79 5d 45 b3 81 98 30 f2 c0 44 91 fa f0' +
      '99 0c 62 e4 8b 80 18 b2 c3 e4 a0 fa 31 34 cb 67 fa 83 e1 58 c9 94 d9 61 c4 cb 21 09 5c 1b f9',
    r: '12 97 6a 08 c4 42 6d 0c e8 a8 24 07 c4 f4 82 07',
    k: 'e1 a5 66 8a 4d 5b 66 a5 f6 8c c5 42 4e d5 98 2d',
    nonce: '9a e8 31 e7 43 97 8d 3a 23 52 7c 71 28 14 9e 3a',
    tag: '51 54 ad 0d 2c b2 6e 01 27 4f c5 11 48 49 1f 1b',
  },
].map(
  (vector) =>
    Object.fromEntries(Object.entries(vector).map(([name, text]) => [name, hex(text)])) as Record<
      keyof typeof vector,
      Buffer
    >,
);

/** NIST SP 800-38A, F.5.5: CTR-AES256. */
const ctr = {
  key: hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'),
  counter: hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
  plaintext: hex(
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
      '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  ),
  ciphertext: hex(
    '601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5' +
      '2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6',
  ),
};

const key = newMasterKey();

describe('sealing', () => {
  it.each(poly1305AesVectors)('accepts the published Poly1305-AES tag $tag', ({ message, r, k, nonce, tag }) => {
    const master: MasterKey = { encrypt: ctr.key, macK: k, macR: r };
    expect(poly1305Aes(message, { k, r, nonce })).toEqual(tag);
    const plaintext = createCipheriv('aes-256-ctr', ctr.key, nonce).update(message);
    expect(unseal(master, Buffer.concat([nonce, message, tag]))).toEqual(plaintext);
  });

  it('decrypts the published AES-256-CTR text', () => {
    const master = { ...key, encrypt: ctr.key };
    const tag = poly1305Aes(ctr.ciphertext, { k: key.macK, r: key.macR, nonce: ctr.counter });
    expect(unseal(master, Buffer.concat([ctr.counter, ctr.ciphertext, tag]))).toEqual(ctr.plaintext);
  });

  it('writes IV, ciphertext and a tag that big integers find too', () => {
    assert.holds(fc.uint8Array({ maxLength: 200 }), (plaintext) => {
      const sealed = seal(key, plaintext);
      const iv = sealed.subarray(0, 16);
      const ciphertext = createCipheriv('aes-256-ctr', key.encrypt, iv).update(plaintext);
      const tag = poly1305Aes(ciphertext, { k: key.macK, r: key.macR, nonce: iv });
      expect(sealed).toEqual(Buffer.concat([iv, ciphertext, tag]));
      expect(sealed.byteLength).toBe(plaintext.byteLength + sealedOverhead);
    });
  });

  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])('gives back %i bytes', (length) => {
    const plaintext = randomBytes(length);
    expect(unseal(key, seal(key, plaintext))).toEqual(plaintext);
  });

  it('seals from and into shared memory at an offset, and touches nothing beside it', () => {
    const source = new Uint8Array(new SharedArrayBuffer(100_000)).fill(7);
    const target = new Uint8Array(new SharedArrayBuffer(100_100));
    const length = sealInto(key, source, target, 33);
    expect(length).toBe(100_032);
    expect(Buffer.from(unseal(key, target.subarray(33, 33 + length)))).toEqual(Buffer.from(source));
    expect(target.subarray(0, 33).every((byte) => byte === 0)).toBe(true);
    expect(target.subarray(33 + length).every((byte) => byte === 0)).toBe(true);
  });

  it('refuses a target without room and writes nothing', () => {
    const target = Buffer.alloc(50);
    expect(() => sealInto(key, Buffer.alloc(19), target, 0)).toThrow(RangeError);
    expect(target).toEqual(Buffer.alloc(50));
  });

  it('works with a key that was cloned to another thread', () => {
    const clone = structuredClone(key);
    expect(unseal(clone, seal(key, Buffer.from('text')))).toEqual(Buffer.from('text'));
  });

  it('never uses an IV twice', () => {
    const seen = new Set(Array.from({ length: 1000 }, () => seal(key, Buffer.alloc(0)).toString('hex', 0, 16)));
    expect(seen.size).toBe(1000);
  });
});

describe('unsealing', () => {
  it('refuses every single changed bit', async () => {
    const sealed = seal(key, Buffer.from('a blob'));
    for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
      const damaged = Buffer.from(sealed);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await assert.fails(() => unseal(key, damaged), 'CORRUPT');
    }
  });

  it('refuses what is cut off, too short, or sealed by another key', async () => {
    const sealed = seal(key, Buffer.from('a blob'));
    await assert.fails(() => unseal(key, sealed.subarray(0, -1)), 'CORRUPT');
    await assert.fails(() => unseal(key, Buffer.alloc(31)), 'CORRUPT');
    await assert.fails(() => unseal(newMasterKey(), sealed), 'CORRUPT');
  });

  it('refuses an IV of zeros, which restic takes for a mistake', async () => {
    const nonce = Buffer.alloc(16);
    const tag = poly1305Aes(Buffer.alloc(0), { k: key.macK, r: key.macR, nonce });
    await assert.fails(() => unseal(key, Buffer.concat([nonce, tag])), 'CORRUPT');
  });
});
