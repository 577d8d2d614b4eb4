import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig, openConfig } from '../../src/config/check-config.ts';
import { findConfig } from '../../src/config/find-config.ts';
import { trustConfig } from '../../src/config/trust.ts';
import { registry } from './plugins.ts';
import { makeHome, surroundingsIn } from './surroundings.ts';

const text = `version: 1
pipelines:
  home:
    sources: { docs: { type: files, paths: [~/docs] } }
    encrypt: { password: { env: PW } }
    destinations: { disk: { type: local, path: /disk } }
    hooks: { before: [touch, ran] }
`;

describe('a command opens the configuration', () => {
  it('or fails with every mistake, ready to print', async () => {
    await using home = await makeHome();
    const surroundings = surroundingsIn(home.path);
    await writeFile(join(home.path, 'triplicate.yaml'), text.replace('quorum', '').replace('path:', 'pth:'));
    const error: unknown = await openConfig({ surroundings, registry }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', context: { problems: 2 } });
    expect((error as Error).message.replaceAll(home.path, '~')).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
      ~/triplicate.yaml:6:21: "path" is missing
          add "path": Folder of the replica
      ~/triplicate.yaml:6:42: unknown key "pth"
          did you mean "path"?"
    `);
  });

  it('in a cloned folder without what runs code, and with it once that is trusted', async () => {
    await using home = await makeHome();
    const surroundings = surroundingsIn(home.path, { cwd: join(home.path, 'clone') });
    await mkdir(surroundings.cwd);
    await writeFile(join(surroundings.cwd, 'triplicate.yaml'), text);
    const before = await checkConfig({ surroundings, registry });
    expect(before.trusted).toBe(false);
    expect(before.problems.map(({ path, line, column }) => [path, line, column])).toEqual([
      ['pipelines.home.hooks', 7, 5],
    ]);
    await trustConfig(await findConfig(surroundings), surroundings);
    const { config } = await openConfig({ surroundings, registry });
    expect(config.pipelines[0]?.hooks).toEqual({ before: ['touch', 'ran'] });
  });
});
