import { bodyOf, collect, type Destination } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderType } from '../../../test/servers/google-drive/store.ts';
import { type Google, openAt, signal, startGoogle } from './kit.ts';

let google: Google;
beforeEach(async () => {
  google = await startGoogle();
});
afterEach(() => google[Symbol.asyncDispose]());

const put = (destination: Destination, key: string, text: string) =>
  destination.put(key, bodyOf(Buffer.from(text)), { signal });
const get = async (destination: Destination, key: string) =>
  (await collect(destination.get(key, { signal }))).toString();
const keys = async (destination: Destination, prefix = '') =>
  (await Array.fromAsync(destination.list(prefix, { signal }))).map(({ key }) => key).toSorted();
/** Files of that name that are there, whatever folder they are in. */
const named = (name: string) =>
  [...google.drive.store.files.values()].filter((file) => file.name === name && file.deleted === undefined);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('one name', () => {
  it('is one object, the youngest, although several files have it', async () => {
    await using destination = await openAt(google);
    await put(destination, 'index/one', 'first');
    const [file] = named('one');
    await pause(5);
    google.drive.store.create({ name: 'one', parents: file?.parents ?? [] }, Buffer.from('second'));
    expect(await keys(destination)).toEqual(['index/one']);
    expect(await get(destination, 'index/one')).toBe('second');
    expect(await destination.stat('index/one', { signal })).toMatchObject({ size: 6 });
    await put(destination, 'index/one', 'third!!');
    expect(named('one')).toHaveLength(1);
    google.drive.store.create({ name: 'one', parents: file?.parents ?? [] }, Buffer.from('again'));
    await destination.delete('index/one', { signal });
    expect(named('one')).toEqual([]);
  });

  it('is one folder, although two machines made one at the same time', async () => {
    await using a = await openAt(google);
    await put(a, 'data/ab/first', '1');
    const [folder] = named('ab');
    const twin = google.drive.store.create(
      { name: 'ab', mimeType: folderType, parents: folder?.parents ?? [] },
      undefined,
    );
    google.drive.store.create({ name: 'second', parents: [twin.id] }, Buffer.from('2'));
    expect(await keys(a)).toEqual(['data/ab/first', 'data/ab/second']);
    expect(await get(a, 'data/ab/second')).toBe('2');
    expect(await keys(a, 'data/ab/se')).toEqual(['data/ab/second']);
  });

  it('is not that of what nobody could have put there', async () => {
    await using destination = await openAt(google);
    await put(destination, 'index/one', '1');
    const [{ parents } = { parents: [] }] = named('one');
    google.drive.store.create({ name: 'Upper', parents }, Buffer.from('x'));
    google.drive.store.create({ name: 'ONE', parents }, Buffer.from('x'));
    google.drive.store.create({ name: 'a/b', parents }, Buffer.from('x'));
    google.drive.store.create(
      { name: 'sheet', mimeType: 'application/vnd.google-apps.spreadsheet', parents },
      undefined,
    );
    google.drive.store.create({ name: 'gone', parents }, Buffer.from('x')).trashed = true;
    expect(await keys(destination)).toEqual(['index/one']);
    expect(await get(destination, 'index/one')).toBe('1');
    expect(await destination.stat('index/sheet', { signal })).toBeUndefined();
    expect(await destination.stat('index/gone', { signal })).toBeUndefined();
    await destination.delete('index/one', { signal });
    expect(named('ONE')).toHaveLength(1);
  });

  it('is found in a folder whose name has signs of the language of searches', async () => {
    await using destination = await openAt(google, { folder: "Anna's \\ things" });
    await put(destination, 'config', 'x');
    expect(await keys(destination)).toEqual(['config']);
    await using again = await openAt(google, { folder: "Anna's \\ things" });
    expect(await get(again, 'config')).toBe('x');
    expect(named("Anna's \\ things")).toHaveLength(1);
  });
});

describe('a listing that lags', () => {
  beforeEach(() => (google.drive.options.lagMs = 1500));
  const lagging = () => openAt(google, { listLag: '3s' });

  it('hides from a writer nothing of its own', async () => {
    await using destination = await lagging();
    await put(destination, 'index/one', 'first');
    await put(destination, 'index/two', 'other');
    expect(await keys(destination)).toEqual(['index/one', 'index/two']);
    await put(destination, 'index/one', 'second');
    expect(await get(destination, 'index/one')).toBe('second');
    expect(named('one')).toHaveLength(1);
    await expect(
      destination.put('index/two', bodyOf(Buffer.from('x')), { ifAbsent: true, signal }),
    ).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await destination.delete('index/one', { signal });
    expect(await keys(destination)).toEqual(['index/two']);
    expect(await destination.stat('index/one', { signal })).toBeUndefined();
  });

  it('still shows for a while what is gone, and nobody here sees that', async () => {
    await using destination = await lagging();
    await put(destination, 'index/one', 'first');
    await pause(1600);
    await destination.delete('index/one', { signal });
    expect(await keys(destination)).toEqual([]);
    expect(await destination.stat('index/one', { signal })).toBeUndefined();
    await destination.put('index/one', bodyOf(Buffer.from('again')), { ifAbsent: true, signal });
    expect(await get(destination, 'index/one')).toBe('again');
  });

  it('hides from the next process of this machine nothing of the one before', async () => {
    await using cache = await temporaryFolder();
    const next = () => openAt(google, { listLag: '3s' }, { cacheDirectory: cache.path });
    {
      await using first = await next();
      await put(first, 'data/ab/one', '1');
      await put(first, 'config', 'ours');
    }
    await using second = await next();
    expect(await get(second, 'config')).toBe('ours');
    await put(second, 'data/ab/two', '2');
    expect(await keys(second)).toEqual(['config', 'data/ab/one', 'data/ab/two']);
    for (const name of ['Backups', 'anna', 'data', 'ab']) expect(named(name)).toHaveLength(1);
    // What is remembered of another place is of no use here.
    await using elsewhere = await openAt(google, { folder: 'Other', listLag: '3s' }, { cacheDirectory: cache.path });
    expect(await elsewhere.stat('config', { signal })).toBeUndefined();
  });

  it('shows what another machine wrote and deleted when its time has come, and never breaks', async () => {
    await using a = await lagging();
    await using b = await lagging();
    await put(a, 'index/one', '1');
    await put(b, 'index/two', '2');
    await pause(1600);
    expect([await keys(a), await keys(b)]).toEqual([
      ['index/one', 'index/two'],
      ['index/one', 'index/two'],
    ]);
    await b.delete('index/one', { signal });
    // Its file is known here by its id, and that is gone at once.
    await expect(get(a, 'index/one')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await pause(1600);
    expect(await keys(a)).toEqual(['index/two']);
  });

  it('lets two machines write one object, and both read the one that was written last', async () => {
    await using a = await lagging();
    await using b = await lagging();
    await put(a, 'index/one', 'a');
    await pause(5);
    await put(b, 'index/one', 'b');
    await pause(1600);
    await using c = await lagging();
    expect(await get(c, 'index/one')).toBe('b');
    expect(await keys(c)).toEqual(['index/one']);
    await put(c, 'index/one', 'c');
    expect(named('one')).toHaveLength(1);
  });
});
