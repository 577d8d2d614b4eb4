import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/run/check.ts';
import { heal } from '../../src/run/heal.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import { Session } from '../../src/run/session.ts';
import { pipelineStatus } from '../../src/run/status.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { cheapScrypt, init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const oneFile = (): Map<string, Uint8Array> => new Map([['file', seededBytes(1, 20_000)]]);

/** Two replicas of these files; nothing is stored yet. */
const twoEmpty = async (files: Map<string, Uint8Array> = oneFile()) => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const { pipeline, events } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(pipeline);
  return { stores, pipeline, events };
};

/** The same with a snapshot on both. */
const twoPlaces = async (files?: Map<string, Uint8Array>) => {
  const places = await twoEmpty(files);
  await run(places.pipeline);
  return places;
};

/** Damages the packs that hold the content of files. */
const spoilContent = (store: MemoryStore): void => {
  for (const [key, object] of store) {
    if (!key.startsWith('data/') || object.content.byteLength < 20_000) continue;
    store.set(key, { ...object, content: Buffer.from(object.content).fill(0, 1000, 1010) });
  }
};

const snapshotsOf = async (pipeline: Pipeline): Promise<string[]> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  return session.snapshots.map(({ id }) => id);
};

it('gives the first replica what is only found again when the second is mended', async () => {
  const { stores, pipeline } = await twoEmpty();
  // Each has the file in a pack of its own.
  for (const i of [0, 1]) await run({ ...pipeline, destinations: pipeline.destinations.slice(i, i + 1) });
  spoilContent(stores.a);
  // Nothing names what b has.
  for (const key of stores.b.keys()) if (key.startsWith('index/')) stores.b.delete(key);
  expect((await heal(pipeline, { dryRun: false })).map(({ status }) => status)).toEqual(['healed', 'healed']);
  for (const name of ['a', 'b']) {
    expect((await readBack(pipeline, name)).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
  }
});

it('does not take a pack for the one whose name it stands under when the index is lost', async () => {
  const { stores, pipeline } = await twoPlaces(
    new Map([
      ['file', seededBytes(1, 20_000)],
      ['other', seededBytes(2, 30_000)],
    ]),
  );
  // Another pack of data, so that two can change places.
  await run({
    ...pipeline,
    sources: [{ name: 'files', open: async () => mapSource(() => new Map([['third', seededBytes(3, 50_000)]])) }],
  });
  const packs = [...stores.b].filter(([key, { content }]) => key.startsWith('data/') && content.byteLength > 20_000);
  const [[first, a] = [], [second, b] = []] = packs;
  if (!first || !second || !a || !b) throw new Error('two packs are needed');
  stores.b.set(first, b);
  stores.b.set(second, a);
  for (const key of stores.b.keys()) if (key.startsWith('index/')) stores.b.delete(key);
  expect((await heal(pipeline, { dryRun: false })).map(({ status }) => status)).toEqual(['whole', 'healed']);
  expect((await readBack(pipeline, 'b')).get('third')?.equals(seededBytes(3, 50_000))).toBe(true);
  const results = await check(pipeline, { readData: 'all', random: () => 0 });
  expect(results.map(({ status }) => status)).toEqual(['whole', 'whole']);
});

describe('what a replica is opened with', () => {
  const corruptConfig = (store: MemoryStore): void => {
    const config = store.get('config');
    if (!config) throw new Error('no config');
    store.set('config', { ...config, content: Buffer.from(config.content).fill(0, 20, 30) });
  };

  it('makes a damaged config anew under the id that the replica had', async () => {
    const { stores, pipeline } = await twoPlaces();
    const before = (await pipeline.state.read()).replicas;
    corruptConfig(stores.b);
    expect(await heal(pipeline, { dryRun: true })).toMatchObject([
      { status: 'whole' },
      { status: 'damaged', found: [{ kind: 'config' }] },
    ]);
    expect(await heal(pipeline, { dryRun: false })).toMatchObject([
      { status: 'whole' },
      { status: 'healed', replaced: { configs: 1 } },
    ]);
    expect((await run(pipeline)).outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
    expect((await pipeline.state.read()).replicas).toEqual(before);
    expect((await readBack(pipeline, 'b')).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
  });

  it('gives the config a new id where nobody remembers the old one', async () => {
    const { stores, pipeline } = await twoPlaces();
    corruptConfig(stores.b);
    const forgetful = { ...pipeline, state: new MemoryState() };
    expect(await heal(forgetful, { dryRun: false })).toMatchObject([{ status: 'whole' }, { status: 'healed' }]);
    await run(forgetful);
    const { replicas } = await forgetful.state.read();
    expect(replicas['b']).not.toBe(replicas['a']);
    expect((await readBack(forgetful, 'b')).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
  });

  it('leaves a config alone that may be somebody else’s', async () => {
    const { stores, pipeline } = await twoPlaces();
    const other = await twoPlaces();
    stores.b.clear();
    for (const [key, object] of other.stores.b) if (!key.startsWith('keys/')) stores.b.set(key, object);
    corruptConfig(stores.b);
    const before = new Map(stores.b);
    expect(await heal(pipeline, { dryRun: false })).toMatchObject([{ status: 'whole' }, { status: 'failed' }]);
    expect(stores.b).toEqual(before);
  });

  it('tells that a replica has no key file for the password, as far as that was tried', async () => {
    const { stores, pipeline, events } = await twoPlaces();
    const [key = ''] = [...stores.a.keys()].filter((name) => name.startsWith('keys/'));
    const object = stores.a.get(key);
    if (!object) throw new Error('no key file');
    // Another salt is another password.
    const file = {
      ...(JSON.parse(Buffer.from(object.content).toString()) as object),
      salt: Buffer.alloc(64, 7).toString('base64'),
    };
    const content = Buffer.from(JSON.stringify(file));
    stores.a.delete(key);
    stores.a.set(`keys/${createHash('sha256').update(content).digest('hex')}`, { ...object, content });
    const told = () => events.flatMap((event) => (event.type === 'warning' ? [event.error.message] : []));
    await run(pipeline);
    const sentence = expect.stringContaining('"a" cannot be opened by itself: the password does not open') as string;
    expect(told()).toEqual([sentence]);
    const { destinations } = await pipelineStatus(pipeline);
    expect(destinations.map(({ error }) => error?.message)).toEqual([sentence, undefined]);
    expect(destinations[0]?.error?.hint).toContain('triplicate heal a');
    await heal(pipeline, { dryRun: false, scrypt: cheapScrypt });
    events.length = 0;
    await run(pipeline);
    expect(told()).toEqual([]);
  });

  it.each([
    ['lost', (store: MemoryStore, key: string) => void store.delete(key)],
    [
      'damaged',
      (store: MemoryStore, key: string) => {
        const object = store.get(key);
        if (object) store.set(key, { ...object, content: Buffer.from('{ half') });
      },
    ],
  ])('writes a key file for one that is %s, and the replica opens alone again', async (_, harm) => {
    const { stores, pipeline } = await twoPlaces();
    for (const key of stores.b.keys()) if (key.startsWith('keys/')) harm(stores.b, key);
    const results = await check(pipeline, { random: () => 0 });
    expect(results).toMatchObject([{ status: 'whole' }, { status: 'damaged' }]);
    expect(results[1]?.errors.every(({ kind }) => kind === 'key')).toBe(true);
    expect(await heal(pipeline, { dryRun: false, scrypt: cheapScrypt })).toMatchObject([
      { status: 'whole' },
      { status: 'healed', replaced: { keys: 1 } },
    ]);
    expect([...stores.b.keys()].filter((key) => key.startsWith('keys/'))).toHaveLength(1);
    expect((await readBack(pipeline, 'b')).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
  });
});

it('seals anew from the sources what no destination has', async () => {
  const files = new Map([1, 2].map((i) => [`file-${i}`, seededBytes(i, 20_000)] as const));
  const { stores, pipeline } = await twoPlaces(files);
  for (const store of Object.values(stores)) spoilContent(store);
  const before = (await snapshotsOf(pipeline)).length;
  expect(await heal(pipeline, { dryRun: false })).toMatchObject([
    { status: 'healed', left: [], resealed: 1 },
    { status: 'healed', left: [], resealed: 1 },
  ]);
  const snapshots = await snapshotsOf(pipeline);
  expect(snapshots).toHaveLength(before + 1);
  for (const name of ['a', 'b']) {
    for (const id of snapshots) {
      const back = await readBack(pipeline, name, id);
      for (const [path, bytes] of files) expect(back.get(path)?.equals(bytes)).toBe(true);
    }
  }
});

it('says what is left when the source has it no more', async () => {
  const files = oneFile();
  const { stores, pipeline } = await twoPlaces(files);
  for (const store of Object.values(stores)) spoilContent(store);
  files.clear();
  const left = { status: 'damaged', resealed: 0, left: [{ kind: 'blob' }] };
  expect(await heal(pipeline, { dryRun: false })).toMatchObject([left, left]);
});
