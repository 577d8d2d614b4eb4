import assert from 'node:assert/strict';
import { collect } from '@triplicate/core';
import { seededBytes } from '@triplicate/core/testing';
import type { DestinationCheck } from './scope.ts';
import { drain, putBytes, rejectsWith } from './tools.ts';

const size = 200_000;

const good = [
  { offset: 0, length: 1 },
  { offset: 0, length: size },
  { offset: 65_535, length: 65_538 },
  { offset: size - 1, length: 1 },
  { offset: 1, length: size - 1 },
];

const bad = [
  { offset: size, length: 1 },
  { offset: size - 1, length: 2 },
  { offset: 0, length: size + 1 },
  { offset: 10 * size, length: 5 },
];

export const rangeChecks: readonly DestinationCheck[] = [
  {
    name: 'reads any range of an object exactly',
    plain:
      'Parts of an object come back wrong. A proxy or gateway that does not understand range requests is the usual cause.',
    when: ({ rangeReads }) => rangeReads,
    async run({ destination, random, signal }) {
      const content = seededBytes(random, size);
      await putBytes(destination, 'data/object', content, signal);
      for (const range of good) {
        const back = await collect(destination.get('data/object', { range, signal }));
        assert.ok(back.equals(content.subarray(range.offset, range.offset + range.length)), JSON.stringify(range));
      }
    },
  },
  {
    name: 'refuses a range past the end instead of giving less',
    plain:
      'A read past the end of an object gives fewer bytes instead of an error, so a shortened object could pass for a whole one.',
    when: ({ rangeReads }) => rangeReads,
    async run({ destination, random, signal }) {
      await putBytes(destination, 'data/object', seededBytes(random, size), signal);
      for (const range of bad) {
        await rejectsWith('INVALID_RANGE', () => drain(destination.get('data/object', { range, signal })));
      }
      const range = { offset: 0, length: 1 };
      await rejectsWith('NOT_FOUND', () => drain(destination.get('data/missing', { range, signal })));
    },
  },
  {
    name: 'says that it reads no ranges when it claims none',
    plain:
      'The plugin claims that the place reads whole objects only, and then reads a part. This is a fault of the plugin.',
    when: ({ rangeReads }) => !rangeReads,
    async run({ destination, random, signal }) {
      await putBytes(destination, 'data/object', seededBytes(random, 100), signal);
      const range = { offset: 10, length: 10 };
      await rejectsWith('UNSUPPORTED', () => drain(destination.get('data/object', { range, signal })));
    },
  },
];
