import fc from 'fast-check';
import { coreEntries, lazyEntries, loadConfig, PluginRegistry } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { firstPartyPlugins } from '../../src/first-party.ts';
import { freeName, nameOfPath, renderDraft, splitNamed, writtenPath } from '../../src/init/draft.ts';
import { flow } from '../../src/init/flow.ts';
import { generatePassword } from '../../src/init/password-place.ts';

const registry = new PluginRegistry([...coreEntries, ...lazyEntries(firstPartyPlugins)]);

const load = (path: string, secret: string): ReturnType<typeof loadConfig> => {
  const text = renderDraft(
    {
      pipeline: 'main',
      sources: new Map([['docs', flow({ type: 'files', paths: [path] })]]),
      destinations: new Map([['disk', flow({ type: 'local', path, removable: true })]]),
      password: { file: secret },
      quorum: 1,
    },
    './schema.json',
  );
  return loadConfig(text, { file: '/anna/triplicate.yaml', registry });
};

describe('a configuration that init writes', () => {
  it('says exactly what was meant, whatever the paths', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((value) => value.trim() !== '');
    await fc.assert(
      fc.asyncProperty(text, text, async (path, secret) => {
        const { config, problems } = await load(path, secret);
        expect(problems).toEqual([]);
        const [pipeline] = config?.pipelines ?? [];
        expect(pipeline?.sources[0]?.options).toMatchObject({ paths: [path] });
        expect(pipeline?.destinations[0]).toMatchObject({ options: { path }, common: { removable: true } });
        expect(pipeline?.chain.encrypt.password).toEqual({ file: secret });
      }),
      {
        seed: 310_100,
        numRuns: 200,
        examples: [
          ['yes', 'null'],
          ['- a', '1.5'],
          ['a: b', '#x'],
          ['C:\\Users\\Anna', "it's"],
          ['~', '2026-11-29'],
        ],
      },
    );
  });

  it('names things after their folder', () => {
    expect(['/home/anna/Documents', '~/Bilder fra Ålesund', '/', '写真', '/media/usb/'].map(nameOfPath)).toEqual([
      'documents',
      'bilder-fra-alesund',
      'root',
      'root',
      'usb',
    ]);
    expect(freeName('docs', new Set(['docs', 'docs-2']))).toBe('docs-3');
  });

  it('writes paths of the home folder as people do', () => {
    const place = { cwd: '/home/anna/work', home: '/home/anna' };
    expect(['docs', '/media/usb', '~/x', '~', '../../ben'].map((path) => writtenPath(path, place))).toEqual([
      '~/work/docs',
      '/media/usb',
      '~/x',
      '/home/anna',
      '/home/ben',
    ]);
  });

  it('takes a name before a path, and only a name', () => {
    expect(splitNamed('usb=/media/usb')).toEqual({ name: 'usb', rest: '/media/usb' });
    expect(splitNamed('/media/a=b')).toEqual({ name: undefined, rest: '/media/a=b' });
    expect(splitNamed('cloud={ type: s3 }')).toEqual({ name: 'cloud', rest: '{ type: s3 }' });
  });
});

describe('a password that is made', () => {
  it('has 24 letters that do not look alike, and is another one each time', () => {
    const made = new Set(Array.from({ length: 100 }, generatePassword));
    expect(made.size).toBe(100);
    for (const password of made) expect(password).toMatch(/^[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){5}$/);
  });
});
