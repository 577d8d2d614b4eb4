import { describe, expect, it } from 'vitest';
import { BackupError } from '../../src/errors.ts';
import { Session } from '../../src/run/session.ts';
import { FaultyDestination, MemoryDestination, type Fault, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline, type TestPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

interface Two extends TestPipeline {
  readonly stores: Readonly<Record<'a' | 'b', MemoryStore>>;
  /** What goes wrong on b from now on. */
  readonly faults: Fault[];
}

/** Two replicas, the first one snapshot behind. */
const twoReplicas = async (): Promise<Two> => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const faults: Fault[] = [];
  const files = new Map([['file', seededBytes(1, 300_000)]]);
  const { pipeline, events } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new FaultyDestination(new MemoryDestination({ store: stores.b }), faults),
    },
  });
  await init(pipeline);
  await run(pipeline);
  // b has an index file that a does not have.
  files.set('another', seededBytes(2, 300_000));
  await run({ ...pipeline, destinations: pipeline.destinations.slice(1) });
  return { pipeline, events, stores, faults };
};

describe('an index file', () => {
  it('that is damaged on one replica is told of, though another one has it', async () => {
    const { pipeline, events, stores } = await twoReplicas();
    for (const [key, object] of stores.b) {
      if (stores.a.has(key) && key.startsWith('index/'))
        stores.b.set(key, { ...object, content: object.content.subarray(0, 50) });
    }
    await (await Session.open(pipeline, { lock: 'read' }))[Symbol.asyncDispose]();
    const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.error.message] : []));
    expect(warnings).toEqual([expect.stringMatching(/^index [0-9a-f]{8} cannot be read on b$/)]);
  });

  it('that a replica does not give out keeps that replica out of the run, and nothing is stored there again', async () => {
    const { pipeline, stores, faults } = await twoReplicas();
    const before = stores.b.size;
    const error = new BackupError('UNAVAILABLE', 'no answer');
    faults.push({ failOn: 'get', only: ({ key }) => key.startsWith('index/'), times: Number.POSITIVE_INFINITY, error });
    const { outcomes } = await run(pipeline);
    expect(outcomes.map(({ destination, status }) => `${destination} ${status}`)).toEqual(['a stored', 'b failed']);
    expect(stores.b.size).toBe(before);
  });
});
