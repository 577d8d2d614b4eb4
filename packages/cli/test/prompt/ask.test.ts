import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { Output } from '../../src/output/output.ts';
import { openAsk } from '../../src/prompt/ask.ts';
import { createCli } from '../support/cli.ts';

it('keeps a note in its frame where the terminal is narrow, and its lines under their beginning', async () => {
  await using cli = await createCli();
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 40, rows: 24 });
  const surroundings = { ...cli.surroundings(), stderr };
  const output = new Output(surroundings, { json: false, quiet: false, verbose: false });
  const { signal } = new AbortController();
  const ask = await openAsk({ surroundings, output, globals: {}, signal });
  ask.tell(
    'Write it down and keep it away from this computer.\n  usb: { type: local, path: /media/usb, removable: true }',
  );
  const lines = stripVTControlCharacters(String(stderr.read())).trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^│( {2}.{1,37})?$/);
  expect(lines.find((line) => line.includes('removable: true'))).toMatch(/^│ {4}\S/);
});
