import { FakeClock } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { renameWhenReleased, syncIfPossible } from '../src/platform.ts';

const failing = (code: string, times: number) => {
  const calls: string[] = [];
  const rename = async (from: string): Promise<void> => {
    calls.push(from);
    if (calls.length <= times) throw Object.assign(new Error(code), { code });
  };
  return { calls, rename: renameWhenReleased(rename) };
};

const signal = new AbortController().signal;

describe('renaming on Windows', () => {
  it.each(['EPERM', 'EBUSY', 'EACCES'])('waits for a file that a virus scanner holds (%s)', async (code) => {
    const clock = new FakeClock();
    const { calls, rename } = failing(code, 4);
    await clock.run(rename('a', 'b', { clock, signal }));
    expect(calls).toHaveLength(5);
  });

  it('gives up after two seconds and passes other errors on at once', async () => {
    const clock = new FakeClock();
    const start = clock.now().getTime();
    await expect(clock.run(failing('EPERM', Infinity).rename('a', 'b', { clock, signal }))).rejects.toMatchObject({
      code: 'EPERM',
    });
    expect(clock.now().getTime() - start).toBeLessThanOrEqual(2000);
    const other = failing('ENOENT', Infinity);
    await expect(other.rename('a', 'b', { clock, signal })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(other.calls).toHaveLength(1);
  });
});

it('bears with a file system that cannot flush, and with no other failure of a flush', async () => {
  const fail = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  for (const code of ['ENOTSUP', 'EINVAL', 'ENOTTY']) await expect(syncIfPossible(fail(code))).resolves.toBeUndefined();
  for (const code of ['EIO', 'ENOSPC']) await expect(syncIfPossible(fail(code))).rejects.toMatchObject({ code });
});
