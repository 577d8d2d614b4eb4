import { readdir, readFile } from 'node:fs/promises';
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
    const { code, out } = await cli.type(['demo', '--quick']);
    expect(code).toBe(0);
    expect(steady(out)).toMatchSnapshot();
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90);
    const folder = join(cli.folder, 'triplicate-demo');
    expect((await readdir(folder)).toSorted()).toEqual([
      'annas-iphone',
      'cloud',
      'nas',
      'password',
      'restored',
      'triplicate.yaml',
      'usb-disk',
    ]);
    expect(await readFile(join(folder, 'annas-iphone', 'DCIM', '100APPLE', 'IMG_0001.PNG'), 'latin1')).toMatch(
      /^\x89PNG/,
    );
    const found = await cli.type(['find', '*shopping*', '-i'], { cwd: folder });
    expect(found.out.match(/Shopping\.txt/g)).toHaveLength(2);
    expect(await cli.type(['demo', '--to', 'triplicate-demo'])).toMatchObject({ code: 2 });
  });
});
