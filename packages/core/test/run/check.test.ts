import { describe, expect, it } from 'vitest';
import { check } from '../../src/run/check.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { Session } from '../../src/run/session.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const lose = (store: MemoryStore): void => {
  for (const key of store.keys()) if (key.startsWith('index/')) store.delete(key);
};

const harm = (store: MemoryStore): void => {
  for (const [key, object] of store) {
    if (key.startsWith('data/'))
      store.set(key, { ...object, content: Buffer.from(object.content.map((byte) => byte ^ 1)) });
  }
};

it.each([
  ['gone', lose],
  ['damaged', harm],
] as const)('says of a folder list that is %s which destination lacks it, not that none has it', async (_, spoil) => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => new Map([['file', seededBytes(1, 1000)]])) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(pipeline);
  await run(pipeline);
  spoil(stores.a);
  const [a, b] = await check(pipeline, { readData: 'all', random: () => 0 });
  const said = a?.errors.map(({ message }) => message).join('\n');
  expect(said).toContain('"a" does not have the folder list');
  expect(said).not.toContain('no destination');
  expect(b?.status).toBe('whole');
});

/** Notes which objects are read. */
class ReadDestination extends MemoryDestination {
  readonly read: string[] = [];

  override get(...what: Parameters<MemoryDestination['get']>): ReturnType<MemoryDestination['get']> {
    this.read.push(what[0]);
    return super.get(...what);
  }
}

describe('the index, which is the largest that is read of a repository', () => {
  const reads = async (what: (pipeline: Pipeline) => Promise<unknown>): Promise<readonly string[]> => {
    const store: MemoryStore = new Map();
    let opened = new ReadDestination({ store });
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => new Map([['file', seededBytes(1, 1000)]])) },
      destinations: { a: () => (opened = new ReadDestination({ store })) },
    });
    await init(pipeline);
    await run(pipeline);
    await what(pipeline);
    return opened.read.filter((key) => key.startsWith('index/'));
  };

  it('is read once by a check', async () => {
    expect(await reads((pipeline) => check(pipeline, { random: () => 0 }))).toHaveLength(1);
  });

  it('is left unread by a session without it, which lists snapshots all the same', async () => {
    const look = async (pipeline: Pipeline): Promise<void> => {
      await using session = await Session.open(pipeline, { lock: 'read', withoutIndex: true });
      expect(session.snapshots).toHaveLength(1);
    };
    expect(await reads(look)).toEqual([]);
  });
});
