import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

it('says nothing of an end when nothing was backed up', async () => {
  await rm(join(cli.folder, 'docs'), { recursive: true });
  const { code, out, err } = await cli.type(['backup', 'docs']);
  expect(err).toContain(said);
  expect(out).toBe('');
  expect(code).toBe(1);
});
