import assert from 'node:assert/strict';
import { collect } from '@triplicate/core';
import type { DestinationCheck } from './scope.ts';
import { failureOf, keysOf, drain, putBytes } from './tools.ts';

const names = [
  '0',
  'a',
  'a.b-c_d',
  'a..b',
  '.a',
  '-a',
  '_a',
  'a-',
  'config',
  'data/00/00',
  'data/0',
  'deep/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z',
  'foo',
  'foobar',
  'foo.bar',
  `data/ff/${'f'.repeat(64)}`,
];

const notNames = [
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../b',
  'a/./b',
  'a/..',
  'A',
  'a b',
  'ä',
  'a\0b',
  'a\\b',
  'a?b',
  'a%2fb',
];

export const nameChecks: readonly DestinationCheck[] = [
  {
    name: 'keeps objects of all allowed names apart',
    plain: 'The place changes or confuses names of objects. Give it another file system or another kind of account.',
    async run({ destination, eventually, signal }) {
      for (const name of names) await putBytes(destination, name, Buffer.from(`content of ${name}`), signal);
      for (const name of names) {
        assert.equal((await collect(destination.get(name, { signal }))).toString(), `content of ${name}`);
      }
      await eventually(async () => assert.deepEqual(await keysOf(destination, '', signal), names.toSorted()));
    },
  },
  {
    name: 'takes the longest name',
    plain: 'The place does not take names as long as the contract says. Choose a shorter path or prefix for it.',
    async run({ connectToPlace, eventually, folder, longestKey, signal }) {
      const place = await connectToPlace();
      const longPart = `${folder}/${'n'.repeat(longestKey - folder.length - 1)}`;
      const manyParts = `${folder}/${'d/'.repeat(longestKey)}`.slice(0, longestKey).replace(/\/$/, 'x');
      for (const key of [longPart, manyParts]) {
        assert.equal(key.length, longestKey);
        await putBytes(place, key, Buffer.from('x'), signal);
        assert.equal((await place.stat(key, { signal }))?.size, 1);
      }
      await eventually(async () => {
        assert.deepEqual(await keysOf(place, `${folder}/`, signal), [manyParts, longPart].toSorted());
      });
    },
  },
  {
    name: 'refuses what is no name and writes nothing for it',
    plain: 'The plugin passes on names that could lead out of its place. This is a fault of the plugin; do not use it.',
    async run({ connectToPlace, destination, signal }) {
      const place = await connectToPlace();
      for (const name of [...notNames, 'n'.repeat(201)]) {
        await failureOf(() => putBytes(place, name, Buffer.from('x'), signal));
        await failureOf(() => drain(place.get(name, { signal })));
        await failureOf(() => place.stat(name, { signal }));
        await failureOf(() => place.delete(name, { signal }));
      }
      for (const prefix of ['/', '../', 'a//', 'a/../', 'A', '*']) {
        await failureOf(() => drain(place.list(prefix, { signal })));
      }
      assert.deepEqual(await keysOf(destination, '', signal), []);
    },
  },
];
