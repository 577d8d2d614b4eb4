import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCli, type Cli } from './support/cli.ts';
import { expectDocumented } from './support/json.ts';

const env = { TRIPLICATE_PASSWORD: 'secret words' };
let cli: Cli;
beforeAll(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await mkdir(join(cli.folder, 'stick'));
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] }, annas-iphone: { type: device, udid: any } }',
    '    destinations: { disk: { type: local, path: ./disk }, stick: { type: local, path: ./stick, removable: true } }',
    '    encrypt: { password: { env: TRIPLICATE_PASSWORD } }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
  const made = await cli.type(['init'], { env });
  if (made.code !== 0) throw new Error(`${made.err}${made.out}`);
});
afterAll(() => cli[Symbol.asyncDispose]());

it('the kit names what, where and how, and no secret', async () => {
  const { code, out } = await cli.type(['keys', 'kit'], { env });
  expect(code).toBe(0);
  expect(out).toMatch(/^Repository: _+$/m);
  expect(out).toMatch(/^Backup password of the phone "annas-iphone": _+$/m);
  expect(out).toMatch(/^- \*\*disk\*\*: \/anna\/work\/disk \(keys [0-9a-f]{8}\)$/m);
  expect(out).toContain('    restic -r "/anna/work/stick" restore latest --target restored');
  expect(out).not.toContain('secret words');
  const { lines } = await cli.type(['--json', 'keys', 'kit'], { env });
  expectDocumented(lines);
  expect(lines).toMatchObject([{ type: 'kit', pipeline: 'main' }]);
});
