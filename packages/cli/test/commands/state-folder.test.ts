/** A state folder that cannot be written: what only looks or stores goes on and says so, what would do half its work refuses first. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';
import { docsToUsb } from '../support/docs-to-usb.ts';

it('that cannot be written is named with the way out, and stops no backup', async () => {
  await using cli = await createCli();
  const at = (name: string): string => join(cli.folder, name);
  const type = (command: string, state: string) =>
    cli.type(command.split(' '), { env: { PASSWORD: 'correct horse', TRIPLICATE_STATE_DIR: at(state) } });
  for (const name of ['docs', 'usb']) mkdirSync(at(name));
  for (const name of ['docs/a', 'occupied']) writeFileSync(at(name), name);
  writeFileSync(at('triplicate.yaml'), docsToUsb);
  const refused = await type('init', 'occupied/state');
  expect(refused).toMatchObject({ code: 1 });
  expect(readdirSync(at('usb'))).toEqual([]);
  expect(await type('init', 'state')).toMatchObject({ code: 0 });
  const untrusted = await type('config trust', 'occupied/state');
  expect(untrusted.err).toContain('cannot remember the trust in "/anna/work/occupied/state/');
  for (const command of ['backup', 'status', 'check', 'sync', 'forget --keep-last 1']) {
    const { code, err } = await type(command, 'occupied/state');
    expect([command, code]).toEqual([command, command === 'status' ? 3 : 0]);
    const told = err.split('\n').filter((line) => line.includes('what is remembered between runs'));
    expect([command, told]).toEqual([
      command,
      [
        expect.stringMatching(
          /^warning: what is remembered between runs cannot be written to "\/anna\/work\/occupied\/state\/pipelines\/.*json": a part of the path is not a folder$/,
        ),
      ],
    ]);
    expect(err).toMatch(/hint: .*TRIPLICATE_STATE_DIR/);
  }
  expect((await type('backup', 'state')).err).not.toContain('warning');
});

it('that cannot be written is told by init before it writes a configuration, and by the demo before it plays', async () => {
  await using cli = await createCli();
  const at = (name: string): string => join(cli.folder, name);
  for (const name of ['docs', 'disks']) mkdirSync(at(name));
  writeFileSync(at('occupied'), '');
  const before = readdirSync(cli.folder);
  const init = ['init', '--source', 'docs', '--to', 'a=disks/a'];
  for (const command of [init, ['demo', '--quick']]) {
    const { code, out, err } = await cli.type(command, { env: { TRIPLICATE_STATE_DIR: at('occupied/state') } });
    expect([command[0], code, out]).toEqual([command[0], 1, '']);
    expect(err).toMatch(/^error: what is remembered between runs cannot be written to "\/anna\/work\/occupied\/state"/);
    expect(err).toMatch(/hint: .*TRIPLICATE_STATE_DIR/);
  }
  expect(readdirSync(cli.folder)).toEqual(before);
  expect(existsSync(at('triplicate.yaml'))).toBe(false);
});
