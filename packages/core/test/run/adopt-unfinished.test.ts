import { expect, it } from 'vitest';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import { MemoryDestination } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const content = seededBytes(7, 900_000);

/** What a killed run leaves: packs that nothing names, and the note that it did not end. */
const unfinished = async () => {
  const a = new MemoryDestination({ label: 'a' });
  const state = new MemoryState();
  const { pipeline, events } = testPipeline({
    sources: { files: () => mapSource(() => new Map([['x', content]])) },
    destinations: { a: () => new MemoryDestination({ label: 'a', store: a.store }) },
    packBytes: 128 * 1024,
    state,
  });
  await init(pipeline);
  await run(pipeline);
  for (const key of a.store.keys()) if (key.startsWith('snapshots/') || key.startsWith('index/')) a.store.delete(key);
  await state.change((now) => ({ ...now, unfinished: true, snapshots: {} }));
  return { store: a.store, pipeline, events };
};

it('packs that a killed run left are used again', async () => {
  const { store, pipeline, events } = await unfinished();
  const left = [...store.keys()].filter((key) => key.startsWith('data/')).length;
  await run(pipeline);
  expect([...store.keys()].filter((key) => key.startsWith('data/'))).toHaveLength(left);
  expect((await readBack(pipeline, 'a')).get('x')?.equals(content)).toBe(true);
  expect(events.some((event) => event.type === 'work-progress' && event.progress.finished === true)).toBe(true);
});

it('a pack that rotted before any index named it is not taken up, and its content is stored anew', async () => {
  const { store, pipeline } = await unfinished();
  for (const [key, object] of store) {
    if (!key.startsWith('data/')) continue;
    const rotten = Buffer.from(object.content);
    rotten[10] = (rotten[10] ?? 0) ^ 1;
    store.set(key, { ...object, content: rotten });
  }
  const report = await run(pipeline);
  expect(report.outcomes.map(({ status }) => status)).toEqual(['stored']);
  expect((await readBack(pipeline, 'a')).get('x')?.equals(content)).toBe(true);
});
