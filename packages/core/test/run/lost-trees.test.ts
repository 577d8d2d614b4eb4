import { describe, expect, it } from 'vitest';
import type { BytePath } from '../../src/bytes.ts';
import { idWordsFromHex } from '../../src/engine/ids.ts';
import { packKey } from '../../src/repository/layout.ts';
import { heal } from '../../src/run/heal.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { Session } from '../../src/run/session.ts';
import type { Source } from '../../src/source/source.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

interface Lost {
  readonly pipeline: Pipeline;
  readonly files: Map<string, Uint8Array>;
}

/** Two replicas, and the list of the folder "quiet" gone from both: the last snapshot has it from the first, and its own root is there. */
const withoutTree = async (base: Source['base']): Promise<Lost> => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const files = new Map<string, Uint8Array>([
    ['quiet/deep/file', seededBytes(1, 50_000)],
    ['busy/file', seededBytes(2, 50_000)],
  ]);
  const source = mapSource(() => files, { base });
  const { pipeline } = testPipeline({
    sources: { files: () => source },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(pipeline);
  await run(pipeline);
  files.set('busy/file', seededBytes(3, 50_000));
  await run(pipeline);
  await using session = await Session.open(pipeline, { lock: 'read' });
  const [, last] = session.snapshots;
  const node = last && (await session.reader(last).node('quiet' as BytePath));
  const { table } = session.index;
  for (const { pack } of table.places(idWordsFromHex(node?.subtree ?? ''), true)) {
    for (const store of Object.values(stores)) store.delete(packKey(table.packs.id(pack)));
  }
  return { pipeline, files };
};

describe('a folder list of the previous snapshot that is gone everywhere', () => {
  it('does not keep the next backup of a folder from being made', async () => {
    const { pipeline } = await withoutTree('empty');
    const { outcomes, sources } = await run(pipeline);
    expect(sources.map(({ error }) => error)).toEqual([undefined]);
    expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
  });

  it.each(['empty', 'previous'] as const)(
    'comes back with the backup after a heal, for a source that begins %s',
    async (base) => {
      const { pipeline, files } = await withoutTree(base);
      await heal(pipeline, { dryRun: false });
      const { outcomes } = await run(pipeline, { force: base === 'previous' });
      expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
      for (const name of ['a', 'b']) {
        const back = await readBack(pipeline, name);
        expect([...files].filter(([path, bytes]) => back.get(path)?.equals(bytes) !== true)).toEqual([]);
      }
    },
  );
});
