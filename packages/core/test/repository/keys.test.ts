import { describe, expect, it } from 'vitest';
import type { Destination } from '../../src/destination/destination.ts';
import { isBackupError } from '../../src/errors.ts';
import { newMasterKey } from '../../src/repository/crypto.ts';
import { derivationOf } from '../../src/repository/key-file.ts';
import { addKey, listKeys, maxKeys, openWithPassword, removeKey } from '../../src/repository/keys.ts';
import { writeObject } from '../../src/repository/objects.ts';
import { MemoryDestination } from '../../src/testing/memory-destination.ts';
import { assert } from './support/assert.ts';

const { signal } = new AbortController();
const info = {
  created: '2026-11-29T04:29:56Z',
  username: 'anna',
  hostname: 'laptop',
  params: { N: 1024, r: 8, p: 1 },
  signal,
};
const master = newMasterKey();
const withKeys = async (...passwords: string[]): Promise<{ destination: MemoryDestination; ids: string[] }> => {
  const destination = new MemoryDestination();
  const ids: string[] = [];
  for (const password of passwords) ids.push(await addKey(destination, master, { ...info, password }));
  return { destination, ids };
};
const writeKey = (destination: Destination, text: string): Promise<string> =>
  writeObject(destination, { kind: 'keys', bytes: Buffer.from(text) }, { signal });

describe('the keys of a replica', () => {
  it('open with each of their passwords', async () => {
    const { destination, ids } = await withKeys('one', 'two');
    expect(await openWithPassword(destination, 'one', { signal })).toEqual({ id: ids[0], master });
    expect(await openWithPassword(destination, 'two', { signal })).toEqual({ id: ids[1], master });
    await assert.fails(() => openWithPassword(destination, 'three', { signal }), 'WRONG_PASSWORD');
  });

  it('are tried from the hint on, and a hint that is gone or wrong does no harm', async () => {
    const { destination, ids } = await withKeys('one', 'same', 'same');
    for (const hint of [ids[1], ids[2]])
      expect((await openWithPassword(destination, 'same', { hint, signal })).id).toBe(hint);
    for (const hint of [ids[0], 'ab'.repeat(32)])
      expect((await openWithPassword(destination, 'same', { hint, signal })).master).toEqual(master);
  });

  it('are tried twenty times at most', async () => {
    const { destination } = await withKeys('one');
    const derive = derivationOf('right');
    for (let i = 0; i < maxKeys; i += 1) await writeKey(destination, `{"n":${i}}`);
    const last = await addKey(destination, master, { ...info, password: 'right' });
    await assert.fails(() => openWithPassword(destination, derive, { signal }), 'WRONG_PASSWORD');
    expect((await openWithPassword(destination, derive, { hint: last, signal })).id).toBe(last);
  });

  it('that are damaged do not stand in the way of the others', async () => {
    const { destination, ids } = await withKeys('one', 'two');
    const damaged = destination.store.get(`keys/${ids[0]}`);
    if (damaged !== undefined) destination.store.set(`keys/${ids[0]}`, { ...damaged, content: Buffer.from('{}') });
    expect((await openWithPassword(destination, 'two', { signal })).id).toBe(ids[1]);
    await assert.fails(() => openWithPassword(destination, 'one', { signal }), 'WRONG_PASSWORD');
    const listed = await listKeys(destination, { signal });
    expect(listed.map((entry) => isBackupError(entry.info))).toEqual([true, false]);
  });

  it('that are all damaged are damage, and none at all is no repository', async () => {
    const destination = new MemoryDestination();
    await assert.fails(() => openWithPassword(destination, 'x', { signal }), 'NO_REPOSITORY');
    await writeKey(destination, 'nothing');
    await assert.fails(() => openWithPassword(destination, 'x', { signal }), 'CORRUPT');
  });

  it('are listed with what they say about themselves', async () => {
    const { destination, ids } = await withKeys('one');
    const { signal: _signal, ...said } = info;
    expect(await listKeys(destination, { signal })).toEqual([{ id: ids[0], info: said }]);
  });

  it('are removed, but never the one in use', async () => {
    const { destination, ids } = await withKeys('one', 'two');
    const [one = '', two = ''] = ids;
    await assert.fails(() => removeKey(destination, one, { current: one, signal }), 'USAGE');
    await removeKey(destination, one, { current: two, signal });
    await assert.fails(() => removeKey(destination, one, { current: two, signal }), 'NOT_FOUND');
    await assert.fails(() => openWithPassword(destination, 'one', { signal }), 'WRONG_PASSWORD');
  });

  it('stop when they are told to', async () => {
    const { destination } = await withKeys('one');
    await assert.fails(() => openWithPassword(destination, 'one', { signal: AbortSignal.abort() }), 'ABORTED');
  });
});
