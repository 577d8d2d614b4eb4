import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
beforeEach(async () => {
  cli = await createCli();
  for (const name of ['docs', 'photos']) {
    await mkdir(join(cli.folder, name));
    await writeFile(join(cli.folder, name, 'a.txt'), name);
  }
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] }, photos: { type: files, paths: [./photos] } }',
    '    destinations: { disk: { type: local, path: ./disk }, cloud: { type: local, path: ./cloud, media: cloud, offsite: true } }',
    '    encrypt: { password: { env: SECRET } }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
});
afterEach(() => cli[Symbol.asyncDispose]());

const type = async (...parameters: string[]): Promise<Ended> => {
  const ended = await cli.type(parameters, {
    env: { SECRET: 'secret words', TRIPLICATE_STATE_DIR: join(cli.folder, 'state') },
  });
  expectDocumented(ended.lines);
  return ended;
};

interface Run {
  readonly command: string;
  readonly started: string;
  readonly ended: string;
  readonly ending: string;
  readonly report: { readonly snapshots?: readonly { readonly source: string; readonly id: string }[] };
}
const runs = async (...more: string[]): Promise<Run[]> =>
  (await type('--json', 'runs', ...more)).lines as unknown as Run[];

const snapshots = (list: readonly Run[]): string[] =>
  list.flatMap(({ report }) => report.snapshots ?? []).map(({ source, id }) => `${source} ${id}`);

describe('a catalog that is lost', () => {
  it('is rebuilt from the repositories: each backup that left a snapshot, once, and the standing', async () => {
    await type('init');
    for (let turn = 0; turn < 3; turn += 1) {
      await writeFile(join(cli.folder, 'docs', 'a.txt'), `turn ${turn}`);
      expect((await type('backup')).code).toBe(0);
    }
    await type('check');
    await type('proof');
    const before = await runs();
    const standing = (await type('--json', 'status')).lines[0] as Record<string, unknown>;
    await rm(join(cli.folder, 'state'), { recursive: true });
    expect(await runs()).toEqual([]);

    const rebuilt = await runs('--rebuild');
    expect(rebuilt.map(({ command, ending }) => `${command} ${ending}`)).toEqual(Array(6).fill('backup success'));
    expect(snapshots(rebuilt).toSorted()).toEqual(snapshots(before).toSorted());
    expect(rebuilt.map(({ started }) => started)).toEqual(
      rebuilt
        .map(({ started }) => started)
        .toSorted()
        .toReversed(),
    );
    expect(rebuilt.every(({ started, ended }) => started <= ended)).toBe(true);
    // Again it finds nothing new, and what runs then is not told twice.
    await type('backup');
    const [both, counted] = [await runs('--rebuild'), (await runs('--rebuild')).length];
    expect([both.length, counted]).toEqual([7, 7]);
    expect(new Set(snapshots(both)).size).toBe(8);

    const { sources, coverage } = (await type('--json', 'status')).lines[0] as Record<string, unknown>;
    expect(coverage).toMatchObject({ verdict: 'kept' });
    expect(coverage).toEqual(standing['coverage']);
    expect(sources).toMatchObject([
      { source: 'docs', snapshots: 4, on: ['disk', 'cloud'] },
      { source: 'photos', snapshots: 4, on: ['disk', 'cloud'] },
    ]);
  });

  it('says so without a repository', async () => {
    expect((await type('runs', '--rebuild')).code).toBe(10);
  });
});
