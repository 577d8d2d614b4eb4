import { formatProblems, loadConfig } from '@triplicate/core';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstPartyPlugins } from '../packages/cli/src/first-party.ts';
import { firstPartyRegistry, renderSchema } from '../scripts/render-schema.ts';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'config');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

const known = [
  ...Object.keys(firstPartyPlugins.sources).map((type) => `source-${type}`),
  ...Object.keys(firstPartyPlugins.destinations).map((type) => `dest-${type}`),
];
const packages = globSync('packages/{source,dest}-*/src/index.ts', { cwd: root });
const withPlugin = packages.filter((path) => /^export default\b/m.test(readFileSync(join(root, path), 'utf8')));
const nameOf = (path: string): string => path.split(/[/\\]/)[1] ?? '';

/** Types in an example whose package has no plugin in it yet. */
const unfinished = (text: string): string[] =>
  [...text.matchAll(/\btype: ([a-z0-9-]+)/g)]
    .map(([, type = '']) => type)
    .filter((type) =>
      packages.some((path) => [`source-${type}`, `dest-${type}`].includes(nameOf(path)) && !withPlugin.includes(path)),
    );

describe('the first-party plugins', () => {
  it('are those of the packages that have one: add a package to first-party.ts when its plugin is there', () => {
    expect(known.toSorted()).toEqual(withPlugin.map(nameOf).toSorted());
  });

  it('are what their place in the list says', async () => {
    const registry = firstPartyRegistry();
    for (const { kind, type } of registry.list())
      expect((await registry.find(kind, type))?.plugin).toMatchObject({ kind, type });
  });
});

describe('config/', () => {
  it('has a schema that is not stale: run "npm run schema" after a change of any option', async () => {
    expect(read('triplicate.schema.json')).toBe(await renderSchema());
  });

  for (const name of globSync('*.yaml', { cwd: folder }).toSorted()) {
    const text = read(name);
    const missing = unfinished(text);
    it.skipIf(missing.length > 0)(
      `has no mistake in ${name}${missing.length > 0 ? `, once there is ${missing.join(', ')}` : ''}`,
      async () => {
        const file = join(folder, name);
        const { config, problems } = await loadConfig(text, { file, registry: firstPartyRegistry(), trusted: true });
        expect(formatProblems(name, problems)).toBe('');
        expect(config).toBeDefined();
      },
    );
  }

  it('begins each example with the line for editors, and with what it is an example of', () => {
    for (const name of globSync('*.yaml', { cwd: folder }))
      expect(read(name)).toMatch(/^# yaml-language-server: \$schema=triplicate\.schema\.json\n# [A-Z].*\n/);
  });

  it('has every key of a pipeline in the fullest one', async () => {
    const schema = JSON.parse(await renderSchema()) as {
      properties: { pipelines: { additionalProperties: { properties: object } } };
    };
    const keys = Object.keys(schema.properties.pipelines.additionalProperties.properties);
    const written = [...read('fullest.yaml').matchAll(/^ {4}([a-z]+):/gm)].map(([, key]) => key);
    // `encrypt` stands alone in place of `transforms`.
    expect(keys.filter((key) => key !== 'encrypt' && !written.includes(key))).toEqual([]);
  });
});
