import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';

it('names the next command on the configuration that this one was given', async () => {
  await using cli = await createCli();
  await mkdir(join(cli.folder, 'lib'));
  const made = await cli.type(['-c', 'big.yaml', 'init', '--source', 'lib', '--to', 'disk']);
  expect(made.out).toContain('next: triplicate -c big.yaml backup\n');
  const { out } = await cli.type(['status', '--config=big.yaml']);
  expect(out).toContain('triplicate -c big.yaml backup lib');
  const nowhere = await cli.type(['status'], { env: { npm_lifecycle_event: 'npx' } });
  expect(nowhere.err).toContain('hint: write one with `npx triplicate init`');
  const help = await cli.type([], { env: { npm_lifecycle_event: 'npx' } });
  expect(help.out).toContain('\n  npx triplicate demo ');
});
