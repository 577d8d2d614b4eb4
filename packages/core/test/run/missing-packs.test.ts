import { describe, expect, it } from 'vitest';
import { MemoryDestination } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const reopen = ({ label, store }: MemoryDestination): MemoryDestination => new MemoryDestination({ label, store });
const packsOf = ({ store }: MemoryDestination): string[] => [...store.keys()].filter((key) => key.startsWith('data/'));

describe('a pack that is gone', () => {
  it('from one replica comes back from a sibling in the next run', async () => {
    const [a, b] = [new MemoryDestination({ label: 'a' }), new MemoryDestination({ label: 'b' })];
    const files = new Map([['x', seededBytes(1, 300_000)]]);
    const source = mapSource(() => files);
    const { pipeline, events } = testPipeline({
      sources: { files: () => source },
      destinations: { a: () => reopen(a), b: () => reopen(b) },
    });
    await init(pipeline);
    await run(pipeline);
    const index = [...b.store.keys()].filter((key) => key.startsWith('index/'));
    for (const key of packsOf(b)) b.store.delete(key);
    const report = await run(pipeline);
    expect(report.outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
    expect(packsOf(b).toSorted()).toEqual(packsOf(a).toSorted());
    expect([...b.store.keys()].filter((key) => key.startsWith('index/'))).toEqual(index);
    expect((await readBack(pipeline, 'b')).get('x')?.equals(seededBytes(1, 300_000))).toBe(true);
  });

  it('from all replicas is sealed anew out of the source', async () => {
    const a = new MemoryDestination({ label: 'a' });
    const files = new Map([['x', seededBytes(2, 300_000)]]);
    const source = mapSource(() => files);
    const { pipeline } = testPipeline({ sources: { files: () => source }, destinations: { a: () => reopen(a) } });
    await init(pipeline);
    await run(pipeline);
    for (const key of packsOf(a)) a.store.delete(key);
    const report = await run(pipeline);
    expect(report.outcomes.map(({ status }) => status)).toEqual(['stored']);
    expect((await readBack(pipeline, 'a')).get('x')?.equals(seededBytes(2, 300_000))).toBe(true);
  });
});
