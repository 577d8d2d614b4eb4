/** A disk that stops to answer keeps the threads of the calls that wait for it, and no more of them. */
import { setImmediate } from 'node:timers/promises';
import { bodyOf } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { type Platform, thisPlatform } from '../src/platform.ts';
import { get, open, put, signal } from './kit.ts';

it('begins nothing new while a call that was given up has not come back', async () => {
  await using folder = await temporaryFolder();
  const answer = Promise.withResolvers<void>();
  let asked = 0;
  const platform: Platform = {
    ...thisPlatform,
    async syncFile(file) {
      asked += 1;
      await answer.promise;
      await thisPlatform.syncFile(file);
    },
  };
  const destination = await open(folder.path, { platform });
  const giveUp = new AbortController();
  const first = destination.put('data/aa', bodyOf(Buffer.from('one')), { signal: giveUp.signal });
  while (asked === 0) await setImmediate();
  giveUp.abort();
  await expect(first).rejects.toMatchObject({ code: 'ABORTED' });

  const impatient = new AbortController();
  const lost = [
    destination.put('data/bb', bodyOf(Buffer.from('two')), { signal: impatient.signal }),
    destination.stat('data/aa', { signal: impatient.signal }),
    Array.fromAsync(destination.list('', { signal: impatient.signal })),
    Array.fromAsync(destination.get('data/aa', { signal: impatient.signal })),
  ].map((call) =>
    call.then(
      () => 'answered',
      ({ code }: { code: string }) => code,
    ),
  );
  const kept = put(destination, 'data/cc', 'three');
  for (let turn = 0; turn < 200; turn += 1) await setImmediate();
  expect(asked).toBe(1);
  impatient.abort();
  expect(await Promise.all(lost)).toEqual(['ABORTED', 'ABORTED', 'ABORTED', 'ABORTED']);

  answer.resolve();
  await kept;
  expect(await get(destination, 'data/cc')).toBe('three');
  expect(await Array.fromAsync(destination.list('data/', { signal }), ({ key }) => key)).toEqual(['data/cc']);
});
