import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli, type Answer } from '../support/cli.ts';

it('lets a person type the password of a folder three times', async () => {
  await using cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  const env = { SECRET: 'the right words' };
  await cli.type(['init', '--source', 'docs', '--to', 'disk', '--password-env', 'SECRET'], { env });
  const tries = (...words: string[]): Answer[] => words.map((word) => ['◆  Password of', `${word}\r`]);
  const list = ['--repo', 'disk', 'snapshots'];
  expect(await cli.type(list, { answers: tries('wrong', 'worse', 'the right words') })).toMatchObject({ code: 0 });
  expect(await cli.type(list, { answers: tries('wrong', 'worse', 'worst') })).toMatchObject({ code: 12 });
});
