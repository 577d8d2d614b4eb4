import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { BackupError, type Chunker, type Codec } from '@triplicate/core';
import { seededRandom } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { chunkerChecks, codecChecks, testChunker, testCodec } from '../../src/index.ts';

const maxSize = 4096;

/** Cuts where the sum of the last 16 bytes ends with seven zeros. */
const rolling = (): Chunker => ({
  id: 'rolling',
  maxSize,
  cut(window) {
    const end = Math.min(window.length, maxSize);
    let sum = 0;
    for (let i = 0; i < end; i += 1) {
      sum += (window[i] ?? 0) - (i >= 16 ? (window[i - 16] ?? 0) : 0);
      if (i >= 256 && (sum & 127) === 0) return i;
    }
    return end;
  },
});

const fixed = (): Chunker => ({ id: 'fixed', maxSize, cut: (window) => Math.min(window.length, maxSize) });

const guarded = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new BackupError('CORRUPT', 'it cannot be decoded', { cause: error });
  }
};

const deflate = (): Codec => ({
  id: 'deflate',
  encode: (blob) => deflateRawSync(blob),
  decode: (blob, limit) =>
    guarded(() => {
      const { buffer, engine } = inflateRawSync(blob, {
        maxOutputLength: Math.max(limit, 1),
        info: true,
      }) as unknown as {
        buffer: Buffer;
        engine: { bytesWritten: number };
      };
      if (buffer.length > limit || engine.bytesWritten !== blob.byteLength) throw new RangeError('too long');
      return buffer;
    }),
});

const sealed = (): Codec => ({
  id: 'gcm',
  encode(blob) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32, 7), nonce);
    return Buffer.concat([nonce, cipher.update(blob), cipher.final(), cipher.getAuthTag()]);
  },
  decode: (blob, limit) =>
    guarded(() => {
      if (blob.byteLength < 28 || blob.byteLength - 28 > limit) throw new RangeError('too long or too short');
      const decipher = createDecipheriv('aes-256-gcm', Buffer.alloc(32, 7), blob.subarray(0, 12), {
        authTagLength: 16,
      });
      decipher.setAuthTag(blob.subarray(-16));
      return Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
    }),
});

testChunker({ describe, it }, 'a rolling sum', rolling);
testChunker({ describe, it }, 'a ruler', fixed, { contentDefined: false });
testCodec({ describe, it }, 'deflate', deflate, { tamperEvident: false });
testCodec({ describe, it }, 'aes-gcm', sealed, { tamperEvident: true });

/** Whether the check of that name fails. */
const fails = async <Scope>(
  checks: readonly { readonly name: string; run(scope: Scope): Promise<void> }[],
  name: string,
  scope: Scope,
): Promise<boolean> => {
  const check = checks.find((candidate) => candidate.name.startsWith(name));
  if (check === undefined) throw new Error(`there is no check "${name}"`);
  return check.run(scope).then(
    () => false,
    () => true,
  );
};

describe('the checks of a chunker', () => {
  let calls = 0;
  it.each<[string, () => Chunker, string]>([
    ['gives more than there is', () => ({ ...rolling(), cut: () => maxSize }), 'cuts every content'],
    ['gives nothing', () => ({ ...rolling(), cut: () => 0 }), 'cuts every content'],
    ['claims too large a blob', () => ({ ...rolling(), maxSize: 2 ** 30 }), 'says what its largest chunk is'],
    [
      'remembers',
      () => ({ ...rolling(), cut: (w) => Math.min(w.length, 1000 + (calls++ % 999)) }),
      'cuts the same content',
    ],
    [
      'looks too far',
      () => ({ ...rolling(), cut: (w) => Math.min(w.length, w.length > 6000 ? 999 : 1000) }),
      'cuts at the same places',
    ],
    [
      'minds the end',
      () => ({ ...rolling(), cut: (w, last) => Math.min(w.length, last ? 500 : 1000) }),
      'cuts the same way',
    ],
    ['writes', () => ({ ...rolling(), cut: (w) => (w.fill(0), Math.min(w.length, 100)) }), 'leaves the content'],
    ['is a ruler', fixed, 'finds most chunks again'],
  ])('catch one that %s', async (_, open, name) => {
    expect(await fails(chunkerChecks, name, { open, random: seededRandom(1) })).toBe(true);
    expect(await fails(chunkerChecks, name, { open: rolling, random: seededRandom(1) })).toBe(false);
  });
});

describe('the checks of a codec', () => {
  const plain = (codec: Partial<Codec>) => (): Codec => ({ ...deflate(), ...codec });
  it.each<[string, () => Codec, string]>([
    ['loses the last byte', plain({ encode: (blob) => deflateRawSync(blob.subarray(0, -1)) }), 'gives back every blob'],
    ['gives its argument back', plain({ encode: (blob) => blob, decode: (blob) => blob }), 'neither keeps'],
    ['inflates without a limit', plain({ decode: (blob) => inflateRawSync(blob) }), 'never gives more'],
    [
      'throws what is not ours',
      plain({ decode: (blob, limit) => inflateRawSync(blob, { maxOutputLength: limit + 1 }) }),
      'answers hostile bytes',
    ],
    ['proves nothing', deflate, 'notices every turned bit'],
  ])('catch one that %s', async (_, open, name) => {
    expect(await fails(codecChecks, name, { open, random: seededRandom(1) })).toBe(true);
    expect(await fails(codecChecks, name, { open: sealed, random: seededRandom(1) })).toBe(false);
  });
});
