import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Repacker, type Repacked } from '../../src/engine/repacker.ts';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { decodeHeader } from '../../src/repository/pack.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

it('loses no blob when several are added while a full pack is being stored', async () => {
  const key = newMasterKey();
  const packs: Repacked[] = [];
  const repacker = new Repacker(key, async (pack) => {
    await pause(20);
    packs.push(pack);
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
  const stored = packs.flatMap(({ bytes }) => decodeHeader(key, bytes.byteLength, bytes).map((blob) => blob.id));
  expect(stored.toSorted()).toEqual(ids.toSorted());
});
