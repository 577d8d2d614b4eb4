import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isBackupError } from '../../src/errors.ts';
import { validatePlugin } from '../../src/plugin/validate-plugin.ts';
import { local } from '../config/plugins.ts';

const whyNot = (value: unknown): string => {
  try {
    validatePlugin(value, './mine.ts');
    return 'valid';
  } catch (error) {
    return isBackupError(error, 'PLUGIN_INVALID') ? error.message : `threw ${String(error)}`;
  }
};

describe('a module is a plugin', () => {
  it('when its default export keeps every rule, and is then that object itself', () => {
    expect(validatePlugin(local, './mine.ts')).toBe(local);
    class WithMethod {
      readonly apiVersion = 1;
      readonly kind = 'source';
      readonly type = 'mine';
      readonly summary = 'Mine';
      readonly options = z.strictObject({});
      open(): Promise<never> {
        return Promise.reject(new Error(this.type));
      }
    }
    const plugin = new WithMethod();
    expect(validatePlugin(plugin, './mine.ts')).toBe(plugin);
  });

  const without = ({ ...plugin }: Record<string, unknown>, key: string): unknown => {
    delete plugin[key];
    return plugin;
  };

  it.each([
    ['no default export', undefined, 'the default export must be a plugin object'],
    ['a function', () => local, 'the default export must be a plugin object'],
    ['a newer contract', { ...local, apiVersion: 2 }, '"apiVersion" must be 1, the version of the contract'],
    ['no kind', without({ ...local }, 'kind'), '"kind" must be "source", "destination" or "transform"'],
    ['a type in capitals', { ...local, type: 'Local' }, '"type" must be a word of a-z, 0-9 and "-"'],
    ['no summary', { ...local, summary: '' }, '"summary" must be one sentence'],
    ['no schema', { ...local, options: { path: 'string' } }, '"options" must be a schema of zod 4'],
    ['a loose schema', { ...local, options: z.object({ path: z.string() }) }, '"options" must be a z.strictObject'],
    ['no open', without({ ...local }, 'open'), '"open" must be a function'],
    ['a transform without a stage', { ...local, kind: 'transform' }, '"stage" must be "chunker" or "codec"'],
    [
      'an option that every destination has',
      { ...local, options: z.strictObject({ prefix: z.string(), type: z.string() }) },
      '"options.type" is a key that every destination has already; "options.prefix" is a key that every destination has already',
    ],
    [
      'two broken rules',
      { ...local, summary: 1, open: 1 },
      '"summary" must be one sentence; "open" must be a function',
    ],
  ])('and not with %s', (_, value, why) => {
    expect(whyNot(value)).toBe(`"./mine.ts" is not a plugin: ${why}`);
  });
});
