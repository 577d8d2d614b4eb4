import assert from 'node:assert/strict';
import { type Codec, isBackupError, maxBlobSize } from '@triplicate/core';
import { seededBytes, seededInteger } from '@triplicate/core/testing';
import type { Check } from '../check.ts';
import { contents, copied, onSharedMemory, unaligned } from './contents.ts';

export interface CodecScope {
  /** A new codec with the same options and the same key each time. */
  readonly open: () => Codec;
  readonly random: () => number;
}

export interface CodecCheck extends Check<CodecScope> {
  /** Holds only where the codec proves that what it decodes is what was encoded. */
  readonly tamperEvident?: boolean;
}

const lossy = 'What was encoded does not come back. This is a fault of the plugin; do not use it.';
const trusting =
  'Damaged or forged data is taken for good, or can exhaust the memory. This is a fault of the plugin; do not use it.';

const sizes = [0, 1, 2, 15, 16, 17, 31, 32, 33, 1000, 65_535, 65_536, 65_537, 1_000_003];

/** Throws CORRUPT, or gives no more than it may where the codec cannot know. */
const decodesSafely = (codec: Codec, blob: Uint8Array, maxSize: number): void => {
  let result: Uint8Array;
  try {
    result = codec.decode(blob, maxSize);
  } catch (error) {
    assert.ok(isBackupError(error, 'CORRUPT'), `it threw ${String(error)} instead of CORRUPT`);
    return;
  }
  assert.ok(result.byteLength <= maxSize, `it gave ${result.byteLength} bytes and was allowed ${maxSize}`);
};

const refuses = (codec: Codec, blob: Uint8Array, maxSize: number, what: string): void => {
  assert.throws(
    () => codec.decode(blob, maxSize),
    (error) => isBackupError(error, 'CORRUPT'),
    what,
  );
};

export const codecChecks: readonly CodecCheck[] = [
  {
    name: 'gives back every blob exactly',
    plain: lossy,
    async run({ open, random }) {
      const codec = open();
      const some = Array.from({ length: 30 }, () => seededInteger(random, 0, 200_000));
      for (const size of [...sizes, ...some]) {
        for (const { content, what } of contents(random, size)) {
          const back = open().decode(codec.encode(content), size);
          assert.ok(content.equals(back), `${size} bytes of ${what}`);
        }
      }
    },
  },
  {
    name: 'gives back the largest blob',
    plain: lossy,
    heavy: true,
    async run({ open, random }) {
      for (const { content, what } of contents(random, maxBlobSize)) {
        assert.ok(content.equals(open().decode(open().encode(content), maxBlobSize)), what);
      }
    },
  },
  {
    name: 'neither keeps nor changes what it is given',
    plain: lossy,
    async run({ open, random }) {
      const codec = open();
      for (const make of [copied, onSharedMemory, unaligned]) {
        const content = seededBytes(random, 70_000);
        const argument = make(content);
        const encoded = codec.encode(argument);
        assert.ok(content.equals(argument), 'encode changed its argument');
        argument.fill(0);
        const second = make(encoded);
        const decoded = codec.decode(second, 70_000);
        assert.deepEqual(Buffer.from(second), Buffer.from(encoded), 'decode changed its argument');
        second.fill(0);
        assert.ok(content.equals(decoded), 'a result stood on its argument');
      }
    },
  },
  {
    name: 'leaves earlier results alone',
    plain: lossy,
    async run({ open, random }) {
      const codec = open();
      const all = Array.from({ length: 8 }, () => seededBytes(random, 50_000));
      const encoded = all.map((content) => codec.encode(content));
      const decoded = encoded.map((blob) => codec.decode(blob, 50_000));
      for (const [i, content] of all.entries()) assert.ok(decoded[i] && content.equals(decoded[i]));
    },
  },
  {
    name: 'encodes only what pays, where it says so',
    plain: lossy,
    async run({ open, random }) {
      const codec = open();
      if (codec.encodeOrUndefined === undefined) return;
      for (const size of sizes) {
        for (const { content, what } of contents(random, size)) {
          const encoded = codec.encodeOrUndefined(content);
          if (encoded !== undefined) assert.ok(content.equals(codec.decode(encoded, size)), `${size} bytes of ${what}`);
        }
      }
    },
  },
  {
    name: 'never gives more than it may',
    plain: trusting,
    async run({ open, random }) {
      for (const size of [1, 17, 65_536, maxBlobSize]) {
        for (const { content, what } of contents(random, size)) {
          const encoded = open().encode(content);
          for (const limit of [0, Math.floor(size / 2), size - 1])
            refuses(open(), encoded, limit, `${what}, ${limit} of ${size} bytes`);
        }
      }
    },
  },
  {
    name: 'answers hostile bytes with CORRUPT and nothing else',
    plain: trusting,
    async run({ open, random }) {
      const codec = open();
      const encoded = codec.encode(Buffer.alloc(5000, 'something that can be compressed'));
      for (let round = 0; round < 300; round += 1) {
        decodesSafely(codec, seededBytes(random, seededInteger(random, 0, 300)), 10_000);
        decodesSafely(codec, encoded.subarray(0, seededInteger(random, 0, encoded.byteLength - 1)), 10_000);
        const changed = Uint8Array.from(encoded);
        changed.set(seededBytes(random, 4), seededInteger(random, 0, Math.max(0, encoded.byteLength - 4)));
        decodesSafely(codec, changed, 10_000);
        decodesSafely(codec, Buffer.concat([encoded, seededBytes(random, 1 + (round % 9))]), 10_000);
      }
      const content = seededBytes(random, 100);
      assert.ok(content.equals(codec.decode(codec.encode(content), 100)), 'it works no more afterwards');
    },
  },
  {
    name: 'notices every turned bit, every cut and every addition',
    plain: trusting,
    tamperEvident: true,
    async run({ open, random }) {
      const codec = open();
      for (const size of [0, 1, 100, 3000]) {
        const encoded = codec.encode(seededBytes(random, size));
        for (let at = 0; at < encoded.byteLength; at += size < 1000 ? 1 : 13) {
          const changed = Uint8Array.from(encoded);
          changed[at] = (changed[at] ?? 0) ^ (1 << seededInteger(random, 0, 7));
          refuses(codec, changed, 10_000, `a turned bit at byte ${at} of ${encoded.byteLength}`);
        }
        for (let length = 0; length < Math.min(encoded.byteLength, 200); length += 1) {
          refuses(codec, encoded.subarray(0, length), 10_000, `cut to ${length} bytes`);
        }
        refuses(codec, Buffer.concat([encoded, Buffer.from([0])]), 10_000, 'one byte more');
      }
    },
  },
];
