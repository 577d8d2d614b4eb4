import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from './support/cli.ts';

it('a word as password garbles no message and is not told by what is missing; --from says why no other place is asked', async () => {
  await using cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a'.repeat(1000));
  const env = { SECRET: 'another' };
  const type = (...parameters: string[]): ReturnType<typeof cli.type> => cli.type(parameters, { env });
  const to = ['--to', 'another=usb', '--to', 'nas=nas'];
  const made = await type('init', '--source', 'docs', ...to, '--password-env', 'SECRET');
  expect(made.out).toContain('created the repository on another and nas');
  expect(made.err).toContain('the password is short (7 of at least 12 characters)');
  await type('backup');
  const packs = join(cli.folder, 'usb', 'data');
  for (const folder of await readdir(packs))
    for (const pack of await readdir(join(packs, folder))) await writeFile(join(packs, folder, pack), 'damaged');
  const any = await type('restore', 'latest', '--to', 'whole');
  expect(any).toMatchObject({ code: 0 });
  expect(any.err).toContain('hint: another destination is asked; run');
  const one = await type('restore', 'latest', '--to', 'lost', '--from', 'another');
  expect(one.code).not.toBe(0);
  expect(one.err).not.toContain('another destination is asked');
  expect(one.err).toContain('no other destination is asked, since one was named: leave `--from` out');
  expect((await type('doctor')).out).toContain('the password is short (7 of at least 12 characters)');
  expect(made.out + any.out + one.out + made.err + any.err + one.err).not.toContain('***');
});
