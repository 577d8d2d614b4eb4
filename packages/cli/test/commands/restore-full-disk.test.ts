/** What a restore says when the disk that it writes to is full. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isRoot } from '../../../core/test/posix/temporary.ts';
import { createCli } from '../support/cli.ts';
import { docsToUsb } from '../support/docs-to-usb.ts';

it.skipIf(!isRoot)(
  'a restore onto a full disk says where it was, how much is there, and how it goes on (skipped for others than root, who mount nothing)',
  async ({ skip }) => {
    await using cli = await createCli();
    const at = (name: string): string => join(cli.folder, name);
    const type = (...parameters: string[]) => cli.type(parameters, { env: { PASSWORD: 'correct horse' } });
    for (const name of ['docs', 'usb', 'small']) mkdirSync(at(name));
    writeFileSync(at('docs/a'), Buffer.alloc(100_000, 'a'));
    writeFileSync(at('docs/b'), Buffer.alloc(3_000_000, 'b'));
    writeFileSync(at('triplicate.yaml'), docsToUsb);
    expect(await type('init')).toMatchObject({ code: 0 });
    expect(await type('backup')).toMatchObject({ code: 0 });
    const mount = (...options: string[]): number | null =>
      spawnSync('mount', [...options, '-t', 'tmpfs', 'tmpfs', at('small')]).status;
    if (mount('-o', 'size=1m') !== 0) skip('mounting is not allowed here');
    try {
      const { code, err } = await type('restore', 'latest', '--to', at('small'));
      expect(code).toBe(1);
      expect(err).toMatch(
        /^error: cannot write ".*docs\/b" to .*\/small: no space left; 1 file or link, 97\.\d KiB came before it$/m,
      );
      expect(err).toContain('hint: make room there, and run it again with --overwrite if-changed to go on from here');
      expect(mount('-o', 'remount,size=20m')).toBe(0);
      const { out } = await type('restore', 'latest', '--to', at('small'), '--overwrite', 'if-changed');
      expect(out).toContain('restored 1 file or link');
      expect(out).toContain('1 file stayed as it was');
    } finally {
      spawnSync('umount', [at('small')]);
    }
  },
);
