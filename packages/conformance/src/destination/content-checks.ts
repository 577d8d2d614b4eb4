import assert from 'node:assert/strict';
import { bodyOf, collect } from '@triplicate/core';
import { seededBytes } from '@triplicate/core/testing';
import type { DestinationCheck } from './scope.ts';
import { drain, hardBody, putBytes, rejectsWith } from './tools.ts';

const kibi = 1024;
const mebi = 1024 * kibi;

const roundTrip = (size: number, heavy = false): DestinationCheck => ({
  name: `gives back ${size} bytes exactly as they came`,
  plain:
    'What was read back is not what was written. Do not use this place for backups before you know why: a proxy, a gateway or a driver changes content.',
  heavy,
  async run({ connect, destination, random, signal }) {
    const content = seededBytes(random, size);
    const info = await destination.put('data/object', hardBody(content, random), { signal });
    assert.equal(info.key, 'data/object');
    assert.equal(info.size, size);
    for (const connection of [destination, await connect()]) {
      const back = await collect(connection.get('data/object', { signal }));
      assert.equal(back.byteLength, size);
      assert.ok(back.equals(content), 'the content differs');
    }
  },
});

/** What is put comes back, and what was never put does not. */
export const contentChecks: readonly DestinationCheck[] = [
  ...[0, 1, 64 * kibi - 1, 64 * kibi, 64 * kibi + 1, 5 * mebi].map((size) => roundTrip(size)),
  // Above the part size of every multipart upload that adapters are known to use.
  roundTrip(20 * mebi + 1, true),
  {
    name: 'knows no object that was never put',
    plain:
      'The place answers for objects that do not exist. Look whether a web server in between shows a page of its own instead of "not found".',
    async run({ destination, signal }) {
      for (const key of ['missing', 'data/missing', 'data/deep/missing']) {
        assert.equal(await destination.stat(key, { signal }), undefined);
        await rejectsWith('NOT_FOUND', () => drain(destination.get(key, { signal })));
      }
    },
  },
  {
    name: 'tells size and time alike in put, stat and list',
    plain:
      'The place tells different sizes or times for one object, so nothing it says about its content can be relied on.',
    async run({ destination, eventually, signal }) {
      const put = await destination.put('data/object', bodyOf(Buffer.from('twelve bytes')), { signal });
      const stat = await destination.stat('data/object', { signal });
      assert.ok(stat !== undefined, 'stat does not see what was put');
      await eventually(async () => {
        const listed = await Array.fromAsync(destination.list('data/', { signal }));
        assert.deepEqual(
          listed.map(({ key, size }) => ({ key, size })),
          [{ key: 'data/object', size: 12 }],
        );
        for (const info of [put, stat, ...listed]) {
          assert.equal(info.size, 12);
          assert.ok(Number.isFinite(info.modified.getTime()), 'the time is no time');
        }
      });
    },
  },
  {
    name: 'is seen at once by another connection',
    plain:
      'What was written cannot be read at once over another connection. Two computers that use this place could hurt each other.',
    async run({ connect, destination, eventually, random, signal }) {
      const other = await connect();
      const content = seededBytes(random, 1000);
      await putBytes(destination, 'locks/one', content, signal);
      assert.equal((await other.stat('locks/one', { signal }))?.size, 1000);
      assert.ok((await collect(other.get('locks/one', { signal }))).equals(content));
      await eventually(async () => {
        assert.equal((await Array.fromAsync(other.list('locks/', { signal }))).length, 1);
      });
    },
  },
  {
    name: 'stores one body under two names',
    plain: 'The same content cannot be sent twice. This is a fault of the plugin, not of the account.',
    async run({ destination, random, signal }) {
      const content = seededBytes(random, 100_000);
      const body = hardBody(content, random);
      for (const key of ['data/one', 'data/two']) await destination.put(key, body, { signal });
      for (const key of ['data/one', 'data/two']) {
        assert.ok((await collect(destination.get(key, { signal }))).equals(content));
      }
    },
  },
];
