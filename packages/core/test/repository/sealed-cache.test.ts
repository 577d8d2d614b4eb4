import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newMasterKey } from '../../src/repository/crypto.ts';
import { SealedCache } from '../../src/repository/sealed-cache.ts';
import { FakeClock } from '../../src/testing/index.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'sealed-cache-')), 'made', 'later');
});
afterEach(() => rm(join(folder, '../..'), { recursive: true }));

const clock = new FakeClock();
const masterKey = newMasterKey();
const words = Buffer.from('HomeDomain/Library/SMS/sms.db');

it('gives back what was written under the same name, key and secret, and nothing else', async () => {
  const cache = new SealedCache({ folder, masterKey, clock });
  const secret = Buffer.alloc(32, 7);
  expect(await cache.read('a', { signal })).toBeUndefined();
  expect(await cache.write('a', words, { signal })).toBe(true);
  expect(await cache.write('b', words, { signal, secret })).toBe(true);
  expect(await cache.read('a', { signal })).toEqual(words);
  expect(await cache.read('b', { signal, secret })).toEqual(words);
  expect(await cache.read('b', { signal })).toBeUndefined();
  expect(await cache.read('b', { signal, secret: Buffer.alloc(32, 8) })).toBeUndefined();
  const other = new SealedCache({ folder, masterKey: newMasterKey(), clock });
  expect(await other.read('a', { signal })).toBeUndefined();
});

it('tells nothing to whoever has the disk, and damage is as if nothing was there', async () => {
  const cache = new SealedCache({ folder, masterKey, clock });
  await cache.write('../../etc/passwd', words, { signal });
  const [name = ''] = await readdir(folder);
  const place = join(folder, name);
  const sealed = await readFile(place);
  expect(sealed.includes(words)).toBe(false);
  expect((await stat(place)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  sealed[20] = (sealed[20] ?? 0) ^ 1;
  await writeFile(place, sealed);
  expect(await cache.read('../../etc/passwd', { signal })).toBeUndefined();
});

it('lets go of what was not used for the longest time', async () => {
  const cache = new SealedCache({ folder, masterKey, clock, limit: 3 * (1000 + 32) });
  for (const name of ['one', 'two', 'three']) {
    await cache.write(name, Buffer.alloc(1000), { signal });
    await clock.advance(60_000);
    await cache.read(name, { signal });
  }
  await clock.advance(60_000);
  await cache.read('one', { signal });
  await cache.write('four', Buffer.alloc(1000), { signal });
  const kept = await Promise.all(['one', 'two', 'three', 'four'].map((name) => cache.read(name, { signal })));
  expect(kept.map((bytes) => bytes !== undefined)).toEqual([true, false, true, true]);
});

it('does without a folder that cannot be written', async () => {
  await writeFile(join(folder, '../..', 'made'), 'a file');
  const cache = new SealedCache({ folder, masterKey, clock });
  expect(await cache.write('a', words, { signal })).toBe(false);
  expect(await cache.read('a', { signal })).toBeUndefined();
});
