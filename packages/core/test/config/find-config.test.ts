import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findConfig } from '../../src/config/find-config.ts';
import { foldersOf } from '../../src/config/folders.ts';
import { makeHome, surroundingsIn } from './surroundings.ts';

describe('the configuration is found', () => {
  it('by --config, then $TRIPLICATE_CONFIG, then ./triplicate.yaml, then in the user folder', async () => {
    await using home = await makeHome();
    const cwd = join(home.path, 'work');
    const env = { TRIPLICATE_CONFIG: join(home.path, 'env.yaml') };
    const here = surroundingsIn(home.path, { cwd });
    const { config } = foldersOf(here);
    await mkdir(cwd);
    await mkdir(config, { recursive: true });
    await writeFile(join(config, 'triplicate.yaml'), 'user');
    expect(await findConfig(here)).toEqual({
      file: join(config, 'triplicate.yaml'),
      origin: 'user-folder',
      text: 'user',
    });
    await writeFile(join(cwd, 'triplicate.yaml'), 'here');
    expect(await findConfig(here)).toEqual({
      file: join(cwd, 'triplicate.yaml'),
      origin: 'working-folder',
      text: 'here',
    });
    await writeFile(env.TRIPLICATE_CONFIG, 'env');
    expect(await findConfig({ ...here, env })).toMatchObject({ origin: 'environment', text: 'env' });
    await writeFile(join(cwd, 'other.yaml'), 'option');
    expect(await findConfig({ ...here, env }, 'other.yaml')).toEqual({
      file: join(cwd, 'other.yaml'),
      origin: 'option',
      text: 'option',
    });
  });

  it('or else the places are named', async () => {
    await using home = await makeHome();
    const error: unknown = await findConfig(surroundingsIn(home.path)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringContaining('triplicate init') as string });
    expect((error as Error).message).toContain(join(home.path, 'triplicate.yaml'));
  });

  it.skipIf(process.platform === 'win32')(
    'and one that is a named pipe, or a link in a circle, ends the search with a sentence',
    async () => {
      await using home = await makeHome();
      for (const [name, make, why] of [
        ['pipe', (file: string) => execFileSync('mkfifo', [file]), 'it is not a regular file'],
        ['loop', (file: string) => symlinkSync('triplicate.yaml', file), 'the links lead round in a circle'],
      ] as const) {
        const cwd = join(home.path, name);
        await mkdir(cwd);
        const file = join(cwd, 'triplicate.yaml');
        make(file);
        await expect(findConfig(surroundingsIn(home.path, { cwd }))).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
          message: `cannot read the configuration "${file}": ${why}`,
          hint: expect.stringContaining('--config') as string,
        });
      }
    },
  );

  it('and one that is named is not passed over when it cannot be read', async () => {
    await using home = await makeHome();
    await writeFile(join(home.path, 'triplicate.yaml'), 'version: 1');
    await writeFile(join(home.path, 'latin1.yaml'), Buffer.from([0x61, 0xe4]));
    const find = (name: string) => findConfig(surroundingsIn(home.path), name);
    await expect(find('missing.yaml')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('no such file') as string,
    });
    await expect(find('.')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('is a folder') as string,
    });
    await expect(find('latin1.yaml')).rejects.toMatchObject({
      message: expect.stringContaining('not UTF-8') as string,
    });
  });
});
