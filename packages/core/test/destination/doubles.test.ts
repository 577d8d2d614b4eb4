import { BackupError, bytesFromText, type BytePath, type EntryInfo } from '@triplicate/core';
import {
  FakeClock,
  FaultyDestination,
  MemoryDestination,
  RecordingBuilder,
  seededBytes,
  seededInteger,
  seededRandom,
} from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { get, keys, put, signal, unavailable } from './kit.ts';

describe('a fake clock', () => {
  it('wakes sleepers in the order of their time, and lets each go on before the next', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const seen: string[] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(new Date(clock.now().getTime() + ms), { signal });
      seen.push(`${name} at ${clock.now().getTime() - Date.UTC(2026, 0, 1)}`);
      if (name === 'first') await sleep('again', 500);
    };
    const all = Promise.all([sleep('second', 2000), sleep('first', 1000), sleep('never', 9000).catch(() => {})]);
    await clock.advance(3000);
    expect(seen).toEqual(['first at 1000', 'again at 1500', 'second at 2000']);
    expect(clock.sleeping).toBe(1);
    expect(clock.now().toISOString()).toBe('2026-01-01T00:00:03.000Z');
    await clock.run(all);
    expect(seen.at(-1)).toBe('never at 9000');
  });

  it('wakes at once for a time that is past, and rejects when the signal fires', async () => {
    const clock = new FakeClock();
    await clock.sleep(new Date(0), { signal });
    const controller = new AbortController();
    const asleep = clock.sleep(new Date(clock.now().getTime() + 1), { signal: controller.signal });
    controller.abort(unavailable);
    await expect(asleep).rejects.toBe(unavailable);
    expect(clock.sleeping).toBe(0);
  });
});

