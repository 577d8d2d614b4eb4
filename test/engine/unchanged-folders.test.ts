import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { bytesFromText, type Clock, type Pipeline, systemClock, writeXattr } from '@triplicate/core';
import { seededInteger, seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SealingPool } from '../../packages/core/src/engine/sealing-pool.ts';
import type { Captured } from '../../packages/core/src/run/capture.ts';
import { Session } from '../../packages/core/src/run/session.ts';
import { TreeBuilder } from '../../packages/core/src/snapshot/tree-builder.ts';
import { init, run } from '../kit/commands.ts';
import { writeHardTree } from '../kit/hard-tree.ts';
import { localPipeline } from '../kit/local-pipeline.ts';

afterEach(() => vi.restoreAllMocks());
// Fifteen seconds on two quiet cores; two minutes were too few on busy ones.
vi.setConfig({ testTimeout: 300_000 });

/** Enough files that threads look at folders. */
const folders = 60;
const filesInFolder = 90;

const writeTree = (root: string): void => {
  for (let f = 0; f < folders; f += 1) {
    const folder = join(root, f % 3 === 0 ? `top/deep-${f % 6}/folder-${f}` : `folder-${f}`);
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < filesInFolder; i += 1) writeFileSync(join(folder, `file-${i}`), `${f} ${i}`);
    symlinkSync(`file-${f}`, join(folder, 'link'));
  }
  mkdirSync(join(root, 'empty'));
};

interface Stored {
  readonly captured: Captured;
  /** Of the folder, whose own folders have times that others change. */
  readonly tree: string | undefined;
}

const stored = async (pipeline: Pipeline, root: string, force: boolean): Promise<Stored> => {
  const { sources } = await run(pipeline, { force });
  const [{ captured } = {}] = sources;
  if (!captured) throw new TypeError(JSON.stringify(sources));
  await using session = await Session.open(pipeline, { lock: 'read' });
  const [snapshot] = session.snapshots.slice(-1);
  const node = snapshot && (await session.reader(snapshot).node(bytesFromText(root.slice(1))));
  return { captured, tree: node?.subtree };
};

interface Pipelines {
  readonly looking: Pipeline;
  /** A third one, for runs that compare all by themselves: what they count is the same. */
  readonly walking: Pipeline;
  /** Another repository, for runs that know of nothing before: the same folder has the same tree. */
  readonly knowing: Pipeline;
}

const withoutThreads = async <T>(work: () => Promise<T>): Promise<T> => {
  const looker = vi.spyOn(TreeBuilder.prototype, 'looker').mockReturnValue(undefined);
  try {
    return await work();
  } finally {
    looker.mockRestore();
  }
};

/** Not what is told of the folders that lead to the root, whose times others change between two runs. */
const countsOf = ({ captured: { counts } }: Stored): unknown => {
  const { filesNew, filesChanged, filesUnmodified, filesEmptied, totalFiles, totalBytes, dataBlobs, dirsNew } = counts;
  const dirs = dirsNew + counts.dirsChanged + counts.dirsUnmodified;
  return { filesNew, filesChanged, filesUnmodified, filesEmptied, totalFiles, totalBytes, dataBlobs, dirsNew, dirs };
};

const dirsChanged = ({ captured: { counts } }: Stored): number => counts.dirsChanged;

const expectTruth = async ({ looking, walking, knowing }: Pipelines, root: string): Promise<number> => {
  const found = await stored(looking, root, false);
  const walked = await withoutThreads(() => stored(walking, root, false));
  expect(countsOf(found)).toEqual(countsOf(walked));
  expect(Math.abs(dirsChanged(found) - dirsChanged(walked))).toBeLessThan(root.split('/').length);
  const truth = await stored(knowing, root, true);
  const words = ({ captured: { counts, unreadable }, tree }: Stored): unknown => ({
    tree,
    files: counts.totalFiles,
    bytes: counts.totalBytes,
    unreadable: unreadable.map(({ path }) => path),
  });
  expect(truth.tree).toBeDefined();
  expect(words(found)).toEqual(words(truth));
  return found.captured.counts.filesUnmodified;
};

const later = (path: string): void => {
  const { atime, mtimeMs } = lstatSync(path);
  utimesSync(path, atime, (mtimeMs + 10_000) / 1000);
};

