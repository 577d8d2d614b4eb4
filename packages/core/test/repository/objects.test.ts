import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/body.ts';
import { listObjects, readObject, writeObject } from '../../src/repository/objects.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { MemoryDestination } from '../../src/testing/memory-destination.ts';
import { assert } from './support/assert.ts';

const { signal } = new AbortController();
const bytes = Buffer.from('some bytes');
const id = objectId(bytes);

describe('small objects', () => {
  it('are stored under their hash and come back', async () => {
    const destination = new MemoryDestination();
    expect(await writeObject(destination, { kind: 'snapshots', bytes }, { signal })).toBe(id);
    expect([...destination.store.keys()]).toEqual([`snapshots/${id}`]);
    expect(await readObject(destination, { kind: 'snapshots', id }, { maxSize: bytes.byteLength, signal })).toEqual(
      bytes,
    );
  });

  it('that are not what their name says are damage', async () => {
    const destination = new MemoryDestination();
    await destination.put(`keys/${id}`, bodyOf(Buffer.from('other bytes')), { signal });
    const error = await assert.fails(
      () => readObject(destination, { kind: 'keys', id }, { maxSize: 100, signal }),
      'CORRUPT',
    );
    expect(error.message).toBe(`"keys/${id}" in memory: is damaged`);
  });

  it('may not be larger than expected, however large they are', async () => {
    const destination = new MemoryDestination();
    await writeObject(destination, { kind: 'locks', bytes }, { signal });
    const error = await assert.fails(
      () => readObject(destination, { kind: 'locks', id }, { maxSize: 9, signal }),
      'CORRUPT',
    );
    expect(error.message).toContain('larger than 9 bytes');
  });

  it('that are gone are not found', async () => {
    await assert.fails(
      () => readObject(new MemoryDestination(), { kind: 'index', id }, { maxSize: 9, signal }),
      'NOT_FOUND',
    );
  });

  it('are listed without the files that bear no id', async () => {
    const destination = new MemoryDestination();
    await writeObject(destination, { kind: 'index', bytes }, { signal });
    for (const key of ['index/readme', `index/${id}-tmp-1`, `indexes/${id}`])
      await destination.put(key, bodyOf(bytes), { signal });
    const listed = await Array.fromAsync(listObjects(destination, 'index', { signal }));
    expect(listed.map((object) => [object.id, object.size])).toEqual([[id, bytes.byteLength]]);
  });
});
