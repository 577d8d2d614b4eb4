import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findConfig, type FoundConfig } from '../../src/config/find-config.ts';
import { foldersOf } from '../../src/config/folders.ts';
import type { Surroundings } from '../../src/config/surroundings.ts';
import { distrustConfig, isTrusted, trustConfig } from '../../src/config/trust.ts';
import { makeHome, surroundingsIn } from './surroundings.ts';

const place = async (file: string, text = 'version: 1'): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

/** A folder as `git clone` makes it, and what is found when one stands in it. */
const clone = async (home: string, text?: string): Promise<{ surroundings: Surroundings; found: FoundConfig }> => {
  const cwd = join(home, 'src', 'clone');
  await place(join(cwd, 'triplicate.yaml'), text);
  const surroundings = surroundingsIn(home, { cwd });
  return { surroundings, found: await findConfig(surroundings) };
};

describe('a configuration is trusted', () => {
  it('when it is named explicitly, and not when it lies in the working folder', async () => {
    await using home = await makeHome();
    const { surroundings, found } = await clone(home.path);
    expect(await isTrusted(found, surroundings)).toBe(false);
    expect(await isTrusted(await findConfig(surroundings, 'triplicate.yaml'), surroundings)).toBe(true);
    const env = { TRIPLICATE_CONFIG: 'triplicate.yaml' };
    expect(await isTrusted(await findConfig({ ...surroundings, env }), { ...surroundings, env })).toBe(true);
  });

  it('in the user folder, and right in the home folder', async () => {
    await using home = await makeHome();
    const surroundings = surroundingsIn(home.path, { cwd: '/' });
    await place(join(foldersOf(surroundings).config, 'triplicate.yaml'));
    expect(await isTrusted(await findConfig(surroundings), surroundings)).toBe(true);
    const atHome = surroundingsIn(home.path);
    await place(join(home.path, 'triplicate.yaml'));
    expect(await isTrusted(await findConfig(atHome), atHome)).toBe(true);
  });

  it.skipIf(process.platform === 'win32')(
    'but not there when everybody can write it, or it belongs to another user',
    async () => {
      await using home = await makeHome();
      const surroundings = surroundingsIn(home.path);
      const file = join(home.path, 'triplicate.yaml');
      await place(file);
      const { uid } = await stat(file);
      // Root's files are as good as our own, so the stranger here is one who finds files that are not his.
      const stranger = { ...surroundings, userId: uid + 1 };
      expect(await isTrusted(await findConfig(stranger), stranger)).toBe(uid === 0);
      await chmod(file, 0o666);
      expect(await isTrusted(await findConfig(surroundings), surroundings)).toBe(false);
    },
  );

  it.skipIf(process.platform === 'win32')('and not through a link between a clone and the home', async () => {
    await using home = await makeHome();
    const { found } = await clone(home.path);
    await symlink(found.file, join(home.path, 'triplicate.yaml'));
    const atHome = surroundingsIn(home.path);
    expect(await isTrusted(await findConfig(atHome), atHome)).toBe(false);
  });

  it('after "config trust", until its text changes, and again when the text comes back', async () => {
    await using home = await makeHome();
    const { surroundings, found } = await clone(home.path);
    await trustConfig(found, surroundings);
    expect(await isTrusted(found, surroundings)).toBe(true);
    await writeFile(found.file, 'version: 1\nplugins: [./evil.ts]');
    expect(await isTrusted(await findConfig(surroundings), surroundings)).toBe(false);
    await writeFile(found.file, found.text);
    expect(await isTrusted(await findConfig(surroundings), surroundings)).toBe(true);
    await distrustConfig(found, surroundings);
    expect(await isTrusted(found, surroundings)).toBe(false);
  });

  it('together with the files of its plugins, until one of them changes', async () => {
    await using home = await makeHome();
    const { surroundings, found } = await clone(home.path, 'version: 1\nplugins: ["./tape.mjs", "a-package"]');
    const plugin = join(dirname(found.file), 'tape.mjs');
    await place(plugin, 'export default {}');
    await trustConfig(found, surroundings);
    expect(await isTrusted(found, surroundings)).toBe(true);
    await writeFile(plugin, 'process.exit()');
    expect(await isTrusted(found, surroundings)).toBe(false);
    await rm(plugin);
    expect(await isTrusted(found, surroundings)).toBe(false);
    await writeFile(plugin, 'export default {}');
    expect(await isTrusted(found, surroundings)).toBe(true);
  });

  it('at its own path only', async () => {
    await using home = await makeHome();
    const { surroundings, found } = await clone(home.path);
    await trustConfig(found, surroundings);
    const copy = { ...found, file: join(home.path, 'elsewhere', 'triplicate.yaml') };
    await place(copy.file, found.text);
    expect(await isTrusted(copy, surroundings)).toBe(false);
  });

  it('is remembered in a file of the user alone; a file that makes no sense trusts nothing', async () => {
    await using home = await makeHome();
    const { surroundings, found } = await clone(home.path);
    await trustConfig(found, surroundings);
    const file = join(foldersOf(surroundings).state, 'trusted-configs.json');
    expect((await stat(file)).mode & 0o777).toBe(surroundings.platform === 'win32' ? 0o666 : 0o600);
    expect(await readFile(file, 'utf8')).toContain('"version": 1');
    await writeFile(file, '{"configs": true}');
    expect(await isTrusted(found, surroundings)).toBe(false);
    await trustConfig(found, surroundings);
    expect(await isTrusted(found, surroundings)).toBe(true);
  });
});
