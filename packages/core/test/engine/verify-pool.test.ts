import { hash } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { Repacker } from '../../src/engine/repacker.ts';
import { ThreadPool } from '../../src/engine/thread-pool.ts';
import { VerifyPool, worthThreads } from '../../src/engine/verify-pool.ts';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

afterEach(() => vi.restoreAllMocks());

const key = newMasterKey();
const blobBytes = 3_000_000;

const makePack = async (): Promise<{ readonly id: string; readonly bytes: Uint8Array<SharedArrayBuffer> }> => {
  const packs: Buffer[] = [];
  const repacker = new Repacker(key, ({ bytes }) => Promise.resolve(void packs.push(Buffer.from(bytes))));
  const content = seededBytes(1, blobBytes);
  await repacker.add({ id: hash('sha256', content), type: 'data', sealed: seal(key, content) });
  await repacker.flush();
  const [pack] = packs;
  if (!pack) throw new TypeError('no pack was made');
  const bytes = new Uint8Array(new SharedArrayBuffer(pack.byteLength));
  bytes.set(pack);
  return { id: hash('sha256', pack), bytes };
};

it.each([
  { where: 'here, where they are few', bytes: worthThreads - 1, asks: 0 },
  { where: 'in threads', bytes: worthThreads, asks: 2 },
])('finds what is wrong with packs $where', async ({ bytes: all, asks }) => {
  const asked = vi.spyOn(ThreadPool.prototype, 'ask');
  const { id, bytes } = await makePack();
  const harmed = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  harmed.set(bytes);
  harmed[blobBytes / 2] = ~(harmed[blobBytes / 2] ?? 0);
  const setup = { masterKey: key, chunker: { type: 'dedupe', options: {} }, codecs: [], polynomial: '' };
  await using pool = new VerifyPool({ ...setup, transformSecret: new Uint8Array(32), threads: 2, bytes: all });
  expect(await Promise.all([pool.verify(id, bytes), pool.verify(id, harmed)])).toEqual([
    [],
    ['its bytes do not match its name', expect.stringMatching(/^blob [0-9a-f]{12}: /)],
  ]);
  expect(asked).toHaveBeenCalledTimes(asks);
});
