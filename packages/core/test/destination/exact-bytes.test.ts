import {
  abortable,
  abortableItems,
  assertKey,
  assertPrefix,
  bodyOf,
  collect,
  exactBytes,
  sameContent,
} from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { signal } from './kit.ts';

async function* hang(): AsyncIterable<Uint8Array> {
  yield Buffer.from('ab');
  await new Promise<never>(() => {});
}

describe('exactBytes', () => {
  it('passes on what is as long as it says', async () => {
    const body = bodyOf(Buffer.from('ab'), Buffer.alloc(0), Buffer.from('c'));
    expect((await collect(exactBytes(body, signal))).toString()).toBe('abc');
  });

  it.each([2, 4])('throws when 3 bytes come and %i were announced, and yields none too many', async (size) => {
    let bytes = 0;
    const reading = async (): Promise<void> => {
      const body = { size, open: () => bodyOf(Buffer.from('a'), Buffer.from('b'), Buffer.from('c')).open() };
      for await (const part of exactBytes(body, signal)) bytes += part.byteLength;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(bytes).toBeLessThanOrEqual(size);
  });
});

describe('abortable', () => {
  it('rejects as soon as the signal fires, and passes on a reason of ours', async () => {
    const controller = new AbortController();
    const waiting = abortable(new Promise<never>(() => {}), controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', message: 'interrupted' });
    await expect(abortable(Promise.resolve(1), controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
  });

  it('leaves an iteration that hangs', async () => {
    const controller = new AbortController();
    const items = abortableItems(hang(), controller.signal)[Symbol.asyncIterator]();
    await items.next();
    const next = items.next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('closes an iteration that is left early', async () => {
    let closed = false;
    async function* counting(): AsyncIterable<number> {
      try {
        for (let i = 0; ; i += 1) yield i;
      } finally {
        closed = true;
      }
    }
    for await (const i of abortableItems(counting(), signal)) if (i === 3) break;
    expect(closed).toBe(true);
  });
});

it('compares content and not the pieces that it comes in', async () => {
  const pieces = bodyOf(Buffer.from('a'), Buffer.from('bc'));
  expect(await sameContent(pieces.open(), bodyOf(Buffer.from('abc')).open())).toBe(true);
  expect(await sameContent(pieces.open(), bodyOf(Buffer.from('abd')).open())).toBe(false);
});

it('takes as a prefix whatever some key begins with, and nothing else', () => {
  for (const prefix of ['', 'd', 'data', 'data/', 'data/0', '.', '..', 'data/..'])
    expect(() => assertPrefix(prefix)).not.toThrow();
  for (const prefix of ['/', '../', 'a//', 'a/./', 'A', 'a b']) expect(() => assertPrefix(prefix)).toThrow(TypeError);
  expect(() => assertKey('..')).toThrow(TypeError);
});
