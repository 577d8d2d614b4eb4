/** What docs/sources/files.md says under its limits that a restore does not bring back, and what it brings instead. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';
import { docsToUsb } from '../support/docs-to-usb.ts';

const make = `set -e
echo file > file; ln file file2
mkfifo fifo; ln fifo fifo2
ln -s file link; ln -P link link2
setfattr -n "$(printf 'user.\\377')" -v value file`;

it.skipIf(process.platform !== 'linux')(
  'links among fifos and symbolic links come back apart, and names of extended attributes as text (skipped elsewhere than on Linux)',
  async () => {
    await using cli = await createCli();
    const at = (name: string): string => join(cli.folder, name);
    const type = (...parameters: string[]) => cli.type(parameters, { env: { PASSWORD: 'correct horse' } });
    for (const name of ['docs', 'usb']) mkdirSync(at(name));
    expect(spawnSync('sh', ['-c', make], { cwd: at('docs'), encoding: 'utf8' })).toMatchObject({
      stderr: '',
      status: 0,
    });
    writeFileSync(at('triplicate.yaml'), docsToUsb);
    expect(await type('init')).toMatchObject({ code: 0 });
    expect(await type('backup')).toMatchObject({ code: 0 });
    expect(await type('restore', 'latest', '--to', 'out')).toMatchObject({ code: 0 });
    const out = join(at('out'), at('docs'));
    const links = ['file', 'file2', 'fifo', 'fifo2', 'link', 'link2'].map((name) => lstatSync(join(out, name)).nlink);
    expect(links).toEqual([2, 2, 1, 1, 1, 1]);
    const { stdout } = spawnSync('getfattr', ['-d', '--absolute-names', join(out, 'file')], { encoding: 'utf8' });
    // getfattr writes other bytes than ASCII in octal: these are U+FFFD.
    expect(stdout.split('\n')[1]).toMatch(/^user\.(?:\\357\\277\\275|\uFFFD)="value"$/);
  },
);
