import { expect, it } from 'vitest';
import { bodyOf, collect } from '../../src/body.ts';
import { GatedDestination } from '../../src/destination/gated.ts';
import { MemoryDestination } from '../../src/testing/index.ts';

const { signal } = new AbortController();
const put = (destination: GatedDestination, key: string): Promise<unknown> =>
  destination.put(key, bodyOf(Buffer.from('x')), { signal });

it('reads at once, and changes nothing before its gate is open', async () => {
  const memory = new MemoryDestination();
  const gated = new GatedDestination(memory);
  await put(gated, 'config');
  const gate = Promise.withResolvers<void>();
  gated.setGate(() => gate.promise);
  const changes = Promise.all([put(gated, 'keys/1'), gated.delete('config', { signal })]);
  expect(await collect(gated.get('config', { signal }), 10)).toEqual(Buffer.from('x'));
  expect([...memory.store.keys()]).toEqual(['config']);
  gate.resolve();
  await changes;
  expect([...memory.store.keys()]).toEqual(['keys/1']);
});

it('lets nothing pass once its gate is shut', async () => {
  const memory = new MemoryDestination();
  const gated = new GatedDestination(memory);
  await put(gated, 'config');
  const why = new Error('shut');
  gated.setGate(() => Promise.reject(why));
  await expect(put(gated, 'keys/1')).rejects.toBe(why);
  const tries = [
    gated.delete('config', { signal }),
    gated.stat('config', { signal }),
    collect(gated.get('config', { signal }), 10),
    gated.list('', { signal })[Symbol.asyncIterator]().next(),
  ];
  for (const result of await Promise.allSettled(tries)) expect(result).toEqual({ status: 'rejected', reason: why });
  expect([...memory.store.keys()]).toEqual(['config']);
});
