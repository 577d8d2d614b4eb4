import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { firstPartyRegistry } from '../scripts/render-schema.ts';

const folder = resolve(import.meta.dirname, '../docs/destinations');

interface JsonSchema {
  readonly properties?: Readonly<Record<string, { readonly default?: unknown }>>;
}

/** `key` → what its row in the table of options has as default. */
const rowsOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^\| `(\w+)` +\| ([^|]*)\|/gm)].map(([, key = '', value = '']) => [key, value.trim()]));

/** What every page has, in this order; a provider may have something more to tell in between. */
const common = [
  'Configuration',
  'Options',
  'Permissions',
  'Capabilities',
  'What stands',
  'Costs to mind',
  'When it fails',
  'Limits',
];

describe('docs/destinations', () => {
  const types = firstPartyRegistry()
    .list()
    .filter(({ kind }) => kind === 'destination')
    .map(({ type }) => type);

  it.each(types)('has a page for "%s" with every option and its default', async (type) => {
    const page = join(folder, `${type}.md`);
    expect(existsSync(page), `there is no docs/destinations/${type}.md`).toBe(true);
    const found = await firstPartyRegistry().find('destination', type);
    const schema = z.toJSONSchema(found?.plugin.options ?? z.never(), { io: 'input', unrepresentable: 'any' });
    const rows = rowsOf(readFileSync(page, 'utf8'));
    for (const [key, { default: value }] of Object.entries((schema as JsonSchema).properties ?? {})) {
      expect(rows.has(key), `docs/destinations/${type}.md has no row for "${key}"`).toBe(true);
      const written = rows.get(key);
      if (value === undefined || typeof value === 'object') continue;
      // A size may be written as people do.
      const size = /^`(\d+)MiB`$/.exec(written ?? '')?.[1];
      const told = size === undefined ? written : `\`${Number(size) * 1024 * 1024}\``;
      expect(told, `the default of "${key}"`).toBe(`\`${JSON.stringify(value).replaceAll('"', '')}\``);
    }
  });

  it.each(types)('has the same headings for "%s" as for all others', (type) => {
    const text = readFileSync(join(folder, `${type}.md`), 'utf8');
    const found = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.replace(/^(What stands) .*/, '$1'),
    );
    expect(found.filter((heading) => common.includes(heading))).toEqual(common);
  });
});
