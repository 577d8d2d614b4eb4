import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { type Chunker, maxBlobSize } from '@triplicate/core';
import { seededBytes, seededInteger } from '@triplicate/core/testing';
import type { Check } from '../check.ts';
import { contents, onSharedMemory, unaligned } from './contents.ts';
import { cutAll, type Window } from './cut-all.ts';

export interface ChunkerScope {
  /** A new chunker with the same options each time. */
  readonly open: () => Chunker;
  readonly random: () => number;
}

export interface ChunkerCheck extends Check<ChunkerScope> {
  /** Holds only where the boundaries follow the content. */
  readonly contentDefined?: boolean;
}

const plain = 'Content would be cut wrongly or differently each time. This is a fault of the plugin; do not use it.';

const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);

export const chunkerChecks: readonly ChunkerCheck[] = [
  {
    name: 'says what its largest chunk is, and none is larger than a blob may be',
    plain,
    async run({ open }) {
      const { id, maxSize } = open();
      assert.ok(id.length > 0);
      assert.ok(Number.isInteger(maxSize) && maxSize >= 1 && maxSize <= maxBlobSize, `maxSize is ${maxSize}`);
    },
  },
  {
    name: 'cuts every content into chunks of allowed sizes that make up the whole',
    plain,
    async run({ open, random }) {
      const chunker = open();
      const { maxSize } = chunker;
      const sizes = [
        1,
        2,
        63,
        64,
        65,
        4096,
        maxSize - 1,
        maxSize,
        maxSize + 1,
        2 * maxSize,
        seededInteger(random, maxSize, 3 * maxSize),
      ];
      for (const size of sizes.filter((wanted) => wanted > 0)) {
        for (const { content, what } of contents(random, size)) {
          const lengths = cutAll(chunker, content);
          for (const length of lengths) {
            assert.ok(
              Number.isInteger(length) && length >= 1 && length <= maxSize,
              `a chunk of ${length} bytes of ${what}`,
            );
          }
          assert.equal(sum(lengths), size);
        }
      }
    },
  },
  {
    name: 'cuts the same content at the same places, whoever cut what before',
    plain,
    async run({ open, random }) {
      const used = open();
      const content = seededBytes(random, 4 * used.maxSize + 777);
      cutAll(used, seededBytes(random, used.maxSize + 123));
      const expected = cutAll(open(), content);
      assert.deepEqual(cutAll(open(), content), expected);
      assert.deepEqual(cutAll(used, content), expected);
      assert.deepEqual(cutAll(used, content), expected);
    },
  },
  {
    name: 'cuts at the same places however much of the content it is shown',
    plain,
    async run({ open, random }) {
      const chunker = open();
      const content = seededBytes(random, 4 * chunker.maxSize + 777);
      const expected = cutAll(chunker, content);
      const windows: Record<string, Window> = {
        'as little as it may be': (rest) => rest.subarray(0, chunker.maxSize),
        'a little more than it needs': (rest) => rest.subarray(0, chunker.maxSize + seededInteger(random, 0, 5000)),
        'twice what it needs': (rest) => rest.subarray(0, 2 * chunker.maxSize),
        'on shared memory': (rest) => onSharedMemory(rest.subarray(0, chunker.maxSize)),
        'at an odd address': (rest) => unaligned(rest.subarray(0, chunker.maxSize)),
      };
      for (const [how, window] of Object.entries(windows))
        assert.deepEqual(cutAll(chunker, content, window), expected, how);
    },
  },
  {
    name: 'cuts the same way whether or not it is told that nothing follows, once enough is there',
    plain,
    async run({ open, random }) {
      const chunker = open();
      const window = seededBytes(random, chunker.maxSize);
      assert.equal(chunker.cut(window, true), chunker.cut(window, false));
    },
  },
  {
    name: 'leaves the content as it is',
    plain,
    async run({ open, random }) {
      const chunker = open();
      const content = seededBytes(random, 2 * chunker.maxSize);
      const copy = Buffer.from(content);
      cutAll(chunker, content);
      assert.ok(copy.equals(content));
    },
  },
  {
    name: 'cuts in memory of its own as it cuts elsewhere',
    plain,
    async run({ open, random }) {
      const chunker = open();
      if (chunker.buffer === undefined) return;
      const content = seededBytes(random, 3 * chunker.maxSize + 99);
      const expected = cutAll(chunker, content);
      for (const size of [chunker.maxSize, 2 * chunker.maxSize, chunker.maxSize]) {
        const memory = chunker.buffer(size);
        assert.ok(memory.byteLength >= size);
        const window: Window = (rest) => {
          const part = rest.subarray(0, size);
          memory.set(part);
          return memory.subarray(0, part.byteLength);
        };
        assert.deepEqual(cutAll(chunker, content, window), expected);
      }
      const memory = chunker.buffer(chunker.maxSize);
      memory.set(content.subarray(0, chunker.maxSize));
      chunker.cut(memory.subarray(0, chunker.maxSize), false);
      assert.ok(
        content.subarray(0, chunker.maxSize).equals(memory.subarray(0, chunker.maxSize)),
        'it changed the content',
      );
    },
  },
  {
    name: 'finds most chunks again when something was inserted before them',
    plain:
      'A small change at the beginning of a file makes everything after it new. Backups grow more than they have to.',
    contentDefined: true,
    async run({ open, random }) {
      const chunker = open();
      const content = seededBytes(random, Math.min(12 * chunker.maxSize, 3 * maxBlobSize));
      const known = new Set(chunksOf(cutAll(chunker, content), content));
      const longer = Buffer.concat([seededBytes(random, 7), content]);
      const again = chunksOf(cutAll(chunker, longer), longer).filter((chunk) => known.has(chunk));
      assert.ok(again.length >= known.size / 2, `only ${again.length} of ${known.size} chunks were found again`);
    },
  },
];

const chunksOf = (lengths: readonly number[], content: Buffer): string[] => {
  let at = 0;
  return lengths.map((length) => hash('sha256', content.subarray(at, (at += length))));
};
