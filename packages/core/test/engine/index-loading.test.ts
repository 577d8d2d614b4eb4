import { describe, expect, it } from 'vitest';
import { loadIndex } from '../../src/engine/repository-index.ts';
import { sealIndex } from '../../src/engine/index-batches.ts';
import { idWordsFromHex } from '../../src/engine/ids.ts';
import { newMasterKey } from '../../src/repository/crypto.ts';
import { bodyOf } from '../../src/body.ts';
import { type MemoryReplica, memoryReplica } from './support/memory-replica.ts';

const { signal } = new AbortController();
const masterKey = newMasterKey();
const hex = (n: number): string => n.toString(16).padStart(64, '0');

const replica = (name: string, mask: number): MemoryReplica => memoryReplica(name, mask, masterKey);

const packOf = (n: number): Parameters<typeof sealIndex>[0][number] => ({
  id: hex(n),
  blobs: [{ id: hex(1000 + n), type: 'data', offset: 0, length: 100 }],
});

describe('loading the index of several replicas', () => {
  it('reads a file that several have once, and marks the packs of each', async () => {
    const [a, b] = [replica('a', 1), replica('b', 2)];
    const shared = sealIndex([packOf(1), packOf(2)], masterKey, 2);
    const own = sealIndex([packOf(3)], masterKey, 2);
    for (const { destination } of [a, b]) await destination.put(shared.key, bodyOf(shared.bytes), { signal });
    await b.destination.put(own.key, bodyOf(own.bytes), { signal });
    const { table, packNumbers, files } = await loadIndex([a, b], signal);
    expect(files.get(shared.id)?.mask).toBe(3);
    expect([1, 2, 3].map((n) => table.packs.presence(packNumbers.get(hex(n)) ?? -1))).toEqual([3, 3, 2]);
    expect(table.presence(idWordsFromHex(hex(1003)), false)).toBe(2);
  });

  it('takes a damaged copy for none, says so, and reads the other', async () => {
    const [a, b] = [replica('a', 1), replica('b', 2)];
    const { key, bytes, id } = sealIndex([packOf(1)], masterKey, 2);
    await a.destination.put(key, bodyOf(bytes.subarray(0, bytes.length - 1)), { signal });
    await b.destination.put(key, bodyOf(bytes), { signal });
    const { files, unreadable } = await loadIndex([a, b], signal);
    expect(files.get(id)?.mask).toBe(2);
    expect(unreadable.map((file) => [file.id, file.replicas])).toEqual([[id, 1]]);
  });

  it('names a file that nobody has whole', async () => {
    const a = replica('a', 1);
    const { key, bytes, id } = sealIndex([packOf(1)], masterKey, 2);
    const damaged = Buffer.from(bytes);
    damaged[20] = (damaged[20] ?? 0) ^ 1;
    await a.destination.put(key, bodyOf(damaged), { signal });
    const { unreadable, packNumbers } = await loadIndex([a], signal);
    expect(unreadable.map((file) => [file.id, file.replicas, file.error.code])).toEqual([[id, 1, 'CORRUPT']]);
    expect(packNumbers.size).toBe(0);
  });

  it('leaves out a replica that cannot be listed', async () => {
    const [a, b] = [replica('a', 1), replica('b', 2)];
    await b.destination[Symbol.asyncDispose]();
    const { failed } = await loadIndex([a, b], signal);
    expect(failed.map(({ replica: { name } }) => name)).toEqual(['b']);
  });
});
