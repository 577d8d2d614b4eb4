import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';
import { docsToUsb } from '../support/docs-to-usb.ts';

it('tells what it remembers of a replica whose folder is gone as what was last seen', async () => {
  await using cli = await createCli();
  const type = (...parameters: string[]) => cli.type(parameters, { env: { PASSWORD: 'correct horse battery' } });
  await mkdir(join(cli.folder, 'docs'));
  await mkdir(join(cli.folder, 'usb'));
  await writeFile(join(cli.folder, 'triplicate.yaml'), docsToUsb);
  for (const command of ['init', 'backup', 'backup']) expect(await type(command)).toMatchObject({ code: 0 });
  expect((await type('status')).out).not.toContain('when last seen');
  await rm(join(cli.folder, 'usb'), { recursive: true });
  const { out } = await type('status');
  expect(out).toMatch(/^usb +(unreachable now|no repository) +was 2 /m);
  expect(out).toMatch(/^usb: (not reachable|no repository there) now; 2 snapshots when last seen, just now$/m);
});
