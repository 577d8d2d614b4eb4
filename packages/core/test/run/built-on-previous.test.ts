import { describe, expect, it } from 'vitest';
import { type BytePath, bytesFromText } from '../../src/bytes.ts';
import { bodyOf } from '../../src/body.ts';
import { sync } from '../../src/run/sync.ts';
import type { Source } from '../../src/source/source.ts';
import { MemoryDestination } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline, type TestPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

// A source that names only what changed, as a phone does: what it says nothing of cannot be read again.

const content = seededBytes(3, 200_000);

interface World extends TestPipeline {
  away: ReadonlySet<string>;
  source: Source;
}

const createWorld = ({ costly }: { readonly costly?: string } = {}): World => {
  const stores = new Map(['a', 'b'].map((label) => [label, new MemoryDestination({ label }).store]));
  const open = (label: string) => (): MemoryDestination => {
    const store = stores.get(label);
    if (!store || world.away.has(label)) throw new Error(`${label} is away`);
    return new MemoryDestination({ label, store, capabilities: { egressCost: label === costly } });
  };
  const source = mapSource(() => new Map([['folder/file', content]]), { base: 'previous' });
  const test = testPipeline({ sources: { phone: () => world.source }, destinations: { a: open('a'), b: open('b') } });
  const world: World = { ...test, away: new Set(), source };
  return world;
};

const doing = (source: Source, capture: Source['capture']): Source => ({ ...source, capture });

const outcomes = async ({ pipeline }: World): Promise<string[]> =>
  (await run(pipeline)).outcomes.map(({ destination, status }) => `${destination} ${status}`);

describe('a source that builds on its previous snapshot', () => {
  it.each([
    ['a file', 'folder/file', 'folder/moved', 'folder/moved'],
    ['a folder', 'folder', 'moved', 'moved/file'],
  ])('moves %s, and a replica that never had it gets it', async (_what, from, to, expected) => {
    const world = createWorld();
    await init(world.pipeline);
    world.away = new Set(['b']);
    await run(world.pipeline);
    world.away = new Set();
    world.source = doing(world.source, async (builder) => {
      await builder.move(bytesFromText(from) as BytePath, bytesFromText(to) as BytePath);
      return {};
    });
    expect(await outcomes(world)).toEqual(['a stored', 'b stored']);
    for (const name of ['a', 'b']) {
      const files = await readBack(world.pipeline, name);
      expect([...files.keys()]).toEqual([expected]);
      expect(files.get(expected)?.equals(content)).toBe(true);
    }
  });

  it.each([
    ['in a folder that is not there', 'nowhere/file'],
    ['below a file', 'folder/file/inside'],
    ['at the top', 'nothing'],
  ])('removes what is not there, %s, and nothing becomes of it', async (_what, absent) => {
    const world = createWorld();
    await init(world.pipeline);
    await run(world.pipeline);
    let left: readonly string[] = [];
    world.source = doing(world.source, async (builder) => {
      await builder.remove(bytesFromText(absent) as BytePath);
      left = (await Array.fromAsync(builder.list('' as BytePath))).map(({ name }) => name);
      return {};
    });
    await run(world.pipeline);
    expect(left).toEqual(['folder']);
    expect([...(await readBack(world.pipeline, 'a')).keys()]).toEqual(['folder/file']);
  });

  it('is seen to have emptied a file also where the new one came under another folder and was moved', async () => {
    const world = createWorld();
    await init(world.pipeline);
    await run(world.pipeline);
    world.source = doing(world.source, async (builder, { signal }) => {
      const [staged, place] = ['staged/file', 'folder/file'].map((path) => bytesFromText(path) as BytePath);
      if (staged === undefined || place === undefined) throw new TypeError('two paths');
      await builder.putFile(staged, { mode: 0o644, mtimeNs: 1n }, bodyOf(Buffer.alloc(0)).open(), { signal });
      await builder.move(staged, place);
      return {};
    });
    const report = await run(world.pipeline);
    expect(report.sources[0]?.captured?.counts).toMatchObject({ filesChanged: 1, filesEmptied: 1 });
    expect((await readBack(world.pipeline, 'a')).get('folder/file')?.byteLength).toBe(0);
  });

  it('is stored where all is, and leaves behind who could only get the rest where reading costs money', async () => {
    const world = createWorld({ costly: 'a' });
    await init(world.pipeline);
    world.away = new Set(['b']);
    await run(world.pipeline);
    world.away = new Set();
    world.source = doing(world.source, () => Promise.resolve({}));
    expect(await outcomes(world)).toEqual(['a stored', 'b behind']);
    expect(await sync(world.pipeline, { dryRun: false })).toMatchObject([{ snapshots: 0 }, { snapshots: 2 }]);
    expect((await readBack(world.pipeline, 'b')).get('folder/file')?.equals(content)).toBe(true);
    expect(await outcomes(world)).toEqual(['a stored', 'b stored']);
  });
});
