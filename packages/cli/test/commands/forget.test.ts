import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { steady } from '../support/steady.ts';

// The tests build on one another, in this order.
const env = { TRIPLICATE_PASSWORD: 'secret words' };
let cli: Cli;
const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env });

const json = async (...parameters: string[]): Promise<Ended> => {
  const ended = await type('--json', ...parameters);
  expectDocumented(ended.lines);
  return ended;
};

const backUp = async (content: string): Promise<string> => {
  await writeFile(join(cli.folder, 'docs', 'a.txt'), content);
  const { lines } = await json('backup');
  const [{ id } = { id: '' }] = (lines.at(-1) as { snapshots: { id: string }[] }).snapshots;
  return id;
};

beforeAll(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations:',
    '      disk: { type: local, path: ./disk, retain: { last: 2 } }',
    '      away: { type: local, path: ./away, removable: true }',
    '    encrypt: { password: { env: TRIPLICATE_PASSWORD } }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
  await mkdir(join(cli.folder, 'away'));
  await type('init');
});
afterAll(() => cli[Symbol.asyncDispose]());

const snapshotsOn = async (name: string): Promise<number> =>
  (await readdir(join(cli.folder, name, 'snapshots'))).length;

describe('forget', () => {
  const ids: string[] = [];

  it('tells what each policy would do, and does it', async () => {
    for (const content of ['one', 'two', 'three']) ids.push(await backUp(content));
    const dry = await type('forget', '--dry-run');
    expect(dry.code).toBe(0);
    expect(steady(dry.out)).toMatchSnapshot();
    expect([await snapshotsOn('disk'), await snapshotsOn('away')]).toEqual([3, 3]);
    const { code, lines } = await json('forget');
    expect(code).toBe(0);
    expect(lines).toHaveLength(7);
    expect(lines.find(({ id, destination }) => id === ids[0] && destination === 'disk')).toMatchObject({
      type: 'forget',
      source: 'docs',
      keep: false,
      reasons: [],
    });
    expect([await snapshotsOn('disk'), await snapshotsOn('away')]).toEqual([2, 3]);
  });

  it('by name leaves word for a disk that is away, and sync takes it there', async () => {
    await rename(join(cli.folder, 'away'), join(cli.folder, 'elsewhere'));
    const { code, out } = await type('forget', (ids[1] ?? '').slice(0, 8));
    expect(code).toBe(0);
    expect(out).toContain('out of reach; it forgets when it is back');
    await rename(join(cli.folder, 'elsewhere'), join(cli.folder, 'away'));
    const { lines } = await json('sync');
    // The policy of the disk has a place left for the first one; the second is gone for good.
    expect(lines.at(-1)).toMatchObject({
      destinations: [
        { destination: 'disk', snapshots: 1, forgotten: 0 },
        { destination: 'away', snapshots: 0, forgotten: 1 },
      ],
    });
    expect([await snapshotsOn('disk'), await snapshotsOn('away')]).toEqual([2, 2]);
  });

  it('by rules of the command line holds everywhere', async () => {
    ids.push(await backUp('four'));
    await json('forget', '--keep-last', '1', '--keep-within-daily', '0d');
    expect([await snapshotsOn('disk'), await snapshotsOn('away')]).toEqual([1, 1]);
  });

  it('refuses what says nothing', async () => {
    expect(await type('forget', '--keep-last', '0')).toMatchObject({
      code: 2,
      err: expect.stringContaining('rules that keep nothing') as string,
    });
    expect(await type('forget', '--keep-within', 'long')).toMatchObject({
      code: 2,
      err: expect.stringContaining('write a time') as string,
    });
    expect(await type('forget', '12345678')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no snapshot "12345678"') as string,
    });
  });
});

describe('prune', () => {
  it('tells what it would free, and frees it', async () => {
    const packs = async (): Promise<number> => {
      const entries = await readdir(join(cli.folder, 'disk', 'data'), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).length;
    };
    const before = await packs();
    const dry = await type('prune', '--dry-run');
    expect(dry.code).toBe(0);
    expect(steady(dry.out)).toMatchSnapshot();
    expect(await packs()).toBe(before);
    const { code, lines } = await json('prune', 'disk', '--max-unused', '0', '--max-repack-size', '1GiB');
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({
      command: 'prune',
      destinations: [{ destination: 'disk', status: 'pruned', plan: { snapshots: 1 } }],
    });
    expect(await packs()).toBeLessThan(before);
    expect(await type('check', '--read-data')).toMatchObject({ code: 0 });
    expect(await type('prune', 'disk', '--max-unused', 'much')).toMatchObject({ code: 2 });
    const bare = await type('prune', 'disk', '--dry-run', '--max-unused', '5');
    expect(bare).toMatchObject({ code: 2, err: expect.stringContaining('write 5% for a share') as string });
    expect(await type('prune', 'disk', '--dry-run', '--max-repack-size', '5')).toMatchObject({ code: 2 });
  });

  it('follows a forget that asks for it', async () => {
    await backUp('five');
    const { code, lines } = await json('forget', '--keep-last', '1', '--prune');
    expect(code).toBe(0);
    expect(lines.filter(({ type: kind }) => kind === 'summary').map(({ command }) => command)).toEqual([
      'forget',
      'prune',
    ]);
    expect(await type('check', '--read-data')).toMatchObject({ code: 0 });
  });
});

describe('forget --lost', () => {
  it('settles what a destination has lost, there and elsewhere, and says so where nobody has it any more', async () => {
    const [old] = await readdir(join(cli.folder, 'disk', 'snapshots'));
    const last = await backUp('six');
    await rm(join(cli.folder, 'disk', 'snapshots', old ?? ''));
    expect(await type('check')).toMatchObject({ code: 3 });
    expect(await type('forget', '--lost', '--keep-last', '1')).toMatchObject({ code: 2 });
    const { code, lines } = await json('forget', '--lost', 'disk');
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ gone: [], destinations: [{ forgotten: 0 }, { forgotten: 1 }] });
    for (const name of ['disk', 'away']) await rm(join(cli.folder, name, 'snapshots', last));
    const gone = await type('forget', '--lost');
    expect(gone).toMatchObject({ code: 0 });
    expect((await type('runs', '--latest', '1')).out).toContain(
      'forgot 1 lost snapshot that no destination had any more',
    );
    expect(gone.out).toContain(`lost, and on no destination any more: ${last.slice(0, 8)}`);
    expect(await type('forget', '--lost')).toMatchObject({
      out: expect.stringContaining('no snapshot is lost') as string,
    });
    expect(await type('check')).toMatchObject({ code: 0 });
  });
});
