import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackupReport, check, type Pipeline, sync } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cheapenKeys } from '../kit/cheap-keys.ts';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints, isAtLeast, noRestic, restic, resticBackup, type Restic, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';

/** Repositories that stock restic makes, each in its own way. */
const makings: readonly {
  readonly name: string;
  readonly init: readonly string[];
  readonly backup: readonly string[];
}[] = [
  { name: 'version 1', init: ['--repository-version', '1'], backup: [] },
  { name: 'version 2', init: [], backup: [] },
  { name: 'version 2 without compression', init: [], backup: ['--compression', 'off'] },
];

let templates: TemporaryFolder;
let temporary: TemporaryFolder;
let home: string;
let folder: string;

beforeAll(async () => void (templates = await temporaryFolder()));
afterAll(() => templates[Symbol.asyncDispose]());
beforeEach(async () => {
  temporary = await temporaryFolder();
  home = join(temporary.path, 'home');
  folder = join(temporary.path, 'data');
  writeSampleTree(folder, { seed: 31, folders: 3, filesInFolder: 10, largeBytes: 2_000_000 });
});
afterEach(() => temporary[Symbol.asyncDispose]());

/** A new repository as this restic makes it. It tries out what a key may cost for two seconds each time; this is done once. */
const resticInit = async (replica: string, { program, version }: Restic, args: readonly string[]): Promise<void> => {
  const template = join(templates.path, [version, ...args].join(' '));
  if (!existsSync(template)) {
    const { code, out } = await restic(template, ['init', ...args], program);
    expect({ code, out }).toMatchObject({ code: 0 });
  }
  cpSync(template, replica, { recursive: true });
};

/** Its chunker is of no consequence: the repository's own decides. */
const pipelineOf = (...destinations: string[]): Pipeline => localPipeline({ home, paths: [folder], destinations });

const counts = ({ sources }: BackupReport): { new: number; changed: number; unmodified: number; added: number } => {
  const { filesNew = 0, filesChanged = 0, filesUnmodified = 0, dataAdded = 0 } = sources[0]?.captured?.counts ?? {};
  return { new: filesNew, changed: filesChanged, unmodified: filesUnmodified, added: dataAdded };
};

const expectWhole = async (names: readonly string[], stock: Restic): Promise<void> => {
  const results = await check(pipelineOf(...names), { readData: 'all', random: Math.random });
  expect(results).toMatchObject(names.map((destination) => ({ destination, status: 'whole', errors: [] })));
  const homes = names.map((name) => join(home, name));
  expect(await complaints(homes, ['check', '--read-data'], [stock])).toEqual([]);
};

const expectRestored = async (snapshot: string, fromDestination: string): Promise<void> => {
  const to = join(temporary.path, `restored from ${fromDestination} ${snapshot}`);
  const { problems } = await restoreFolder(pipelineOf('a', 'b'), { snapshot, folder, to, fromDestination });
  expect([problems, differences(folder, to)]).toEqual([[], []]);
};

describe.skipIf(noRestic !== undefined)(`a repository of stock restic's${noRestic ? ` (${noRestic})` : ''}`, () => {
  const cases = makings.flatMap((making) => restics.map((stock) => ({ stock, version: stock.version, ...making })));

  it.each(cases)('is checked, restored, continued and given a second replica: $name, $version', async (made) => {
    const { stock } = made;
    const { program } = stock;
    const replica = join(home, 'a');
    await resticInit(replica, stock, made.init);
    const theirs = await resticBackup(replica, folder, { program, args: made.backup });
    // The key that restic has made is opened by us here, and by the next test; all else is done with a cheap one.
    await expectRestored('latest', 'a');
    await cheapenKeys(replica);
    await expectWhole(['a'], stock);

    const first = await run(pipelineOf('a'));
    const all = theirs.files_new;
    expect(counts(first)).toMatchObject({ new: 0, changed: 0, unmodified: all });
    // The lists of folders: restic notes the number of the file system for everything, we for files with several names.
    expect(counts(first).added / theirs.total_bytes_processed).toBeLessThan(0.01);
    const forced = await run(pipelineOf('a'), { force: true });
    // Read anew, and found to be what it was.
    expect(counts(forced)).toMatchObject({ new: 0, changed: 0, unmodified: all });
    expect(counts(forced).added / theirs.total_bytes_processed).toBeLessThan(0.01);

    writeFileSync(join(folder, 'one more'), seededBytes(900, 500_000));
    const { created } = await init(pipelineOf('a', 'b'));
    expect(created.map(({ destination }) => destination)).toEqual(['b']);
    const second = await run(pipelineOf('a', 'b'));
    expect(statuses(second.outcomes)).toEqual({ a: 'stored', b: 'stored' });
    expect(counts(second)).toMatchObject({ new: 1, changed: 0, unmodified: all });
    expect(await sync(pipelineOf('a', 'b'), { dryRun: false })).toMatchObject([
      { destination: 'a', status: 'synced', snapshots: 0 },
      { destination: 'b', status: 'synced', snapshots: 3 },
    ]);
    await expectWhole(['a', 'b'], stock);
    await expectRestored('latest', 'b');
    const again = await resticBackup(join(home, 'b'), folder, { program });
    expect(again).toMatchObject({ files_new: 0, files_changed: 0, files_unmodified: all + 1 });
  });

  it.each(restics.filter((stock) => isAtLeast(stock, '0.17')))(
    'is continued after its chunks were packed anew and its version was raised: $version',
    async (stock) => {
      const { program } = stock;
      const replica = join(home, 'a');
      await resticInit(replica, stock, ['--repository-version', '1']);
      await resticBackup(replica, folder, { program });
      for (const args of [
        ['migrate', 'upgrade_repo_v2'],
        ['prune', '--repack-uncompressed'],
      ]) {
        const { code, out } = await restic(replica, args, program);
        expect({ args, code, out }).toMatchObject({ code: 0 });
      }
      const ours = await run(pipelineOf('a'));
      expect(counts(ours)).toMatchObject({ new: 0, changed: 0 });
      await expectWhole(['a'], stock);
    },
  );
});
