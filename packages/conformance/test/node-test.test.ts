import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { destinationChecks } from '../src/index.ts';

it('the checks run under the runner that Node brings as well', async () => {
  const fixture = fileURLToPath(new URL('node-test-fixture.ts', import.meta.url));
  const args = [
    '--conditions=@triplicate/source',
    '--test-reporter=tap',
    '--test-reporter-destination=stdout',
    fixture,
  ];
  const { stdout } = await promisify(execFile)(execPath, args, { env: {}, timeout: 60_000 });
  expect(stdout).toContain('# fail 0');
  expect(stdout).toContain(`# tests ${destinationChecks.length}`);
  expect(stdout).toMatch(/# skipped [1-9]/);
});
