import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectDocumented } from '../support/json.ts';
import { createCli, type Cli } from '../support/cli.ts';

let cli: Cli;
beforeEach(async () => {
  cli = await createCli();
  for (const name of ['docs', 'photos']) {
    await mkdir(join(cli.folder, name));
    await writeFile(join(cli.folder, name, 'a.txt'), name);
  }
  await cli.type(['init', '--source', 'docs', '--source', 'photos', '--to', 'disk']);
});
afterEach(() => cli[Symbol.asyncDispose]());

const said = `error: docs: "/anna/work/docs": no such file or folder\n  hint: correct "paths" of this source, or mount the disk that they are on\n`;

it('says once why a source was not backed up, and not that all was done', async () => {
  await rm(join(cli.folder, 'docs'), { recursive: true });
  const { code, out, err } = await cli.type(['backup']);
  expect(err.match(/no such file or folder/g)).toHaveLength(1);
  expect(err).toContain(said);
  expect(out).not.toContain('no such file');
  expect(out).toMatch(/^photos {2}snapshot [\da-f]{8}\n[^]*\ndone but for docs, in \d/);
  expect(code).toBe(1);
});

it('an original that is gone, or whose disk is not there, is no copy', async () => {
  await cli.type(['backup']);
  const figures = async (): Promise<unknown> => {
    const { lines } = await cli.type(['status', '--json']);
    expectDocumented(lines);
    const { coverage, sources } = lines[0] as {
      coverage: { copies: number; original: boolean };
      sources: { gone: string[] }[];
    };
    return [coverage.copies, coverage.original, sources.map(({ gone }) => gone.length)];
  };
  expect(await figures()).toEqual([2, true, [0, 0]]);
  await rename(join(cli.folder, 'docs'), join(cli.folder, 'elsewhere'));
  expect(await figures()).toEqual([1, false, [1, 0]]);
  const { out } = await cli.type(['status']);
  expect(out).toContain('1 copy without the original');
  expect(out).toMatch(/the original of "docs" is not there and does not count:\s+"\/anna\/work\/docs"/);
  // The place where its disk is mounted.
  await mkdir(join(cli.folder, 'docs'));
  expect(await figures()).toEqual([1, false, [1, 0]]);
  await rm(join(cli.folder, 'docs'), { recursive: true });
  await rename(join(cli.folder, 'elsewhere'), join(cli.folder, 'docs'));
  expect(await figures()).toEqual([2, true, [0, 0]]);
});

it('a source that was taken out of the configuration counts in nothing, and is told', async () => {
  await cli.type(['backup']);
  const file = join(cli.folder, 'triplicate.yaml');
  const config = await readFile(file, 'utf8');
  await writeFile(file, config.replace(/^ +photos:.*\n(?: {8,}.*\n)*/m, ''));
  const { out } = await cli.type(['status']);
  expect(out).toMatch(/^photos: not in the configuration; 1 snapshot, the last of 20/m);
  const { lines } = await cli.type(['status', '--json']);
  expectDocumented(lines);
  expect(lines[0]).toMatchObject({
    sources: [{ source: 'docs' }],
    formerSources: [{ source: 'photos', snapshots: 1 }],
  });
});

it('says nothing of an end when nothing was backed up', async () => {
  await rm(join(cli.folder, 'docs'), { recursive: true });
  const { code, out, err } = await cli.type(['backup', 'docs']);
  expect(err).toContain(said);
  expect(out).toBe('');
  expect(code).toBe(1);
});

it('knows a source by the configuration or by a snapshot, and names them where it knows none of that name', async () => {
  await cli.type(['backup']);
  const file = join(cli.folder, 'triplicate.yaml');
  const config = await readFile(file, 'utf8');
  await writeFile(file, config.replace(/^ +photos:.*\n(?: {8,}.*\n)*/m, ''));
  for (const command of [['snapshots'], ['find', 'a.txt'], ['forget', '--keep-last', '1', '--dry-run']]) {
    const { code, err } = await cli.type([...command, '--source', 'zz']);
    expect(err).toContain('error: no source "zz" is in the configuration, and no snapshot is of it');
    expect(err).toContain('hint: choose one of "docs", "photos"');
    expect(code).toBe(2);
    expect((await cli.type([...command, '--source', 'photos'])).code).toBe(0);
  }
  const { lines } = await cli.type(['snapshots', '--json', '--source', 'photos']);
  expect(lines).toMatchObject([{ source: 'photos' }]);
});
