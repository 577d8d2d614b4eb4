import { hash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import {
  bytesFromText,
  check,
  heal,
  type HealResult,
  type Pipeline,
  type RunEvent,
  Session,
  sync,
} from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { harm, harms, objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { packHolding, packsOf } from '../kit/packs.ts';
import { complaints } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';

const names = ['a', 'b', 'c'] as const;
let temporary: TemporaryFolder;
let home: string;
let folder: string;
let events: RunEvent[];
let pipeline: Pipeline;

beforeEach(async () => {
  temporary = await temporaryFolder();
  home = join(temporary.path, 'home');
  folder = join(temporary.path, 'data');
  events = [];
  writeSampleTree(folder, { seed: 3, folders: 4, filesInFolder: 15, largeBytes: 600_000 });
  pipeline = localPipeline({
    home,
    paths: [folder],
    destinations: names,
    emit: (event) => events.push(event),
    over: { packBytes: 256 * 1024 },
  });
  await init(pipeline);
  await run(pipeline);
  writeSampleTree(join(folder, 'later'), { seed: 4, folders: 1, filesInFolder: 15, largeBytes: 500_000 });
  await run(pipeline);
});

afterEach(() => temporary[Symbol.asyncDispose]());

const warnings = (): string[] => events.flatMap((event) => (event.type === 'warning' ? [event.error.message] : []));

const statuses = (results: readonly HealResult[]): Record<string, string> =>
  Object.fromEntries(results.map(({ destination, status }) => [destination, status]));

/** Stock restic where there is one, and our own check in any case. */
const expectWhole = async (): Promise<void> => {
  const results = await check(pipeline, { readData: 'all', random: Math.random });
  expect(results.map(({ destination, errors }) => [destination, errors])).toEqual(names.map((name) => [name, []]));
  const homes = names.map((name) => join(home, name));
  expect(await complaints(homes, ['check', '--read-data'])).toEqual([]);
};

const restoreLatest = async (): Promise<{ readonly problems: string[]; readonly different: string[] }> => {
  const to = join(temporary.path, 'restored');
  const { problems } = await restoreFolder(pipeline, { snapshot: 'latest', folder, to });
  const different = differences(folder, to);
  rmSync(to, { recursive: true });
  return { problems: problems.map(({ path, error }) => `${path}: ${error.code}`), different };
};

describe('one destination deleted and two damaged, each in other places', () => {
  it('restores every byte, says what it went around, and is whole again after init, sync and heal', async () => {
    const all = objectsOf(join(home, 'b'), 'data').map((path) => relative(join(home, 'b'), path));
    expect(all.length).toBeGreaterThan(8);
    // Whatever ids were drawn: the first of them is only listed by b below, the second only by c, and every byte of both is read.
    const sure = [await packOf('later/folder 0/large'), await packOf('folder 1/large')] as const;
    const packs = [...sure, ...all.filter((pack) => pack !== sure[0] && pack !== sure[1])];
    rmSync(join(home, 'a'), { recursive: true });
    // Every second pack is damaged on b and the others on c, in turn in each of the four ways.
    for (const [i, pack] of packs.entries()) {
      harm(join(home, i % 2 === 0 ? 'b' : 'c', pack), harms[(i >> 1) % 4] ?? 'flip', (i % 7) / 7);
    }
    // What only c lists then is read there first, so that its damage shows as well.
    const bySize = (name: string): string[] =>
      objectsOf(join(home, name), 'index').toSorted((one, other) => statSync(other).size - statSync(one).size);
    const larger = bySize('b')[0] ?? '';
    harm(larger, 'truncate', 0.6);
    harm(bySize('c')[1] ?? '', 'flip', 0.3);
    harm(objectsOf(join(home, 'b'), 'snapshots')[0] ?? '', 'zero', 0.2);
    harm(objectsOf(join(home, 'c'), 'snapshots')[1] ?? '', 'missing', 0);
    expect(await restoreLatest()).toEqual({ problems: [], different: [] });
    const said = warnings();
    for (const line of [
      `pack ${basename(sure[0]).slice(0, 8)} on "b": `,
      `pack ${basename(sure[1]).slice(0, 8)} on "c": `,
      `index ${basename(larger).slice(0, 8)} cannot be read on b`,
    ]) {
      expect(said).toContainEqual(expect.stringContaining(line));
    }

    const others = (): string[] => ['b', 'c'].flatMap((name) => contentOf(join(home, name)));
    const before = others();
    expect((await init(pipeline)).created.map(({ destination }) => destination)).toEqual(['a']);
    expect(others()).toEqual(before);
    await sync(pipeline, { dryRun: false });
    await heal(pipeline, { dryRun: false });
    await expectWhole();
    expect(await restoreLatest()).toEqual({ problems: [], different: [] });
  });

  it('gives back packs whose first half is damaged on one and whose last half is damaged on the other', async () => {
    rmSync(join(home, 'a'), { recursive: true });
    const several = (await packsOfSeveral()).map((id) => join('data', id.slice(0, 2), id));
    expect(several.length).toBeGreaterThan(1);
    for (const pack of several) {
      harm(join(home, 'b', pack), 'flip', 0);
      harm(join(home, 'c', pack), 'flip', 0.9999);
    }
    expect(await restoreLatest()).toEqual({ problems: [], different: [] });
    expect(statuses(await heal(pipeline, { dryRun: false }))).toMatchObject({ b: 'healed', c: 'healed' });
    await init(pipeline);
    await sync(pipeline, { dryRun: false });
    await expectWhole();
  });
});

describe('a piece that is gone everywhere', () => {
  it('costs the one file, which is named, and comes back with a heal out of the source', async () => {
    const pack = await packOf('folder 1/large');
    for (const name of names) harm(join(home, name, pack), 'missing', 0);
    const { problems, different } = await restoreLatest();
    expect(problems).toEqual([`${folder.slice(1)}/folder 1/large: CORRUPT`]);
    expect(different.filter((line) => !line.startsWith('time:'))).toEqual(['only in the first: folder 1/large']);
    const results = await heal(pipeline, { dryRun: false });
    expect(statuses(results)).toEqual({ a: 'healed', b: 'healed', c: 'healed' });
    expect(results.every(({ resealed }) => resealed > 0)).toBe(true);
    await expectWhole();
    expect(await restoreLatest()).toEqual({ problems: [], different: [] });
  });
});

/** Every file of a folder with a hash of its bytes. */
const contentOf = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => `${file} ${hash('sha256', readFileSync(file))}`);

/** Packs that hold more than one blob. */
const packsOfSeveral = async (): Promise<string[]> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  const uses = await packsOf(session, session.snapshots.at(-1)?.file.tree ?? '');
  return [...uses].filter(([, { blobs }]) => blobs.size > 1).map(([pack]) => pack);
};

/** Where the only blob of a file stands. */
const packOf = async (path: string): Promise<string> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  const last = session.snapshots.at(-1);
  const node = last && (await session.reader(last).node(bytesFromText(join(folder, path))));
  const id = packHolding(session, node?.content?.[0] ?? '');
  return join('data', id.slice(0, 2), id);
};
