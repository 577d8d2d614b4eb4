import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { bodyOf, isBackupError } from '@triplicate/core';
import type { DestinationCheck } from './scope.ts';
import { drain, failureOf, putBytes, rejectsWith } from './tools.ts';

export const conductChecks: readonly DestinationCheck[] = [
  {
    name: 'claims what can be',
    plain: 'What the plugin says about its place contradicts itself. This is a fault of the plugin.',
    async run({ destination }) {
      const { listLagMs, maxConcurrency, maxObjectSize, writeOnce } = destination.capabilities;
      assert.ok(listLagMs >= 0 && Number.isFinite(listLagMs));
      assert.ok(Number.isInteger(maxConcurrency) && maxConcurrency >= 1);
      assert.ok(maxObjectSize === undefined || maxObjectSize > 0);
      assert.ok(['no', 'refuses', 'versions'].includes(writeOnce));
      assert.ok(destination.label.length > 0);
    },
  },
  {
    name: 'tells the room left, or that it does not know',
    plain: 'The place gives senseless numbers for its free space, so no warning can come before it is full.',
    async run({ connectToPlace, signal }) {
      const space = await (await connectToPlace()).space?.({ signal });
      if (space === undefined) return;
      assert.ok(space.freeBytes >= 0);
      assert.ok(space.totalBytes === undefined || space.totalBytes >= space.freeBytes);
    },
  },
  {
    name: 'keeps an object for longer, or says that it locks none',
    plain: 'The place does not hold objects for longer when it is asked to, so that `immutable` ends too early there.',
    async run({ destination, signal }) {
      if (destination.keepUntil === undefined) return;
      await putBytes(destination, 'data/object', Buffer.from('x'), signal);
      // So short that it is over before anything is to be deleted.
      const until = new Date((await destination.stat('data/object', { signal }))?.modified ?? 0);
      until.setSeconds(until.getSeconds() + 2);
      const unsupported = await destination.keepUntil('data/object', { until, signal }).then(
        () => false,
        (error: unknown) => isBackupError(error, 'UNSUPPORTED') || Promise.reject(error as Error),
      );
      const missing = async (): Promise<unknown> => destination.keepUntil?.('data/missing', { until, signal });
      await rejectsWith(unsupported ? 'UNSUPPORTED' : 'NOT_FOUND', missing);
      assert.equal((await destination.stat('data/object', { signal }))?.size, 1);
    },
  },
  {
    name: 'answers no call after it was closed',
    plain: 'A closed connection goes on working. This is a fault of the plugin.',
    async run({ connect, destination, signal }) {
      await putBytes(destination, 'data/object', Buffer.from('x'), signal);
      const other = await connect();
      await other[Symbol.asyncDispose]();
      await failureOf(() => other.put('data/new', bodyOf(Buffer.from('x')), { signal }));
      await failureOf(() => drain(other.get('data/object', { signal })));
      await failureOf(() => other.stat('data/object', { signal }));
      await failureOf(() => drain(other.list('data/', { signal })));
      await failureOf(() => other.delete('data/object', { signal }));
      await other[Symbol.asyncDispose]();
      assert.equal((await destination.stat('data/object', { signal }))?.size, 1);
      assert.equal(await destination.stat('data/new', { signal }), undefined);
    },
  },
  {
    name: 'shows no secret in its label and its errors',
    plain: 'A password or token of this place can end up in logs. This is a fault of the plugin; do not share logs.',
    async run({ connectToPlace, destination, folder, secrets, signal }) {
      const place = await connectToPlace();
      const fired = AbortSignal.abort();
      const errors = [
        await failureOf(() => drain(destination.get('data/missing', { signal }))),
        await failureOf(() => destination.stat('data/missing', { signal: fired })),
        await failureOf(() => place.put('../x', bodyOf(), { signal })),
        await failureOf(() =>
          place.put(`${folder}/x`, { size: 10, open: () => bodyOf(Buffer.from('x')).open() }, { signal }),
        ),
      ];
      for (const text of [place.label, ...errors.map(everything)]) assertNoSecret(text, secrets);
    },
  },
];

/** All that a log could ever print of an error: message, stack, fields and causes, to the bottom. */
export const everything = (error: unknown): string =>
  inspect(error, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });

export const assertNoSecret = (text: string, secrets: readonly string[]): void => {
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      assert.ok(!text.includes(form), 'a secret stands in what the plugin says');
    }
  }
};
