import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { steady } from '../support/steady.ts';

// One repository through its whole life, each command by a person and by a program. The tests build on one another, in this order.

let cli: Cli;
const docs = (...parts: string[]): string => join(cli.folder, 'docs', ...parts);

beforeAll(async () => {
  cli = await createCli();
  await mkdir(docs('letters'), { recursive: true });
  await write('letters/to ben.txt', 'dear Ben');
  await write('photo.jpg', createHash('shake256', { outputLength: 100_000 }).update('photo').digest());
});
afterAll(() => cli[Symbol.asyncDispose]());

const write = async (file: string, content: string | Buffer): Promise<void> => {
  await writeFile(docs(file), content);
  await utimes(docs(file), 1_780_000_000, 1_780_000_000);
};

const person = async (...parameters: string[]): Promise<Ended> => cli.type(parameters);

const program = async (...parameters: string[]): Promise<Ended> => {
  const ended = await cli.type(['--json', ...parameters]);
  expect(ended.err).toBe('');
  expectDocumented(ended.lines);
  return ended;
};

const snapshotIds = async (): Promise<string[]> => (await program('snapshots')).lines.map(({ id }) => String(id));

describe('a repository', () => {
  it('is made by init, once', async () => {
    const first = await person(
      'init',
      '--source',
      'docs',
      '--to',
      'usb=usb',
      '--to',
      'nas={ type: local, path: ./nas, media: nas, offsite: true }',
    );
    expect(first.code).toBe(0);
    expect(first.out).toMatchSnapshot('what init says');
    const written = await readFile(join(cli.folder, 'triplicate.yaml'), 'utf8');
    expect(written.replaceAll(cli.folder, '/anna/work')).toMatchSnapshot('the configuration');
    const second = await program('init');
    expect(second.lines).toMatchObject([
      { command: 'init', isNew: false, destinations: [{ status: 'existing' }, { status: 'existing' }] },
    ]);
    expect(await person('init', '--source', 'docs', '--to', 'x')).toMatchObject({ code: 2 });
  });

  it('takes a backup, and the next one takes what is new', async () => {
    const first = await person('backup', '--tag', 'first');
    expect(first.code).toBe(0);
    expect(steady(first.out)).toMatchSnapshot();
    await write('letters/to ben.txt', 'dear Ben, dear Ann');
    await write('new.txt', 'new');
    const second = await program('backup');
    expect(second.code).toBe(0);
    expect(second.lines.at(-1)).toMatchObject({
      type: 'summary',
      command: 'backup',
      snapshots: [{ source: 'docs' }],
      outcomes: [
        { source: 'docs', destination: 'usb', status: 'stored' },
        { source: 'docs', destination: 'nas', status: 'stored' },
      ],
      files_new: 1,
      files_changed: 1,
      files_unmodified: 1,
      quorum: { wanted: 1, held: true },
    });
  });

  it('tells what a backup would do, and does not do it', async () => {
    const dry = await person('backup', '--dry-run', '--exclude', '*.jpg');
    expect(dry.code).toBe(0);
    expect(dry.out).toContain('2 files');
    expect(dry.out).toContain('nothing was stored, because this was a dry run');
    expect(await snapshotIds()).toHaveLength(2);
  });

  it('says nothing when it is quiet and all goes well', async () => {
    expect(await person('sync', '--quiet')).toMatchObject({ code: 0, out: '', err: '' });
    expect((await person('snapshots', '--quiet')).out).not.toBe('');
  });

  it('lists its snapshots', async () => {
    expect(steady((await person('snapshots')).out)).toMatchSnapshot();
    expect((await program('snapshots', '--tag', 'first')).lines).toMatchObject([
      { tags: ['source:docs', 'first'], destinations: ['usb', 'nas'] },
    ]);
    expect(await person('snapshots', '--latest', '1', '--source', 'other')).toMatchObject({ code: 2, out: '' });
    expect((await person('snapshots', '--latest', '1', '--tag', 'other')).out).toBe('no snapshots\n');
  });

  it('shows what is in a snapshot', async () => {
    expect((await person('ls', 'latest')).out).toBe(
      '/anna/work/docs/letters/\n/anna/work/docs/new.txt\n/anna/work/docs/photo.jpg\n',
    );
    expect((await person('ls', 'latest:docs', docs('letters'))).out).toBe('/anna/work/docs/letters/to ben.txt\n');
    expect((await person('ls', 'latest', docs('photo.jpg'), '--long')).out).toMatch(
      /^-rw-r--r-- {2}\S+ +97\.7 KiB {2}2026-\d\d-\d\d \d\d:\d\d:\d\d {2}\/anna/,
    );
    expect((await program('ls', 'latest', '--recursive')).lines).toHaveLength(4);
    expect(await person('ls', 'latest', '/nowhere')).toMatchObject({ code: 1, out: '' });
  });

  it('finds names in every snapshot', async () => {
    const found = await person('find', '*.TXT', '-i');
    expect(steady(found.out)).toMatchSnapshot();
    expect((await program('find', '/**/letters/to*', '--snapshot', 'latest')).lines).toMatchObject([
      { type: 'node', kind: 'file' },
    ]);
    expect(await person('find', 'nothing-like-it')).toMatchObject({
      code: 0,
      out: '',
      err: 'nothing matches "nothing-like-it" in 2 snapshots; a pattern is a whole name: "*nothing-like-it*" finds it inside of one\n',
    });
    expect(await person('find', '[')).toMatchObject({
      code: 2,
      out: '',
      err: 'error: the pattern "[" has a [ that no ] closes\n  hint: write [[] for the character itself\n',
    });
  });

  it('prints a file as it was', async () => {
    const [first = ''] = await snapshotIds();
    expect((await person('cat', first.slice(0, 8), docs('letters/to ben.txt'))).out).toBe('dear Ben');
    expect((await person('cat', 'latest', docs('letters/to ben.txt'))).out).toBe('dear Ben, dear Ann');
    expect(await person('cat', 'latest', docs('letters'))).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('there is a folder, and no file, at') as string,
    });
    expect(await cli.type(['cat', 'latest', docs('new.txt'), '--json'])).toMatchObject({ code: 2 });
  });

  it('tells what changed between two snapshots', async () => {
    const [first = '', second = ''] = await snapshotIds();
    expect((await person('diff', first, second)).out).toMatchSnapshot();
    const { lines } = await program('diff', first, second, '/', '--attributes');
    expect(lines.at(-1)).toMatchObject({ command: 'diff', added: 1, changed: 1, removed: 0 });
  });

  it('counts what it holds', async () => {
    expect(steady((await person('stats')).out)).toMatchSnapshot();
    expect((await program('stats', 'latest')).lines).toMatchObject([{ snapshots: 1, files: 3, restoreBytes: 100_021 }]);
  });

  it('gives everything back, or a part', async () => {
    const whole = await person('restore', 'latest', '--to', 'all', '--verify');
    expect(whole.code).toBe(0);
    expect(steady(whole.out)).toMatchSnapshot();
    expect(await readFile(join(cli.folder, 'all', docs('new.txt')), 'utf8')).toBe('new');
    const part = await program('restore', 'latest', docs('letters'), '--to', 'part', '--from', 'nas');
    expect(part.lines.at(-1)).toMatchObject({ command: 'restore', files: 1, problems: 0, dryRun: false });
    const dry = await person('restore', 'latest', '--to', 'dry', '--include', '*.txt', '--dry-run');
    expect(dry.out).toContain('would restore 2 files');
    expect(await readdir(cli.folder)).not.toContain('dry');
  });

  it('is opened by one replica alone, without a configuration', async () => {
    const found = await cli.type(
      ['--repo', '../nas', '--password-file', '../triplicate.password', 'snapshots', '--json'],
      {
        cwd: join(cli.folder, 'usb'),
      },
    );
    expect(found.lines.map(({ destinations }) => destinations)).toEqual([['repo'], ['repo']]);
    const password = (await readFile(join(cli.folder, 'triplicate.password'), 'utf8')).trim();
    const byVariable = await cli.type(['--repo', 'usb', 'restore', 'latest', '--to', 'lost'], {
      env: { TRIPLICATE_PASSWORD: password },
    });
    expect(byVariable.code).toBe(0);
    expect(await person('--repo', 'docs', 'snapshots')).toMatchObject({ code: 10 });
  });

  it('is judged, mended and filled again', async () => {
    expect((await program('check', '--read-data')).lines.at(-1)).toMatchObject({
      destinations: [{ status: 'whole' }, { status: 'whole' }],
    });
    await damageAPack(join(cli.folder, 'nas'));
    const damaged = await person('check', 'nas', '--read-data');
    expect(damaged.code).toBe(1);
    expect(steady(damaged.out)).toMatchSnapshot('what a check found');
    const dry = await program('heal', 'nas', '--dry-run');
    expect([dry.code, dry.lines.at(-1)]).toMatchObject([
      1,
      { destinations: [{ status: 'damaged', replaced: { packs: 0 } }] },
    ]);
    const healed = await person('heal', 'nas');
    expect(healed.code).toBe(0);
    expect(steady(healed.out)).toMatchSnapshot('what heal did');
  });

  it('goes on when a destination dies, and a new one is filled', async () => {
    await rm(join(cli.folder, 'usb'), { recursive: true });
    const run = await person('backup');
    expect(run.code).toBe(3);
    expect(steady(run.out)).toMatchSnapshot('a run without one destination');
    expect(await person('restore', 'latest', '--to', 'from-the-dead', '--from', 'usb')).toMatchObject({ code: 10 });
    expect((await person('init')).out).toMatchSnapshot('a replica in its place');
    const dry = await program('sync', '--dry-run');
    expect(dry.lines.at(-1)).toMatchObject({
      dryRun: true,
      destinations: [{ destination: 'usb', snapshots: 3 }, { snapshots: 0 }],
    });
    expect(steady((await person('sync')).out)).toMatchSnapshot('what sync brought');
    expect((await program('sync', 'usb')).lines.at(-1)).toMatchObject({
      destinations: [{ destination: 'usb', status: 'synced', snapshots: 0 }],
    });
  });

  it('says where it stands', async () => {
    const status = await person('status');
    expect(status.code).toBe(0);
    expect(steady(status.out)).toMatchSnapshot();
    expect((await program('status')).lines).toMatchObject([
      { type: 'status', pipeline: 'main', coverage: { verdict: 'kept' } },
    ]);
    await rm(join(cli.folder, 'nas', 'config'));
    expect(await person('status')).toMatchObject({ code: 3 });
  });

  it('lets go of locks that nobody holds', async () => {
    expect((await person('unlock')).out).toBe(
      'nas  failed: no repository at /anna/work/nas\n  hint: mount the place if it is not, or run `triplicate init` to add a replica here\nusb  no lock to remove\n',
    );
    expect(await program('unlock', '--remove-all')).toMatchObject({ code: 3 });
  });
});

/** The largest one: it holds content and no tree. */
const damageAPack = async (replica: string): Promise<void> => {
  const entries = await readdir(join(replica, 'data'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const packs = await Promise.all(files.map(async (file) => ({ file, bytes: await readFile(file) })));
  const [largest] = packs.toSorted((a, b) => b.bytes.length - a.bytes.length);
  if (!largest) throw new Error('there is no pack');
  largest.bytes[10] = (largest.bytes[10] ?? 0) ^ 1;
  await rm(largest.file);
  await writeFile(largest.file, largest.bytes);
};
