import { describe, expect, it } from 'vitest';
import { coreEntries, entryOf, lazyEntries } from '../../src/plugin/entries.ts';
import { PluginRegistry } from '../../src/plugin/registry.ts';
import { files, local } from '../config/plugins.ts';

describe('the registry of plugins', () => {
  it('finds them by kind and type, and imports one only when it is asked for, once', async () => {
    const imported: string[] = [];
    const importer = (name: string, plugin: unknown) => () => {
      imported.push(name);
      return Promise.resolve({ default: plugin });
    };
    const registry = new PluginRegistry(
      lazyEntries({ sources: { files: importer('files', files) }, destinations: { local: importer('local', local) } }),
    );
    expect(registry.types('destination')).toEqual(['local']);
    expect(imported).toEqual([]);
    expect((await registry.find('destination', 'local'))?.plugin).toBe(local);
    expect((await registry.find('destination', 'local'))?.plugin).toBe(local);
    expect(await registry.find('source', 'local')).toBeUndefined();
    expect(imported).toEqual(['local']);
  });

  it('keeps the URL by which a worker loads a transform again', async () => {
    const registry = new PluginRegistry([...coreEntries, entryOf(local, 'mine', 'file:///mine.ts')]);
    expect(await registry.find('destination', 'local')).toEqual({ plugin: local, url: 'file:///mine.ts' });
    expect(await registry.find('transform', 'compress')).not.toHaveProperty('url');
  });

  it('refuses two of one kind and type, naming both', () => {
    const registry = new PluginRegistry([entryOf(local, 'first')]);
    expect(() => registry.with([entryOf(local, 'second')])).toThrow(
      expect.objectContaining({
        code: 'PLUGIN_INVALID',
        message: '"second" and "first" both bring the destination "local"',
      }),
    );
    expect(registry.with([entryOf(files, 'third')]).types('source')).toEqual(['files']);
  });

  it('says so when a package is not installed, or is another plugin than its name says', async () => {
    const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    const registry = new PluginRegistry(
      lazyEntries({
        sources: { device: () => Promise.reject(absent) },
        destinations: { s3: () => Promise.resolve({ default: local }) },
      }),
    );
    await expect(registry.find('source', 'device')).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      message: expect.stringContaining('not installed') as string,
    });
    await expect(registry.find('destination', 's3')).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      message: expect.stringContaining('and not the destination "s3"') as string,
    });
  });
});