describe('a faulty destination', () => {
  const faulty = (...faults: ConstructorParameters<typeof FaultyDestination>[1][] & object) => {
    const memory = new MemoryDestination();
    return { memory, destination: new FaultyDestination(memory, faults.flat() as never) };
  };

  it('fails the calls that it is told to, and no other', async () => {
    const { destination } = faulty({ failOn: 'stat', at: 2, times: 2 });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => destination.stat('a', { signal })));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    await put(destination, 'a', 'x');
  });

  it('can fail by key, with any error, before or after the effect', async () => {
    const error = new BackupError('QUOTA_EXCEEDED', 'full');
    const { destination, memory } = faulty(
      { failOn: 'put', only: ({ key }) => key === 'a', error },
      { failOn: ['put', 'delete'], only: ({ key }) => key === 'b', afterEffect: true, times: 2 },
    );
    await expect(put(destination, 'a', 'x')).rejects.toBe(error);
    await expect(put(destination, 'b', 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([...memory.store.keys()]).toEqual(['b']);
    await expect(destination.delete('b', { signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(memory.store.size).toBe(0);
  });

  it('can cut off, shorten and spoil content in both directions', async () => {
    const { destination, memory } = faulty(
      { failOn: 'put', at: 1, truncate: 3 },
      { failOn: 'put', at: 2, corrupt: 0 },
      { failOn: 'put', at: 3, cutAfter: 2 },
      { failOn: 'get', at: 1, truncate: 2 },
      { failOn: 'get', at: 2, corrupt: 4 },
      { failOn: 'get', at: 3, cutAfter: 2 },
      { failOn: 'list', cutAfter: 1 },
    );
    await put(destination, 'short', 'abcde');
    await put(destination, 'spoilt', 'abcde');
    await expect(put(destination, 'cut', 'abcde')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await get(memory, 'short')).toBe('abc');
    expect(await get(memory, 'spoilt')).toBe('`bcde');
    expect(memory.store.has('cut')).toBe(false);
    await put(memory, 'whole', 'abcde');
    expect(await get(destination, 'whole')).toBe('ab');
    expect(await get(destination, 'whole')).toBe('abcdd');
    await expect(get(destination, 'whole')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const found: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { key } of destination.list('', { signal })) found.push(key);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(found).toHaveLength(1);
    expect(await keys(destination)).toHaveLength(3);
  });

  it('can hang until the signal fires, and crawl', async () => {
    const clock = new FakeClock();
    const start = clock.now().getTime();
    const memory = new MemoryDestination({ clock });
    const destination = new FaultyDestination(memory, { failOn: 'put', slow: 1000 }, { clock });
    await clock.run(put(destination, 'a', Buffer.alloc(5000)));
    expect(clock.now().getTime() - start).toBe(5000);
    destination.inject({ failOn: 'get', hang: true });
    const controller = new AbortController();
    const next = destination.get('a', { signal: controller.signal })[Symbol.asyncIterator]().next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a seed', () => {
  it('always gives the same numbers and bytes, and another seed gives others', () => {
    const draw = (seed: number): unknown[] => {
      const random = seededRandom(seed);
      return [random(), seededInteger(random, 5, 7), seededBytes(random, 13).toString('hex')];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const random = seededRandom(3);
    const drawn = Array.from({ length: 3000 }, () => seededInteger(random, 5, 7));
    for (const number of [5, 6, 7]) expect(drawn.filter((other) => other === number).length).toBeGreaterThan(850);
    expect(new Set(drawn).size).toBe(3);
  });
});

describe('a recording builder', () => {
  const info: EntryInfo = { mode: 0o644, mtimeNs: 1n };
  const path = (text: string): BytePath => bytesFromText(text);
  async function* text(content: string): AsyncIterable<Uint8Array> {
    yield Buffer.from(content);
  }

  it.each(['', '/a', 'a/', 'a//b', '..', 'a/../b', './a', 'a\0'])('refuses the path %j', async (bad) => {
    const builder = new RecordingBuilder();
    await expect(builder.putFile(path(bad), info, text('x'), { signal })).rejects.toBeInstanceOf(TypeError);
    await expect(builder.putDirectory(path(bad), info)).rejects.toBeInstanceOf(TypeError);
    expect(() => builder.unreadable(path(bad), unavailable)).toThrow(TypeError);
  });

  it('lets nothing into a folder that was ended, and changes nothing where the base is empty', async () => {
    const builder = new RecordingBuilder();
    await builder.putDirectory(path('a'), info);
    await builder.endDirectory(path('a'));
    await expect(builder.putFile(path('a/b/c'), info, text('x'), { signal })).rejects.toBeInstanceOf(TypeError);
    await expect(builder.putDirectory(path('a'), info)).rejects.toBeInstanceOf(TypeError);
    await expect(builder.move(path('a'), path('b'))).rejects.toBeInstanceOf(TypeError);
    await expect(builder.remove(path('a'))).rejects.toBeInstanceOf(TypeError);
  });

  it('puts nothing of a stream that fails', async () => {
    const builder = new RecordingBuilder();
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('x');
      throw unavailable;
    }
    await expect(builder.putFile(path('a'), info, broken(), { signal })).rejects.toBe(unavailable);
    expect((await builder.finish()).entries.size).toBe(0);
  });

  it('moves, removes and reads back on top of the snapshot before', async () => {
    const first = new RecordingBuilder();
    for (const name of ['a/b/one', 'a/b/two', 'c/three']) await first.putFile(path(name), info, text(name), { signal });
    const builder = new RecordingBuilder({ base: 'previous', previous: await first.finish() });
    await builder.move(path('a/b'), path('d/e'));
    await builder.move(path('c/three'), path('d/e/one'));
    await builder.remove(path('c'));
    await builder.remove(path('nothing'));
    await expect(builder.move(path('nothing'), path('x'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { entries } = await builder.finish();
    expect([...entries.keys()].toSorted()).toEqual(['a', 'd', 'd/e', 'd/e/one', 'd/e/two']);
    const back = await Array.fromAsync(builder.read(path('d/e/one'), { signal, range: { offset: 2, length: 5 } }));
    expect(Buffer.concat(back).toString()).toBe('three');
    expect((await Array.fromAsync(builder.list(path('d/e')))).map(({ name }) => name)).toEqual(['one', 'two']);
    await expect(builder.read(path('d/e'), { signal })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('keeps content of the snapshot before, or says that it has to be read', async () => {
    const first = new RecordingBuilder();
    await first.putFile(path('a'), info, text('content'), { signal });
    const previous = await first.finish();
    const node = await previous.node(path('a'));
    if (node === undefined) throw new Error('it was put');
    const keeping = new RecordingBuilder({ previous });
    expect(await keeping.keep(path('moved'), node, { ...info, mode: 0o600 })).toBe('kept');
    const entry = (await keeping.finish()).entries.get(path('moved'));
    expect([Buffer.from(entry?.content ?? []).toString(), entry?.info.mode]).toEqual(['content', 0o600]);
    const reading = new RecordingBuilder({ previous, keep: 'read-it' });
    expect(await reading.keep(path('a'), node, info)).toBe('read-it');
    expect((await reading.finish()).entries.size).toBe(0);
  });
});
