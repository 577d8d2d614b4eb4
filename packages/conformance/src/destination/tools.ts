import assert from 'node:assert/strict';
import { type Body, type Destination, type ErrorCode, isBackupError } from '@triplicate/core';
import { seededBytes, seededInteger } from '@triplicate/core/testing';

/** A body whose views all stand on one piece of shared memory that is overwritten for the next view: what the engine may do. */
export const hardBody = (content: Uint8Array, random: () => number): Body => ({
  size: content.byteLength,
  async *open() {
    const shared = new Uint8Array(new SharedArrayBuffer(Math.min(content.byteLength, 300_000)));
    for (let at = 0; at < content.byteLength;) {
      const length = Math.min(content.byteLength - at, shared.byteLength, seededInteger(random, 1, 300_000));
      shared.fill(0);
      shared.set(content.subarray(at, at + length));
      yield shared.subarray(0, length);
      at += length;
    }
  },
});

export const putBytes = async (
  destination: Destination,
  key: string,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<void> => {
  await destination.put(key, { size: content.byteLength, open: () => once(content) }, { signal });
};

async function* once(content: Uint8Array): AsyncIterable<Uint8Array> {
  yield content;
}

/** `count` small objects `folder/0000` …, all different, and their content by key. */
export const putMany = async (
  destination: Destination,
  { folder, count, random, signal }: { folder: string; count: number; random: () => number; signal: AbortSignal },
): Promise<Map<string, Buffer>> => {
  const objects = new Map<string, Buffer>();
  for (let i = 0; i < count; i += 1) {
    objects.set(`${folder}/${String(i).padStart(4, '0')}`, seededBytes(random, 1 + (i % 50)));
  }
  const waiting = [...objects];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      await putBytes(destination, ...next, signal);
  };
  await Promise.all(Array.from({ length: destination.capabilities.maxConcurrency }, work));
  return objects;
};

export const keysOf = async (destination: Destination, prefix: string, signal: AbortSignal): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of destination.list(prefix, { signal })) keys.push(key);
  return keys.toSorted();
};

/** Rejects with one of `codes`, as a BackupError. */
export const rejectsWith = async (
  codes: ErrorCode | readonly ErrorCode[],
  work: () => Promise<unknown>,
): Promise<void> => {
  const wanted = [codes].flat();
  const error = await failureOf(work);
  assert.ok(isBackupError(error), `threw something that is no BackupError: ${String(error)}`);
  assert.ok(wanted.includes(error.code), `threw ${error.code} (${error.message}) instead of ${wanted.join(' or ')}`);
};

/** What `work` rejects with; an assertion fails when it does not. */
export const failureOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  assert.fail('it succeeded and should have failed');
};

/** Nothing is to be seen under `key`, whichever way one looks. */
export const assertAbsent = async (destination: Destination, key: string, signal: AbortSignal): Promise<void> => {
  assert.equal(await destination.stat(key, { signal }), undefined, `stat sees "${key}"`);
  assert.deepEqual(await keysOf(destination, key, signal), [], `list sees "${key}"`);
  await rejectsWith('NOT_FOUND', () => drain(destination.get(key, { signal })));
};

export const drain = async (items: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of items);
};

/** Fails when `work` has not settled after ten seconds: long enough for a slow link, and far from for ever. */
export const promptly = async <T>(work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new assert.AssertionError({ message: 'it did not settle within 10 seconds' })),
    10_000,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
};
