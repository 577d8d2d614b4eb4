import { hash, randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newMasterKey, seal, unseal } from '../../src/repository/crypto.ts';
import { decodeUnpacked, encodeUnpacked, objectId } from '../../src/repository/unpacked.ts';
import { assert } from './support/assert.ts';

const key = newMasterKey();
const json = Buffer.from(JSON.stringify({ text: 'x'.repeat(1000) }));

describe('an index, snapshot or lock', () => {
  it.each([1, 2, 1002])('of version %i comes back as it was', (version) => {
    expect(decodeUnpacked(key, encodeUnpacked(key, json, version), json.byteLength)).toEqual(json);
  });

  it('is compressed behind a mark from version 2 on', () => {
    expect(unseal(key, encodeUnpacked(key, json, 1))).toEqual(json);
    const plain = unseal(key, encodeUnpacked(key, json, 2));
    expect(plain[0]).toBe(2);
    expect(plain.byteLength).toBeLessThan(100);
  });

  it('is read from plain JSON in any version, be it an object or a list', () => {
    expect(decodeUnpacked(key, seal(key, Buffer.from('[1]')), 10).toString()).toBe('[1]');
  });

  it('may not grow beyond the limit', async () => {
    for (const version of [1, 2]) {
      await assert.fails(() => decodeUnpacked(key, encodeUnpacked(key, json, version), json.byteLength - 1), 'CORRUPT');
    }
    const bomb = seal(key, Buffer.concat([Buffer.of(2), zstdCompressSync(Buffer.alloc(50_000_000))]));
    const error = await assert.fails(() => decodeUnpacked(key, bomb, 1_000_000), 'CORRUPT');
    expect(error.message).toBe('the object is larger than 1000000 bytes');
  });

  it.each(['', '\x01{}', 'null', '\x02', '\x02garbage'])('is not %j', async (plain) => {
    await assert.fails(() => decodeUnpacked(key, seal(key, Buffer.from(plain, 'latin1')), 1000), 'CORRUPT');
  });

  it('that was cut off in the compressed part is refused', async () => {
    const frame = zstdCompressSync(randomBytes(1000));
    for (const length of [1, 10, 500, frame.byteLength - 1]) {
      const cut = seal(key, Buffer.concat([Buffer.of(2), frame.subarray(0, length)]));
      await assert.fails(() => decodeUnpacked(key, cut, 2000), 'CORRUPT');
    }
  });

  it('fails with nothing but CORRUPT on any plaintext', () => {
    assert.holds(fc.uint8Array(), (plain) => {
      assert.survives(() => decodeUnpacked(key, seal(key, plain), 1000));
      assert.survives(() => decodeUnpacked(key, seal(key, Buffer.concat([Buffer.of(2), plain])), 1000));
      assert.survives(() => decodeUnpacked(key, plain, 1000));
    });
  });
});

describe('an object id', () => {
  it('is the SHA-256 in lower-case hex', () => {
    expect(objectId(Buffer.from('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(objectId(json)).toBe(hash('sha256', json));
  });
});
