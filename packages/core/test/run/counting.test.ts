import { expect, it } from 'vitest';
import { bytesFromText, type BytePath } from '../../src/bytes.ts';
import { prune } from '../../src/run/prune.ts';
import { restore, type RestoreRequest } from '../../src/run/restore.ts';
import { MemoryDestination, temporaryFolder } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

it('tells no total before a source has counted all of it', async () => {
  const source = mapSource(() => new Map([['file', seededBytes(1, 20_000)]]));
  const totals = (): unknown[] =>
    events.flatMap((event) =>
      event.type === 'source-progress'
        ? [[event.progress.counting, event.progress.bytesTotal, event.progress.finished]]
        : [],
    );
  const store = new Map();
  let counting = true;
  const { pipeline, events } = testPipeline({
    sources: {
      files: () => ({
        ...source,
        capture: (builder, context) => {
          context.expect({ files: 1, bytes: 10_000, counting });
          return source.capture(builder, context);
        },
      }),
    },
    destinations: { disk: () => new MemoryDestination({ store }) },
  });
  await init(pipeline);
  await run(pipeline, { dryRun: true });
  expect(totals().at(0)).toEqual([true, undefined, false]);
  expect(totals().at(-1)).toEqual([false, undefined, true]);
  events.length = 0;
  counting = false;
  await run(pipeline, { dryRun: true });
  expect(totals().at(0)).toEqual([false, 10_000, false]);
});

it('tells at the end what stands in the snapshot, and not what was read twice or taken back', async () => {
  const source = mapSource(() => new Map([['file', seededBytes(1, 20_000)]]));
  const store = new Map();
  const { pipeline, events } = testPipeline({
    sources: {
      files: () => ({
        ...source,
        capture: async (builder, context) => {
          const path = bytesFromText('passing') as BytePath;
          const bytes = seededBytes(2, 5000);
          const content = (async function* () {
            yield await Promise.resolve(bytes);
          })();
          await builder.putFile(path, { mode: 0o644, mtimeNs: 0n, size: bytes.byteLength }, content, context);
          await builder.remove(path);
          return await source.capture(builder, context);
        },
      }),
    },
    destinations: { disk: () => new MemoryDestination({ store }) },
  });
  await init(pipeline);
  const report = await run(pipeline);
  const last = events.findLast((event) => event.type === 'source-progress')?.progress;
  const counts = report.sources[0]?.captured?.counts;
  expect(last).toMatchObject({ filesDone: 1, bytesDone: 20_000, finished: true });
  expect(counts).toMatchObject({ totalFiles: 1, totalBytes: 20_000 });
});

it('counts the files of a whole restore against those of the snapshot, and of a part against nothing', async () => {
  await using folder = await temporaryFolder();
  const files = new Map(['a', 'b', 'c'].map((name, i) => [name, seededBytes(i, 1000)]));
  const store = new Map();
  const { pipeline, events } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: { disk: () => new MemoryDestination({ store }) },
  });
  await init(pipeline);
  await run(pipeline);
  const totalsOf = async (request: Partial<RestoreRequest>): Promise<unknown> => {
    events.length = 0;
    await restore(pipeline, { snapshot: 'latest', to: folder.path, ...request });
    const totals = events.flatMap((event) => (event.type === 'work-progress' ? [event.progress.total] : []));
    return [...new Set(totals)];
  };
  expect(await totalsOf({})).toEqual([3]);
  expect(await totalsOf({ paths: [bytesFromText('b') as BytePath] })).toEqual([undefined]);
  expect(await totalsOf({ include: ['c'] })).toEqual([undefined]);
});

it('counts the snapshots that a prune has looked through to the last', async () => {
  const stores = { a: new Map(), b: new Map() };
  const { pipeline, events } = testPipeline({
    sources: { files: () => mapSource(() => new Map([['file', seededBytes(1, 1000)]])) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(pipeline);
  await run(pipeline);
  events.length = 0;
  await prune(pipeline, { dryRun: true });
  const last = ['a', 'b'].map((name) => {
    const told = events.filter((event) => event.type === 'work-progress' && event.destination === name).at(-1);
    return told?.type === 'work-progress' ? told.progress : undefined;
  });
  expect(last).toMatchObject([
    { done: 1, total: 1 },
    { done: 1, total: 1 },
  ]);
});