/** One change each somewhere in a folder, most of which leave the folder's own times as they are. */
const changes: readonly ((folder: string, n: number) => void)[] = [
  (folder) => appendFileSync(join(folder, 'file-3'), 'more'),
  (folder) => later(join(folder, 'file-4')),
  (folder) => chmodSync(join(folder, 'file-5'), 0o600),
  (folder) => rmSync(join(folder, 'file-6'), { force: true }),
  (folder, n) => writeFileSync(join(folder, `new-${n}`), 'new'),
  (folder, n) => writeFileSync(join(folder, `left-out-${n}.tmp`), 'new'),
  (folder) => later(folder),
  (folder) => chmodSync(folder, 0o700),
  (folder, n) => renameSync(folder, `${folder}-${n}`),
  (folder) => {
    unlinkSync(join(folder, 'link'));
    symlinkSync('elsewhere', join(folder, 'link'));
  },
  (folder) => {
    // The same name, size and times, and another file.
    const file = join(folder, 'file-7');
    const { atime, mtime } = lstatSync(file);
    rmSync(file);
    writeFileSync(file, '0 7');
    utimesSync(file, atime, mtime);
  },
  (folder) => {
    rmSync(join(folder, 'file-8'), { recursive: true, force: true });
    mkdirSync(join(folder, 'file-8'), { recursive: true });
  },
  (folder) => platform() === 'linux' && writeXattr(bytesFromText(folder), bytesFromText('user.tag'), Buffer.from('x')),
  (folder) =>
    platform() === 'linux' &&
    writeXattr(bytesFromText(join(folder, 'file-9')), bytesFromText('user.tag'), Buffer.from('x')),
  (folder) => writeFileSync(join(folder, '.mark'), ''),
  (folder) => writeFileSync(join(folder, '.rules'), 'file-1*\n'),
  (folder) => writeFileSync(join(folder, 'huge'), Buffer.alloc(70_000)),
];

/** By which everything in the folder has been as it is for long. */
const hourMs = 3_600_000;
const ahead: Clock = {
  now: () => new Date(Date.now() + hourMs),
  sleep: (until, options) => systemClock.sleep(new Date(until.getTime() - hourMs), options),
};

describe('a run over many folders, most of which have not changed', () => {
  it.each([
    ['changed just before', systemClock],
    ['has old times', ahead],
  ])('ends at the tree that a run has which knows nothing of before, when what is there %s', async (_, clock) => {
    await using temporary = await temporaryFolder();
    const root = join(temporary.path, 'data');
    writeTree(root);
    writeHardTree(join(root, 'hard'), { seed: 3, percent: 0.01 });
    const seed = Math.floor(Math.random() * 1e9);
    const random = seededRandom(seed);
    const pipelineIn = (home: string, destinations: readonly string[]): Pipeline =>
      localPipeline({
        home: join(temporary.path, home),
        paths: [root],
        destinations,
        over: { clock },
        files: { exclude: ['*.tmp'], excludeIfPresent: ['.mark'], ignoreFiles: ['.rules'], excludeLargerThan: '64KiB' },
      });
    const pipelines = {
      looking: pipelineIn('one', ['a', 'b']),
      walking: pipelineIn('another', ['d']),
      knowing: pipelineIn('other', ['c']),
    };
    for (const pipeline of Object.values(pipelines)) await init(pipeline);
    await stored(pipelines.looking, root, false);
    await withoutThreads(() => stored(pipelines.walking, root, false));
    const look = vi.spyOn(SealingPool.prototype, 'look');
    expect(await expectTruth(pipelines, root), `seed ${seed}`).toBeGreaterThan(5000);
    expect(look).toHaveBeenCalled();
    const asked = look.mock.calls.reduce((sum, [{ folders: together }]) => sum + together.length, 0);
    expect(asked, 'folders that the threads looked into by themselves').toBeLessThan(folders / 2);
    for (let step = 0; step < 3; step += 1) {
      const changed = Array.from({ length: seededInteger(random, 2, 13) }, () => {
        const names = ['folder-1', 'folder-2', 'folder-4', 'top/deep-0/folder-0', 'top/deep-3/folder-3'];
        const folder = join(root, names[seededInteger(random, 0, names.length - 1)] ?? '');
        const change = seededInteger(random, 0, changes.length - 1);
        if (lstatSync(folder, { throwIfNoEntry: false })) changes[change]?.(folder, step);
        return `${change} ${folder}`;
      });
      expect(await expectTruth(pipelines, root), `seed ${seed}, ${changed.join(', ')}`).toBeGreaterThan(4000);
    }
  });
});
