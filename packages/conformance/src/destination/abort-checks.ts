import assert from 'node:assert/strict';
import { type Body, bodyOf } from '@triplicate/core';
import { seededBytes } from '@triplicate/core/testing';
import type { DestinationCheck } from './scope.ts';
import { assertAbsent, drain, keysOf, promptly, putBytes, putMany, rejectsWith } from './tools.ts';

const plain = 'An interrupted call goes on or hangs. Ctrl-C would not stop the backup; this is a fault of the plugin.';

/** Gives its first half, says so, and then nothing any more, as a phone that fell asleep. */
const hanging = (content: Buffer): { readonly body: Body; readonly reached: Promise<void> } => {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const body: Body = {
    size: content.byteLength,
    async *open() {
      yield content.subarray(0, content.byteLength / 2);
      resolve();
      await new Promise<never>(() => {});
    },
  };
  return { body, reached };
};

export const abortChecks: readonly DestinationCheck[] = [
  {
    name: 'begins nothing for a signal that has fired already',
    plain,
    async run({ destination, signal }) {
      await putBytes(destination, 'data/object', Buffer.from('x'), signal);
      const fired = { signal: AbortSignal.abort() };
      await rejectsWith('ABORTED', () => destination.put('data/new', bodyOf(Buffer.from('x')), fired));
      await rejectsWith('ABORTED', () => drain(destination.get('data/object', fired)));
      await rejectsWith('ABORTED', () => destination.stat('data/object', fired));
      await rejectsWith('ABORTED', () => drain(destination.list('', fired)));
      await rejectsWith('ABORTED', () => destination.delete('data/object', fired));
      await assertAbsent(destination, 'data/new', signal);
      assert.equal((await destination.stat('data/object', { signal }))?.size, 1);
    },
  },
  {
    name: 'stops a put at once and leaves nothing of it, even when the content hangs',
    plain,
    async run({ destination, random, signal }) {
      for (const size of [2000, 600_000]) {
        const { body, reached } = hanging(seededBytes(random, size));
        const controller = new AbortController();
        const put = destination.put('data/new', body, { signal: controller.signal });
        put.catch(() => {});
        await promptly(reached);
        controller.abort();
        await promptly(rejectsWith('ABORTED', () => put));
        await assertAbsent(destination, 'data/new', signal);
        assert.deepEqual(await keysOf(destination, '', signal), []);
      }
    },
  },
  {
    name: 'stops a get at once',
    plain,
    async run({ destination, random, signal }) {
      await putBytes(destination, 'data/object', seededBytes(random, 5 * 1024 * 1024), signal);
      const controller = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const _ of destination.get('data/object', { signal: controller.signal })) controller.abort();
      };
      await promptly(rejectsWith('ABORTED', reading));
      assert.equal((await destination.stat('data/object', { signal }))?.size, 5 * 1024 * 1024);
    },
  },
  {
    name: 'stops a list at once',
    plain,
    async run({ destination, eventually, random, signal }) {
      await putMany(destination, { folder: 'data', count: 20, random, signal });
      await eventually(async () => assert.equal((await keysOf(destination, 'data/', signal)).length, 20));
      const controller = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const _ of destination.list('data/', { signal: controller.signal })) controller.abort();
      };
      await promptly(rejectsWith('ABORTED', reading));
    },
  },
  {
    name: 'ends an interrupted call with the reason that was given',
    plain: 'The plugin hides why a call was interrupted. This is a fault of the plugin.',
    async run({ destination, random }) {
      const { body, reached } = hanging(seededBytes(random, 2000));
      const controller = new AbortController();
      const put = destination.put('data/new', body, { signal: controller.signal });
      put.catch(() => {});
      await promptly(reached);
      controller.abort(new Error('the lid was closed'));
      await promptly(rejectsWith('ABORTED', () => put));
    },
  },
];
