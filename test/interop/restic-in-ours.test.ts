import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackupReport, check, type Pipeline, Session, sync } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { isAtLeast, noRestic, restic, resticBackup, resticJson, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';

let temporary: TemporaryFolder;
let home: string;
let folder: string;

beforeEach(async () => {
  temporary = await temporaryFolder();
  home = join(temporary.path, 'home');
  folder = join(temporary.path, 'data');
  writeSampleTree(folder, { seed: 21, folders: 3, filesInFolder: 10, largeBytes: 2_500_000 });
});
afterEach(() => temporary[Symbol.asyncDispose]());

const replica = (): string => join(home, 'a');
const pipelineOf = (chunker: 'fastcdc' | 'rabin' = 'fastcdc'): Pipeline =>
  localPipeline({ home, paths: [folder], destinations: ['a', 'b'], chunker });

/** The second of two runs. */
const twice = async (): Promise<BackupReport> => {
  await run(pipelineOf());
  return run(pipelineOf());
};

/** Lists of the folders above the one that is backed up, whose times others change. */
const foldersAbove = 10_000;

const change = (n: number): void => {
  mkdirSync(join(folder, 'later'), { recursive: true });
  writeFileSync(join(folder, 'later', `file ${n}`), seededBytes(700 + n, 300_000));
};

const counts = (report: BackupReport): { new: number; changed: number; unmodified: number; added: number } => {
  const {
    filesNew = 0,
    filesChanged = 0,
    filesUnmodified = 0,
    dataAdded = 0,
  } = report.sources[0]?.captured?.counts ?? {};
  return { new: filesNew, changed: filesChanged, unmodified: filesUnmodified, added: dataAdded };
};

const listed = async (): Promise<{ id: string; source: string | undefined; tags: readonly string[] }[]> => {
  await using session = await Session.open(pipelineOf(), { lock: 'read', only: new Set(['a']) });
  return session.snapshots.map(({ id, source, file }) => ({ id, source, tags: file.tags ?? [] }));
};

/** Both judges are content, and the last snapshot gives back the folder. */
const expectSound = async (program: string): Promise<void> => {
  const { code, out } = await restic(replica(), ['check', '--read-data'], program);
  expect({ code, out }).toMatchObject({ code: 0 });
  const results = await check(pipelineOf(), { only: new Set(['a']), readData: 'all', random: Math.random });
  expect(results).toMatchObject([{ destination: 'a', status: 'whole', errors: [] }]);
  const to = join(temporary.path, 'restored');
  const { problems } = await restoreFolder(pipelineOf(), { snapshot: 'latest', folder, to, fromDestination: 'a' });
  expect([problems, differences(folder, to)]).toEqual([[], []]);
  rmSync(to, { recursive: true });
};

describe.skipIf(noRestic !== undefined)(
  `stock restic in a repository of ours${noRestic ? ` (${noRestic})` : ''}`,
  () => {
    it.each(restics)('lists, compares, restores and copies: $version', async ({ program }) => {
      await init(pipelineOf());
      const first = await run(pipelineOf());
      change(1);
      const second = await run(pipelineOf());
      const ids = [first, second].map(({ sources }) => sources[0]?.snapshot ?? '');
      const snapshots = await resticJson<{ id: string; tags: string[]; paths: string[] }>(
        replica(),
        ['snapshots'],
        program,
      );
      expect(snapshots.map(({ id, tags, paths }) => [id, tags, paths])).toEqual(
        ids.map((id) => [id, ['source:files'], [folder]]),
      );
      const { out: diff } = await restic(replica(), ['diff', ids[0] ?? '', ids[1] ?? ''], program);
      expect(diff).toContain(`+    ${folder}/later/file 1`);
      expect(diff).toMatch(/Files:\s+1 new,\s+0 removed,\s+0 changed/);
      const to = join(temporary.path, 'by restic');
      expect((await restic(replica(), ['restore', 'latest', '--target', to], program)).code).toBe(0);
      expect(differences(folder, join(to, folder))).toEqual([]);
      const copy = join(temporary.path, 'copy');
      for (const args of [['init'], ['copy', '--from-repo', replica()], ['check', '--read-data']]) {
        const { code, out } = await restic(copy, args, program);
        expect({ args, code, out }).toMatchObject({ code: 0 });
      }
      expect(await resticJson(copy, ['snapshots'], program)).toHaveLength(2);
    });

    it.each(restics)('backs up, tags, forgets and prunes, and we go on from there: $version', async (stock) => {
      const { program } = stock;
      await init(pipelineOf());
      await run(pipelineOf());
      const all = counts(await run(pipelineOf())).unmodified;

      const theirs = await resticBackup(replica(), folder, { program });
      expect(theirs).toMatchObject({ files_new: 0, files_changed: 0, files_unmodified: all });
      const afterBackup = await run(pipelineOf());
      expect(counts(afterBackup)).toMatchObject({ new: 0, changed: 0, unmodified: all });
      expect(counts(afterBackup).added).toBeLessThan(foldersAbove);

      expect((await restic(replica(), ['tag', '--add', 'precious', 'latest'], program)).code).toBe(0);
      expect((await listed()).at(-1)).toMatchObject({ source: 'files', tags: ['source:files', 'precious'] });
      change(2);
      expect(counts(await run(pipelineOf()))).toMatchObject({ new: 1, changed: 0, unmodified: all });

      const forget = await restic(replica(), ['forget', '--keep-last', '1', '--group-by', '', '--prune'], program);
      expect({ code: forget.code, out: forget.out }).toMatchObject({ code: 0 });
      expect(await listed()).toHaveLength(1);
      change(3);
      const after = await run(pipelineOf());
      expect(statuses(after.outcomes)).toEqual({ a: 'stored', b: 'stored' });
      expect(counts(after)).toMatchObject({ new: 1, changed: 0, unmodified: all + 1 });
      await expectSound(program);
      expect((await sync(pipelineOf(), { dryRun: false })).map(({ status }) => status)).toEqual(['synced', 'synced']);
      await expectSound(program);
    });

    it.each(restics.filter((stock) => isAtLeast(stock, '0.15')))(
      'rewrites, and we read again what it left out and no more: $version',
      async ({ program }) => {
        await init(pipelineOf());
        const { unmodified } = counts(await twice());
        const args = ['rewrite', '--exclude', '/**/folder 0/large', '--forget', 'latest'];
        const { code, out } = await restic(replica(), args, program);
        expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('saved new snapshot') });
        // b has the snapshot as it was, of the same second.
        const { destinations, ...pipeline } = pipelineOf();
        const alone = await run({ ...pipeline, destinations: destinations.slice(0, 1) });
        expect(counts(alone)).toMatchObject({ new: 1, changed: 0, unmodified: unmodified - 1 });
        await expectSound(program);
      },
    );

    it.each(restics)('adds next to nothing with the chunker that it has itself: $version', async ({ program }) => {
      await init(pipelineOf('rabin'));
      await run(pipelineOf('rabin'));
      const theirs = await resticBackup(replica(), folder, { program, args: ['--force'] });
      expect(theirs.total_bytes_processed).toBeGreaterThan(7_000_000);
      expect(theirs.data_added / theirs.total_bytes_processed).toBeLessThan(0.01);
      // Nor a folder list, which has the device of every entry then, as restic writes it; but others work in the folders above.
      const above = folder.split('/').length - 1;
      expect(theirs.tree_blobs).toBeLessThanOrEqual(above);
      const ours = counts(await run(pipelineOf('rabin'), { force: true }));
      expect(ours).toMatchObject({ new: 0, changed: 0 });
      expect(ours.unmodified).toBeGreaterThan(30);
      expect(ours.added / theirs.total_bytes_processed).toBeLessThan(0.01);
      await expectSound(program);
    });
  },
);
