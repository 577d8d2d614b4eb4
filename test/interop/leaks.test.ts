import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { filesWith, runWatched, secretsIn } from '../kit/leaks.ts';

const secrets = { TOKEN: 'ya29.planted/token+of 30 letters' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a planted secret is seen', () => {
  it.each([
    ['plain', `password: ${secrets.TOKEN}.`],
    ['in an address', `https://example.org/?key=${encodeURIComponent(secrets.TOKEN)}&a=b`],
    ['as base64', `"${base64(secrets.TOKEN)}"`],
    ['in the header of a request, behind a name of any length', `Basic ${base64(`a:${secrets.TOKEN}`)}`],
    ['behind a longer name', `Basic ${base64(`an:${secrets.TOKEN}`)}`],
    ['behind one more', `Basic ${base64(`ann:${secrets.TOKEN}:more`)}`],
  ])('%s', (_, text) => {
    expect(secretsIn(text, secrets)).toEqual(['TOKEN']);
    expect(secretsIn(text.toUpperCase().replaceAll('A', 'B'), secrets)).toEqual([]);
  });

  it('in a file', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'state.json'), JSON.stringify({ grant: base64(secrets.TOKEN) }));
    writeFileSync(join(folder.path, 'other.json'), '{}');
    expect(filesWith(folder.path, secrets)).toEqual([`TOKEN in ${join(folder.path, 'state.json')}`]);
  });

  it.skipIf(process.platform !== 'linux')(
    'in the command line of what a program starts (skipped without /proc)',
    async () => {
      const child = `setTimeout(() => {}, 500)`;
      const parent = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(child)}, process.env.TOKEN])`;
      const told = await runWatched(process.execPath, ['-e', parent], { cwd: '/', env: secrets });
      expect(told.code).toBe(0);
      expect(secretsIn([...told.commandLines].join('\n'), secrets)).toEqual(['TOKEN']);
    },
  );
});
