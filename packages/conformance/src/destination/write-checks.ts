import assert from 'node:assert/strict';
import { bodyOf, collect, isBackupError } from '@triplicate/core';
import { seededBytes } from '@triplicate/core/testing';
import type { DestinationCheck } from './scope.ts';
import { assertAbsent, putBytes, rejectsWith } from './tools.ts';

export const writeChecks: readonly DestinationCheck[] = [
  {
    name: 'replaces an object as a whole',
    plain: 'Writing an object again leaves parts of the old one. Do not use this place for backups.',
    when: ({ writeOnce }) => writeOnce !== 'refuses',
    async run({ connect, destination, eventually, random, signal }) {
      for (const size of [100_000, 10, 70_000]) {
        const content = seededBytes(random, size);
        await putBytes(destination, 'data/object', content, signal);
        assert.ok((await collect((await connect()).get('data/object', { signal }))).equals(content));
        assert.equal((await destination.stat('data/object', { signal }))?.size, size);
      }
      await eventually(async () => {
        const listed = await Array.fromAsync(destination.list('data/', { signal }));
        assert.deepEqual(
          listed.map(({ size }) => size),
          [70_000],
        );
      });
    },
  },
  {
    name: 'refuses to write an object again when it claims to write once',
    plain:
      'The place is said to keep what was written, and lets it be overwritten. Look at its object lock or append-only setting.',
    when: ({ writeOnce }) => writeOnce === 'refuses',
    async run({ destination, signal }) {
      await putBytes(destination, 'data/object', Buffer.from('first'), signal);
      await rejectsWith('ALREADY_EXISTS', () => putBytes(destination, 'data/object', Buffer.from('second'), signal));
      assert.equal((await collect(destination.get('data/object', { signal }))).toString(), 'first');
    },
  },
  {
    name: 'writes only where nothing is when asked to',
    plain:
      'Two computers that set up the same place would overwrite each other without noticing. Set it up from one computer at a time.',
    async run({ destination, signal }) {
      const write = (text: string): Promise<unknown> =>
        destination.put('config', bodyOf(Buffer.from(text)), { ifAbsent: true, signal });
      await write('first');
      await rejectsWith('ALREADY_EXISTS', () => write('second'));
      assert.equal((await collect(destination.get('config', { signal }))).toString(), 'first');
    },
  },
  {
    name: 'lets one of several win who write where nothing is',
    plain:
      'The place claims to settle who was first, and does not. Set it up from one computer at a time and report it.',
    when: ({ conditionalPut }) => conditionalPut,
    async run({ connect, destination, random, signal }) {
      const connections = [destination, await connect()];
      const contents = Array.from({ length: 8 }, () => seededBytes(random, 50_000));
      const results = await Promise.allSettled(
        contents.map((content, i) =>
          (connections[i % 2] ?? destination).put('config', bodyOf(content), { ifAbsent: true, signal }),
        ),
      );
      const winners = contents.filter((_, i) => results[i]?.status === 'fulfilled');
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      assert.equal(winners.length, 1, `${winners.length} of 8 writers believe that they were the first`);
      for (const reason of reasons) assert.ok(isBackupError(reason, 'ALREADY_EXISTS'), String(reason));
      const stored = await collect(destination.get('config', { signal }));
      assert.ok(winners[0] && stored.equals(winners[0]), 'the content is not that of the winner');
    },
  },
  {
    name: 'refuses an object above the size that it claims before reading it',
    plain: 'The plugin begins to send an object that the place cannot take. This is a fault of the plugin.',
    when: ({ maxObjectSize }) => maxObjectSize !== undefined,
    async run({ destination, signal }) {
      const size = (destination.capabilities.maxObjectSize ?? 0) + 1;
      let opened = false;
      const open = (): AsyncIterable<Uint8Array> => {
        opened = true;
        return bodyOf(Buffer.alloc(1)).open();
      };
      await rejectsWith('UNSUPPORTED', () => destination.put('data/object', { size, open }, { signal }));
      assert.equal(opened, false);
      await assertAbsent(destination, 'data/object', signal);
    },
  },
];

const assertBackupError = (error: unknown): void => assert.ok(isBackupError(error), String(error));

export const deleteChecks: readonly DestinationCheck[] = [
  {
    name: 'deletes an object, and again without an error',
    plain:
      'Objects cannot be deleted. Old snapshots will pile up; allow this account to delete, or declare the place as write-once.',
    when: ({ canDelete }) => canDelete,
    async run({ connect, destination, eventually, signal }) {
      for (const key of ['data/one', 'data/two']) await putBytes(destination, key, Buffer.from('x'), signal);
      await destination.delete('data/missing', { signal });
      await destination.delete('data/missing/deep/below', { signal });
      await destination.delete('data/one', { signal });
      await destination.delete('data/one', { signal });
      const other = await connect();
      await eventually(() => assertAbsent(other, 'data/one', signal));
      assert.equal((await other.stat('data/two', { signal }))?.size, 1);
      await putBytes(destination, 'data/one', Buffer.from('again'), signal);
      assert.equal((await other.stat('data/one', { signal }))?.size, 5);
    },
  },
  {
    name: 'deletes nothing that stands below a name',
    plain:
      'Deleting one name takes away everything below it, as from a folder. This is a fault of the plugin: do not use it for this place.',
    when: ({ canDelete }) => canDelete,
    async run({ connect, destination, signal }) {
      for (const key of ['data/folder/one', 'data/folder/deep/two']) {
        await putBytes(destination, key, Buffer.from('kept'), signal);
      }
      // Where folders are no objects, there is none of this name; a place that tells them apart may say so.
      await destination.delete('data/folder', { signal }).catch(assertBackupError);
      const other = await connect();
      for (const key of ['data/folder/one', 'data/folder/deep/two']) {
        assert.equal((await other.stat(key, { signal }))?.size, 4, `"${key}" is gone`);
        assert.equal((await collect(other.get(key, { signal }))).toString(), 'kept');
      }
    },
  },
  {
    name: 'keeps an object that it claims it cannot delete',
    plain:
      'The place is said to delete nothing, and deletes. Whoever steals its password could destroy the backup: look at its settings.',
    when: ({ canDelete }) => !canDelete,
    async run({ destination, signal }) {
      await putBytes(destination, 'data/object', Buffer.from('kept'), signal);
      await rejectsWith(['READ_ONLY', 'UNSUPPORTED', 'AUTH'], () => destination.delete('data/object', { signal }));
      assert.equal((await collect(destination.get('data/object', { signal }))).toString(), 'kept');
    },
  },
];
