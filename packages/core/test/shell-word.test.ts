import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord, shellWords } from '../src/index.ts';

it('quotes what a shell would take apart, and nothing else', () => {
  expect(shellWords(['usb-disk', 'my disk', 'Müller', '/media/usb/a b', String.raw`C:\Users\Anna B`])).toBe(
    String.raw`usb-disk "my disk" Müller "/media/usb/a b" "C:\Users\Anna B"`,
  );
});

it.skipIf(process.platform === 'win32')('comes out of sh as it was (skipped on Windows)', () => {
  const words = ['a b', '$HOME', 'it\'s "so"', '`id`', '~', '*', 'a;b', '', 'back\\slash', 'new\nline', '!x', '&', '#'];
  for (const word of words) {
    const { stdout } = spawnSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' });
    expect(stdout).toBe(word);
  }
});
