import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Repacker } from '../../src/engine/repacker.ts';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { decodeHeader } from '../../src/repository/pack.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

it('loses no blob when several are added while a full pack is being stored', async () => {
  const key = newMasterKey();
  const packs: Buffer[] = [];
  const repacker = new Repacker(key, async ({ bytes }) => {
    await pause(20);
    packs.push(Buffer.from(bytes));
  });
  const ids = Array.from({ length: 24 }, (_, i) => hash('sha256', `blob ${i}`));
  const queue = [...ids];
  const addSome = async (): Promise<void> => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      await repacker.add({ id, type: 'data', sealed: seal(key, seededBytes(queue.length, 3_000_000)) });
    }
  };
  await Promise.all([addSome(), addSome(), addSome()]);
  await repacker.flush();
  const stored = packs.flatMap((bytes) => decodeHeader(key, bytes.byteLength, bytes).map((blob) => blob.id));
  expect(stored.toSorted()).toEqual(ids.toSorted());
});

it('fills the memory of a pack that is written with the next one', async () => {
  const key = newMasterKey();
  const memory = new Set<ArrayBufferLike>();
  const packs: Buffer[] = [];
  const repacker = new Repacker(key, async ({ bytes }) => {
    memory.add(bytes.buffer);
    packs.push(Buffer.from(bytes));
  });
  const ids = Array.from({ length: 24 }, (_, i) => hash('sha256', `blob ${i}`));
  for (const [i, id] of ids.entries())
    await repacker.add({ id, type: 'data', sealed: seal(key, seededBytes(i, 3_000_000)) });
  await repacker.flush();
  expect([packs.length, memory.size]).toEqual([5, 1]);
  const stored = packs.flatMap((bytes) => decodeHeader(key, bytes.byteLength, bytes).map((blob) => blob.id));
  expect(stored).toEqual(ids);
});
