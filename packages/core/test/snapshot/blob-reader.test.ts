import { expect, it } from 'vitest';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { Session } from '../../src/run/session.ts';
import { readContent } from '../../src/snapshot/snapshot-reader.ts';
import { walkTree } from '../../src/snapshot/walk-tree.ts';
import { collect } from '../../src/body.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

/** Turns a byte of every object with this prefix. */
const spoil = (store: MemoryStore, prefix: string): void => {
  for (const [key, object] of store) {
    if (!key.startsWith(prefix)) continue;
    const content = Buffer.from(object.content);
    content[40] = (content[40] ?? 0) ^ 1;
    store.set(key, { ...object, content });
  }
};

it('gives a blob from a replica whose index is damaged when the one that lists it has it damaged', async () => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const files = new Map([['file', seededBytes(1, 300_000)]]);
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(pipeline);
  await run(pipeline);
  spoil(stores.a, 'index/');
  spoil(stores.b, 'data/');
  await using session = await Session.open(pipeline, { lock: 'read' });
  const tree = session.snapshots[0]?.file.tree ?? '';
  for await (const { node } of walkTree(session.trees, tree)) {
    const bytes = await collect(readContent(session.blobs, node.content ?? [], { signal: pipeline.signal }));
    expect(bytes.equals(seededBytes(1, 300_000))).toBe(true);
  }
});
