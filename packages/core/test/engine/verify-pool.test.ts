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

it('finds the same in packs that are checked here, and in those that threads check once there were many', async () => {
  const asked = vi.spyOn(ThreadPool.prototype, 'ask');
  const { id, bytes } = await makePack();
  const harmed = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  harmed.set(bytes);
  harmed[blobBytes / 2] = ~(harmed[blobBytes / 2] ?? 0);
  const setup = { masterKey: key, chunker: { type: 'dedupe', options: {} }, codecs: [], polynomial: '' };
  await using pool = new VerifyPool(2, { ...setup, transformSecret: new Uint8Array(32) });
  const verifyBoth = async (): Promise<unknown> => [await pool.verify(id, bytes), await pool.verify(id, harmed)];
  const here = await verifyBoth();
  expect(here).toEqual([[], ['its bytes do not match its name', expect.stringMatching(/^blob [0-9a-f]{12}: /)]]);
  expect(asked).not.toHaveBeenCalled();
  const rounds = Math.ceil(worthThreads / bytes.byteLength / 2);
  for (let round = 1; round < rounds; round += 1) await verifyBoth();
  const before = asked.mock.calls.length;
  expect(await Promise.all([verifyBoth(), verifyBoth()])).toEqual([here, here]);
  expect(asked.mock.calls.length - before, 'packs that threads checked').toBe(4);
});
