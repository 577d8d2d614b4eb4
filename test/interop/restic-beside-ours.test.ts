import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Pipeline, Session, sync } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints, isAtLeast, noRestic, restic, resticBackup, resticJson, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';

let temporary: TemporaryFolder;
let home: string;
let folder: string;

beforeEach(async () => {
  temporary = await temporaryFolder();
  home = join(temporary.path, 'home');
  folder = join(temporary.path, 'data');
  writeSampleTree(folder, { seed: 41, folders: 2, filesInFolder: 8, largeBytes: 1_500_000 });
  await init(pipelineOf());
  await run(pipelineOf());
});
afterEach(() => temporary[Symbol.asyncDispose]());

const pipelineOf = (over: Partial<Pipeline> = {}): Pipeline =>
  localPipeline({ home, paths: [folder], destinations: ['a', 'b'], over });
const replica = (name: 'a' | 'b'): string => join(home, name);

const must = async (repository: string, args: readonly string[], program: string): Promise<string> => {
  const { code, out } = await restic(repository, args, program);
  expect({ args, code, out }).toMatchObject({ code: 0 });
  return out;
};

const expectEqualReplicas = async (): Promise<void> => {
  expect(await complaints([replica('a'), replica('b')], ['check', '--read-data'])).toEqual([]);
  const [a, b] = (['a', 'b'] as const).map((name) =>
    objectsOf(replica(name), 'snapshots').map((path) => path.slice(replica(name).length)),
  );
  expect(b).toEqual(a);
};

describe.skipIf(noRestic !== undefined)(`stock restic beside us${noRestic ? ` (${noRestic})` : ''}`, () => {
  it.each(restics)('lists, finds, counts and reads files in a repository of ours: $version', async ({ program }) => {
    const file = join(folder, 'folder 1', 'large');
    const listed = await must(replica('a'), ['ls', 'latest', '--recursive', folder], program);
    expect(listed.split('\n')).toContain(file);
    const [found] = await resticJson<{ hits: number }>(replica('a'), ['find', 'large'], program);
    expect(found).toMatchObject({ hits: 2 });
    const [counted] = await resticJson<{ total_file_count: number }>(replica('a'), ['stats', 'latest'], program);
    expect(counted?.total_file_count).toBeGreaterThan(16);
    const to = join(temporary.path, 'dumped');
    if (isAtLeast({ program, version: await must(replica('a'), ['version'], program) }, '0.17')) {
      await must(replica('a'), ['dump', '--target', to, 'latest', file], program);
      // oxlint-disable-next-line vitest/no-conditional-expect -- older ones write to stdout alone
      expect(readFileSync(to).equals(readFileSync(file))).toBe(true);
    }
  });

  it.each(restics)('copies a snapshot of its own into ours, which we restore and sync: $version', async (stock) => {
    const { program } = stock;
    const other = join(temporary.path, 'other');
    const theirFolder = join(temporary.path, 'their data');
    writeSampleTree(theirFolder, { seed: 42, folders: 2, filesInFolder: 8, largeBytes: 1_500_000 });
    await must(other, ['init'], program);
    await resticBackup(other, theirFolder, { program });
    await must(replica('a'), ['copy', '--from-repo', other], program);
    expect(await sync(pipelineOf(), { dryRun: false })).toMatchObject([{ snapshots: 0 }, { snapshots: 1 }]);
    await expectEqualReplicas();
    await using session = await Session.open(pipelineOf(), { lock: 'read' });
    const theirs = session.snapshots.find(({ source }) => source === undefined);
    const to = join(temporary.path, 'restored');
    const request = { snapshot: theirs?.id ?? '', folder: theirFolder, to, fromDestination: 'b' };
    expect((await restoreFolder(pipelineOf(), request)).problems).toEqual([]);
    expect(differences(theirFolder, to)).toEqual([]);
  });

  it.each(restics)('makes the index anew, and we go on from there: $version', async (stock) => {
    const { program } = stock;
    for (const path of objectsOf(replica('a'), 'index')) rmSync(path, { force: true });
    const rebuild = isAtLeast(stock, '0.16') ? ['repair', 'index'] : ['rebuild-index'];
    await must(replica('a'), rebuild, program);
    writeFileSync(join(folder, 'later'), seededBytes(77, 400_000));
    const { outcomes, sources } = await run(pipelineOf());
    expect(statuses(outcomes)).toEqual({ a: 'stored', b: 'stored' });
    expect(sources[0]?.captured?.counts).toMatchObject({ filesNew: 1, filesChanged: 0 });
    await expectEqualReplicas();
  });

  // One of them: that we open what each restic makes of a password is seen in `ours-in-restic`.
  it.each(restics.slice(-1))('adds a key, and its password opens our repository: $version', async ({ program }) => {
    const file = join(temporary.path, 'new password');
    writeFileSync(file, 'another one\n');
    await must(replica('a'), ['key', 'add', '--new-password-file', file], program);
    const pipeline = pipelineOf({ password: () => Promise.resolve('another one') });
    const alone = { ...pipeline, destinations: pipeline.destinations.slice(0, 1) };
    expect(statuses((await run(alone)).outcomes)).toEqual({ a: 'stored' });
    // The other replica has no key for it, and opens with the master key that both have.
    expect(statuses((await run(pipeline)).outcomes)).toEqual({ a: 'stored', b: 'stored' });
  });
});
