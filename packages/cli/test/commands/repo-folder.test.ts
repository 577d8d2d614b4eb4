import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';

it('--repo one folder too high names the one below, and never init, which needs a configuration; sync says what there is', async () => {
  await using cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await mkdir(join(cli.folder, 'media'));
  await mkdir(join(cli.folder, 'empty'));
  const env = { SECRET: 'four good random words', TRIPLICATE_PASSWORD: 'four good random words' };
  const type = (...parameters: string[]): ReturnType<typeof cli.type> => cli.type(parameters, { env });
  await type('init', '--source', 'docs', '--to', 'usb=media/usb', '--password-env', 'SECRET');
  const high = await type('--repo', 'media', 'snapshots');
  expect(high.code).toBe(10);
  expect(high.err).toContain('error: no repository in /anna/work/media\n  hint: did you mean /anna/work/media/usb?');
  const none = await type('--repo', 'empty', 'snapshots');
  expect(none.err).toContain('give the folder that has "config" and "keys" in it');
  const nowhere = await type('--repo', 'nowhere', 'snapshots');
  expect(high.err + none.err + nowhere.err).not.toContain('init');
  expect(await type('--repo', 'media/usb', 'snapshots')).toMatchObject({ code: 0 });
  const sync = await type('sync', 'nosuch');
  expect(sync).toMatchObject({ code: 2, err: expect.stringContaining('choose one of "usb"') as string });
});

it('--repo without a password names the flag and the variable, for there is no configuration to write a place into', async () => {
  await using cli = await createCli();
  for (const name of ['docs', 'media']) await mkdir(join(cli.folder, name));
  const env = { SECRET: 'four good random words' };
  await cli.type(['init', '--source', 'docs', '--to', 'usb=media/usb', '--password-env', 'SECRET'], { env });
  const { code, err } = await cli.type(['--repo', 'media/usb', 'snapshots']);
  expect(code).toBe(2);
  expect(err).toBe(
    'error: no password for the repository: the environment variable "TRIPLICATE_PASSWORD" is not set\n' +
      '  hint: name the file that has it with --password-file, or set TRIPLICATE_PASSWORD\n',
  );
});
