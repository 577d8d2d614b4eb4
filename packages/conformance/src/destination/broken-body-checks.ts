import assert from 'node:assert/strict';
import { BackupError, type Body, collect } from '@triplicate/core';
import { seededBytes } from '@triplicate/core/testing';
import type { DestinationCheck, DestinationScope } from './scope.ts';
import { assertAbsent, failureOf, keysOf, putBytes, rejectsWith } from './tools.ts';

const partial =
  'A write that was cut off leaves a partial object behind. Do not use this place for backups: a broken object could pass for a whole one.';

interface BrokenBody {
  readonly what: string;
  make(content: Buffer): Body;
}

const cause = new BackupError('UNREADABLE', 'the content cannot be read to its end');

const broken: readonly BrokenBody[] = [
  {
    what: 'fails half-way',
    make: (content) => ({
      size: content.byteLength,
      async *open() {
        yield content.subarray(0, content.byteLength / 2);
        throw cause;
      },
    }),
  },
  {
    what: 'fails at its very end',
    make: (content) => ({
      size: content.byteLength,
      async *open() {
        yield content;
        throw cause;
      },
    }),
  },
  { what: 'is shorter than it says', make: (content) => ({ size: content.byteLength + 1, open: () => once(content) }) },
  { what: 'is longer than it says', make: (content) => ({ size: content.byteLength - 1, open: () => once(content) }) },
  { what: 'is empty and says that it is not', make: (content) => ({ size: content.byteLength, open: () => once() }) },
];

async function* once(...parts: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}

const leavesNothing = async ({ destination, random, signal }: DestinationScope, body: BrokenBody): Promise<void> => {
  // Below and above the size at which adapters change to an upload in parts.
  for (const size of [1000, 400_000]) {
    const content = seededBytes(random, size);
    await rejectsWithAny(() => destination.put('data/new', body.make(content), { signal }));
    await assertAbsent(destination, 'data/new', signal);
    assert.deepEqual(await keysOf(destination, '', signal), [], 'something else was left');
  }
};

const rejectsWithAny = async (work: () => Promise<unknown>): Promise<void> => {
  await rejectsWith(['UNREADABLE', 'CORRUPT', 'IO', 'UNAVAILABLE', 'UNSUPPORTED'], work);
};

export const brokenBodyChecks: readonly DestinationCheck[] = [
  ...broken.map((body): DestinationCheck => ({
    name: `leaves nothing of a content that ${body.what}`,
    plain: partial,
    run: (scope) => leavesNothing(scope, body),
  })),
  ...broken.map((body): DestinationCheck => ({
    name: `keeps the old object when the content of the new one ${body.what}`,
    plain: partial,
    when: ({ writeOnce }) => writeOnce !== 'refuses',
    async run({ destination, random, signal }) {
      const old = seededBytes(random, 5000);
      await putBytes(destination, 'data/object', old, signal);
      await failureOf(() => destination.put('data/object', body.make(seededBytes(random, 9000)), { signal }));
      assert.ok((await collect(destination.get('data/object', { signal }))).equals(old));
    },
  })),
  {
    name: 'passes on why the content could not be read',
    plain: 'The plugin hides why a write failed. This is a fault of the plugin.',
    async run({ destination, random, signal }) {
      const body = broken[0]?.make(seededBytes(random, 1000));
      assert.ok(body);
      await rejectsWith('UNREADABLE', () => destination.put('data/object', body, { signal }));
    },
  },
];
