import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { textFromBytes } from '../../src/bytes.ts';
import { isBackupError } from '../../src/errors.ts';
import { RestorePool } from '../../src/restore/restore-pool.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { restore } from '../../src/run/restore.ts';
import {
  FaultyDestination,
  MemoryDestination,
  type MemoryStore,
  type TemporaryFolder,
  temporaryFolder,
} from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline, type TestPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

/** Enough for threads to be worth it: what comes behind the first 200 files goes to them. */
const files = new Map(
  Array.from({ length: 600 }, (_, i) => [`folder-${i % 7}/file-${i}`, seededBytes(i + 1, (i * 997) % 90_000)]),
);

let temporary: TemporaryFolder;
beforeEach(async () => void (temporary = await temporaryFolder()));
afterEach(async () => {
  vi.restoreAllMocks();
  await temporary[Symbol.asyncDispose]();
});

const backedUp = async (): Promise<TestPipeline & Record<'a' | 'b', MemoryStore>> => {
  const [a, b]: [MemoryStore, MemoryStore] = [new Map(), new Map()];
  const made = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: { a: () => new MemoryDestination({ store: a }), b: () => new MemoryDestination({ store: b }) },
    threads: 2,
  });
  await init(made.pipeline);
  await run(made.pipeline);
  return { ...made, a, b };
};

/** Turns round a byte in the middle of each of these packs. */
const damage = (store: MemoryStore, every: number): number => {
  const packs = [...store].filter(([key]) => key.startsWith('data/'));
  for (const [i, [key, object]] of packs.entries()) {
    if (i % every !== 0) continue;
    const content = Buffer.from(object.content);
    const middle = content.byteLength >>> 1;
    content[middle] = (content[middle] ?? 0) ^ 1;
    store.set(key, { ...object, content });
  }
  return packs.length;
};

const different = (root: string): string[] =>
  [...files].filter(([path, bytes]) => !isThere(join(root, path), bytes)).map(([path]) => path);
const isThere = (path: string, bytes: Uint8Array): boolean => {
  try {
    return readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
};

describe('files that are restored in threads', () => {
  it('come whole, many by one message', async () => {
    const { pipeline } = await backedUp();
    const batches = vi.spyOn(RestorePool.prototype, 'restore');
    const to = join(temporary.path, 'to');
    expect(await restore(pipeline, { snapshot: 'latest', to })).toMatchObject({ problems: [], files: files.size });
    expect(different(to)).toEqual([]);
    const sent = batches.mock.calls.map(([{ files: list }]) => list.length);
    expect(sent.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(300);
    expect(sent.length).toBeLessThan(30);
  });

  it('come from where reading is free, wherever that stands in the configuration', async () => {
    const { pipeline, a, b } = await backedUp();
    const dear = new FaultyDestination(new MemoryDestination({ store: a, capabilities: { egressCost: true } }), [], {
      hook: ({ verb, key }) => void (verb === 'get' && key.startsWith('data/') && asked.push(key)),
    });
    const asked: string[] = [];
    const { destinations } = testPipeline({
      destinations: { a: () => dear, b: () => new MemoryDestination({ store: b }) },
    }).pipeline;
    const to = join(temporary.path, 'to');
    expect(await restore({ ...pipeline, destinations }, { snapshot: 'latest', to })).toMatchObject({ problems: [] });
    expect(different(to)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('come from another destination where a piece of them is damaged, which is told', async () => {
    const { pipeline, events, a } = await backedUp();
    damage(a, 2);
    const to = join(temporary.path, 'to');
    expect(await restore(pipeline, { snapshot: 'latest', to })).toMatchObject({ problems: [], files: files.size });
    expect(different(to)).toEqual([]);
    const told = events.filter((event) => event.type === 'warning' && event.destination === 'a');
    expect(told.length).toBeGreaterThan(0);
  });

  it('are named where no destination has them whole, and the rest is restored', async () => {
    const { pipeline, a, b } = await backedUp();
    damage(a, 3);
    damage(b, 3);
    const to = join(temporary.path, 'to');
    const { problems } = await restore(pipeline, { snapshot: 'latest', to });
    expect(problems.length).toBeGreaterThan(0);
    expect(new Set(problems.map(({ error }) => error.code))).toEqual(new Set(['CORRUPT']));
    // A folder whose list is damaged stands for all that is in it.
    const named = problems.map(({ path }) => textFromBytes(path));
    const isNamed = (path: string): boolean => named.some((name) => path === name || path.startsWith(`${name}/`));
    expect(different(to).toSorted()).toEqual([...files.keys()].filter(isNamed).toSorted());
  });

  it('end when the restore is interrupted, and leave no half file', async () => {
    const stop = new AbortController();
    const pipeline = { ...(await backedUp()).pipeline, signal: stop.signal };
    const emit: Pipeline['emit'] = (event) => {
      // The first batch has come back.
      if (event.type === 'work-progress' && event.progress.done > 201) stop.abort();
    };
    const to = join(temporary.path, 'to');
    const running = restore({ ...pipeline, emit }, { snapshot: 'latest', to });
    await expect(running).rejects.toSatisfy((error) => isBackupError(error, 'ABORTED'));
    const left = different(to);
    expect(left.length).toBeGreaterThan(0);
    const standing = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(standing).toHaveLength(files.size - left.length);
  });
});
