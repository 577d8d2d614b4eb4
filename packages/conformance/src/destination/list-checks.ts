import assert from 'node:assert/strict';
import { seededBytes } from '@triplicate/core/testing';
import type { DestinationCheck } from './scope.ts';
import { keysOf, putBytes, putMany } from './tools.ts';

const incomplete =
  'A listing of the place is not complete. Do not prune there: data that is in use could look unused. Report it to the provider.';

export const listChecks: readonly DestinationCheck[] = [
  {
    name: 'is empty at the start',
    plain:
      'A folder that was never used is not empty. Look what else writes into this place, and give the backup a folder of its own.',
    async run({ destination, signal }) {
      assert.deepEqual(await keysOf(destination, '', signal), []);
      assert.deepEqual(await keysOf(destination, 'data/', signal), []);
    },
  },
  {
    name: 'takes a prefix as plain text, not as a folder',
    plain: incomplete,
    async run({ destination, eventually, signal }) {
      const keys = ['foo/one', 'foo/two', 'foobar/one', 'foobaz', 'fo', 'other/foo/one'];
      for (const key of keys) await putBytes(destination, key, Buffer.from(key), signal);
      const expected = (prefix: string): string[] => keys.filter((key) => key.startsWith(prefix)).toSorted();
      await eventually(async () => {
        for (const prefix of [
          '',
          'f',
          'fo',
          'foo',
          'foo/',
          'foo/o',
          'foo/one',
          'foob',
          'foobar/',
          'foobaz',
          'x',
          'foo/x/',
        ]) {
          assert.deepEqual(await keysOf(destination, prefix, signal), expected(prefix), `with the prefix "${prefix}"`);
        }
      });
    },
  },
  {
    name: 'lists the place from its top like a folder of it',
    plain: incomplete,
    async run({ connectToPlace, destination, eventually, folder, signal }) {
      await putBytes(destination, 'data/object', Buffer.from('x'), signal);
      const place = await connectToPlace();
      await eventually(async () => {
        for (const prefix of ['', folder, `${folder}/data/`, `${folder}/data/ob`]) {
          assert.ok(
            (await keysOf(place, prefix, signal)).includes(`${folder}/data/object`),
            `with the prefix "${prefix}"`,
          );
        }
      });
    },
  },
  {
    name: 'lists more entries than fit on one page, each exactly once',
    plain: incomplete,
    heavy: true,
    async run({ destination, eventually, random, signal }) {
      const objects = await putMany(destination, { folder: 'data/ab', count: 1001, random, signal });
      await putBytes(destination, 'data/ac', Buffer.from('x'), signal);
      await eventually(async () => {
        const listed = await Array.fromAsync(destination.list('data/ab/', { signal }));
        assert.deepEqual(listed.map(({ key }) => key).toSorted(), [...objects.keys()].toSorted());
        for (const { key, size } of listed) assert.equal(size, objects.get(key)?.byteLength, key);
      });
    },
  },
  {
    name: 'lists what stood there before while other objects are written',
    plain: incomplete,
    async run({ destination, eventually, random, signal }) {
      const before = await putMany(destination, { folder: 'data/old', count: 60, random, signal });
      await eventually(async () => assert.equal((await keysOf(destination, 'data/', signal)).length, 60));
      const writing = putMany(destination, { folder: 'data/new', count: 60, random, signal });
      for (let round = 0; round < 5; round += 1) {
        const keys = await keysOf(destination, 'data/', signal);
        assert.equal(new Set(keys).size, keys.length, 'a key was listed twice');
        assert.deepEqual(
          keys.filter((key) => before.has(key)),
          [...before.keys()].toSorted(),
        );
      }
      const after = await writing;
      await eventually(async () => {
        assert.deepEqual(await keysOf(destination, 'data/', signal), [...before.keys(), ...after.keys()].toSorted());
      });
    },
  },
  {
    name: 'answers other calls while a listing is being read',
    plain: 'While a listing is read, other calls hang. This is a fault of the plugin.',
    async run({ destination, eventually, random, signal }) {
      const objects = await putMany(destination, { folder: 'locks', count: 8, random, signal });
      await eventually(async () => assert.equal((await keysOf(destination, 'locks/', signal)).length, 8));
      for await (const { key, size } of destination.list('locks/', { signal })) {
        assert.equal((await destination.stat(key, { signal }))?.size, size);
        await putBytes(destination, `seen/${key}`, seededBytes(random, 10), signal);
        assert.equal(objects.get(key)?.byteLength, size);
      }
    },
  },
];
