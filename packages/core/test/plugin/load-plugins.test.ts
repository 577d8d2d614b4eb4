import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { loadPlugins } from '../../src/plugin/load-plugins.ts';
import { registry } from '../config/plugins.ts';

let folder = '';
const zod = pathToFileURL(createRequire(import.meta.url).resolve('zod')).href;

/** A plugin as its author writes it; `typed` makes it TypeScript, which Node strips outside of node_modules. */
const sourceOf = (kind: string, type: string, { stage = '', typed = '' } = {}): string => `
import { z } from ${JSON.stringify(zod)};
${typed}
export default {
  apiVersion: 1, kind: '${kind}', type: '${type}', summary: 'Of a third party',${stage === '' ? '' : ` stage: '${stage}',`}
  options: z.strictObject({ drive: z.string().describe('Name of the drive') }),
  open() { throw new Error('not here'); },
};
`;
const typescript = 'const port: number = 1; export type Port = typeof port;';

const write = async (path: string, content: string | object): Promise<void> => {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
};

const writePackage = async (
  name: string,
  content: string,
  parts: object = { exports: './index.js' },
): Promise<void> => {
  await write(`node_modules/${name}/package.json`, { name, version: '1.0.0', type: 'module', ...parts });
  await write(`node_modules/${name}/index.js`, content);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplicate-plugins-'));
  await writePackage('triplicate-dest-tape', sourceOf('destination', 'tape'));
  await writePackage('@anna/triplicate-source-camera', sourceOf('source', 'camera'));
  await writePackage('triplicate-transform-lz', sourceOf('transform', 'lz', { stage: 'codec' }));
  await writePackage('triplicate-dest-import-only', sourceOf('destination', 'x'), {
    exports: { '.': { import: './index.js' } },
  });
  await writePackage('triplicate-dest-needy', `import 'nowhere-to-be-found';\n${sourceOf('destination', 'needy')}`);
  await write('my-dest.ts', sourceOf('destination', 'shelf', { typed: typescript }));
  await write('my-source.ts', sourceOf('source', 'scanner', { typed: typescript }));
  await write('my-transform.ts', sourceOf('transform', 'rle', { stage: 'codec', typed: typescript }));
  await write('broken.ts', 'export default { kind: ');
  await write('no-plugin.ts', 'export const plugin = 1;');
  await write('twin.ts', sourceOf('destination', 'local'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configFile = (): string => join(folder, 'triplicate.yaml');
const loadOne = async (spec: string) => {
  const [loaded] = await loadPlugins([spec], { configFile: configFile() });
  return loaded;
};

describe('a third-party plugin', () => {
  it.each([
    ['triplicate-dest-tape', 'destination', 'tape', 'node_modules/triplicate-dest-tape/index.js'],
    ['@anna/triplicate-source-camera', 'source', 'camera', 'node_modules/@anna/triplicate-source-camera/index.js'],
    ['triplicate-transform-lz', 'transform', 'lz', 'node_modules/triplicate-transform-lz/index.js'],
    ['./my-dest.ts', 'destination', 'shelf', 'my-dest.ts'],
    ['./my-source.ts', 'source', 'scanner', 'my-source.ts'],
    ['./my-transform.ts', 'transform', 'rle', 'my-transform.ts'],
  ])('is loaded from beside the configuration: %s', async (spec, kind, type, file) => {
    expect(await loadOne(spec)).toMatchObject({
      entry: { kind, type, origin: spec, url: pathToFileURL(join(folder, file)).href },
    });
  });

  it.each([
    ['triplicate-dest-missing', 'is not installed', 'npm install triplicate-dest-missing'],
    ['triplicate-dest-import-only', 'its "exports" have only "import"', '"default"'],
    ['triplicate-dest-needy', 'needs the package "nowhere-to-be-found"', 'Install the plugin again'],
    ['./missing.ts', 'there is no such file', 'counts from the folder of the configuration'],
    ['./broken.ts', 'cannot load the plugin "./broken.ts"', 'Correct the plugin'],
    ['./no-plugin.ts', 'the default export must be a plugin object', 'default export'],
  ])('that cannot be loaded says why: %s', async (spec, why, hint) => {
    expect(await loadOne(spec)).toMatchObject({
      error: {
        code: 'PLUGIN_INVALID',
        message: expect.stringContaining(why) as string,
        hint: expect.stringContaining(hint) as string,
      },
    });
  });
});

describe('Node itself, without a test runner between', () => {
  it('loads a plugin in TypeScript by its path, and one in JavaScript by its name', () => {
    const module = new URL('../../src/plugin/load-plugins.ts', import.meta.url).href;
    const program = `const { loadPlugins } = await import(${JSON.stringify(module)});
      const loaded = await loadPlugins(['./my-transform.ts', 'triplicate-dest-tape', 'triplicate-dest-needy', './missing.ts'], { configFile: ${JSON.stringify(configFile())} });
      console.log(JSON.stringify(loaded.map(({ entry, error }) => entry?.type ?? error.message)));`;
    const printed = execFileSync(execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual([
      'rle',
      'tape',
      'cannot load the plugin "triplicate-dest-needy": it needs the package "nowhere-to-be-found", which is not installed',
      'cannot load the plugin "./missing.ts": there is no such file',
    ]);
  });
});

describe('a configuration with third-party plugins', () => {
  const text = (plugins: string): string => `version: 1
plugins: [${plugins}]
pipelines:
  home:
    sources: { cam: { type: camera, drive: a, tags: [x] }, scan: { type: scanner, drive: b } }
    transforms: [dedupe: {}, lz: { drive: c }, rle: { drive: d }, encrypt: { password: { env: PW } }]
    destinations: { tape: { type: tape, drive: e, media: tape }, shelf: { type: shelf, drive: f } }
`;
  const all =
    'triplicate-dest-tape, "@anna/triplicate-source-camera", triplicate-transform-lz, ./my-dest.ts, ./my-source.ts, ./my-transform.ts';
  const load = (source: string, trusted = true) => loadConfig(source, { file: configFile(), registry, trusted });

  it('uses all three kinds, by name and by path, and gives transforms the URL of their module', async () => {
    const { config, problems } = await load(text(all));
    expect(formatProblems('x', problems)).toBe('');
    const [home] = config?.pipelines ?? [];
    expect(home?.sources.map(({ type, options }) => [type, options])).toEqual([
      ['camera', { drive: 'a' }],
      ['scanner', { drive: 'b' }],
    ]);
    expect(home?.chain.codecs).toEqual([
      {
        type: 'lz',
        options: { drive: 'c' },
        url: expect.stringContaining('triplicate-transform-lz/index.js') as string,
      },
      { type: 'rle', options: { drive: 'd' }, url: expect.stringContaining('my-transform.ts') as string },
    ]);
    expect(home?.chain.standard).toBe(false);
    expect(home?.destinations.map(({ type }) => type)).toEqual(['tape', 'shelf']);
  });

  it('checks their options in its own words, at their lines', async () => {
    const { problems } = await load(text(all).replace('drive: e', 'drvie: e'));
    expect(problems.map(({ line, message, mend }) => [line, message, mend])).toEqual([
      [7, '"drive" is missing', 'add "drive": Name of the drive'],
      [7, 'unknown key "drvie"', 'did you mean "drive"?'],
    ]);
  });

  it('points at the entry that cannot be loaded, and does not call its types unknown', async () => {
    const { problems } = await load(text(`${all}, triplicate-dest-missing, ./twin.ts`));
    expect(problems.map(({ path }) => path)).toEqual(['plugins[6]', 'plugins[7]']);
    expect(problems[1]?.message).toContain('both bring the destination "local"');
    const { problems: without } = await load(text(all.replace('triplicate-dest-tape', 'triplicate-dest-tap')));
    expect(without.map(({ path }) => path)).toEqual(['plugins[0]']);
  });

  it('runs nothing of them while it is not trusted', async () => {
    await write(
      'trap.ts',
      `(globalThis as Record<string, unknown>)['sprung'] = true;\n${sourceOf('destination', 'trap')}`,
    );
    const { problems } = await load(text('./trap.ts'), false);
    expect(problems.map(({ path }) => path)).toEqual(['plugins[0]']);
    expect(globalThis).not.toHaveProperty('sprung');
    await load(text('./trap.ts'), true);
    expect(globalThis).toHaveProperty('sprung', true);
  });
});
