import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli } from '../support/cli.ts';
import { steady } from '../support/steady.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await createCli();
});
afterAll(() => cli[Symbol.asyncDispose]());

describe('the demo', () => {
  it('plays the whole story and leaves something to play with', async () => {
    const { code, out, err } = await cli.type(['demo', '--quick'], { presses: 'n', columns: 80 });
    expect(code).toBe(0);
    // Two backups of a phone within one second have the same date in its property lists, and one file fewer has changed.
    expect(steady(out).replace(/[34] changed, 6[56] unchanged/, '<most> unchanged')).toMatchSnapshot();
    expect(err).toContain('tap Trust and enter the passcode on Annas iPhone');
    const tooWide = out
      .split('\n')
      .filter((line) => line.length > 80 && !/no repository at|^ {2}(hint|better still):/.test(line));
    expect(tooWide).toEqual([]);
    const folder = join(cli.folder, 'triplicate-demo');
    expect((await readdir(folder)).toSorted()).toEqual([
      'cloud',
      'documents',
      'messages',
      'nas',
      'password',
      'restored',
      'triplicate.yaml',
      'usb-disk',
    ]);
    const found = await cli.type(['find', '*shopping*', '-i'], { cwd: folder });
    expect(found.out.match(/Shopping\.txt/g)).toHaveLength(2);
    // What is stored of the phone is what any program for such backups reads.
    await cli.type(['restore', 'latest:annas-iphone', '--to', 'phone'], { cwd: folder });
    const [device = ''] = await readdir(join(folder, 'phone', 'MobileSync'));
    expect(await readdir(join(folder, 'phone', 'MobileSync', device))).toEqual(
      expect.arrayContaining(['Info.plist', 'Manifest.db', 'Manifest.plist', 'Status.plist']),
    );
    expect(await cli.type(['demo', '--to', 'triplicate-demo'])).toMatchObject({ code: 2 });
  });
});
