import { mkdir, rename, writeFile } from 'node:fs/promises';
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
  expect(out).not.toContain('secret words');
  const { lines } = await cli.type(['--json', 'keys', 'kit'], { env });
  expectDocumented(lines);
  expect(lines).toMatchObject([{ type: 'kit', pipeline: 'main' }]);
});

it('the kit brings every source back, with and without us, and says where the program comes from', async () => {
  const { out } = await cli.type(['keys', 'kit'], { env });
  for (const name of ['docs', 'annas-iphone']) {
    expect(out).toContain(`    npx triplicate --repo FOLDER restore latest:${name} --to ~/restored/${name}`);
    expect(out).toContain(
      `    restic -r /anna/work/stick restore latest --tag source:${name} --target restored/${name}`,
    );
  }
  expect(out).not.toMatch(/restore latest --t(o|arget)/);
  expect(out).toContain('keep a copy of its folder beside this page');
});

it('a source that the configuration has no more is in the kit while its snapshots are', async () => {
  await using other = await createCli();
  await mkdir(join(other.folder, 'old'));
  await mkdir(join(other.folder, 'new'));
  const config = (sources: string): string =>
    [
      'version: 1',
      'pipelines:',
      '  main:',
      `    sources: { ${sources} }`,
      '    destinations: { disk: { type: local, path: ./disk } }',
      '    encrypt: { password: { env: TRIPLICATE_PASSWORD } }',
    ].join('\n');
  const file = join(other.folder, 'triplicate.yaml');
  await writeFile(file, config('old: { type: files, paths: [./old] }'));
  await other.type(['init'], { env });
  expect(await other.type(['backup'], { env })).toMatchObject({ code: 0 });
  await writeFile(file, config('new: { type: files, paths: [./new] }'));
  const { out } = await other.type(['keys', 'kit'], { env });
  expect(out).toContain('- old (backed up before, no source any more)');
  expect(out).toContain('restore latest:old --to ~/restored/old');
});

it('a copy that did not answer is in the kit with its place, and with the commands for stock restic', async () => {
  await rename(join(cli.folder, 'stick'), join(cli.folder, 'lent'));
  const { out, code } = await cli.type(['keys', 'kit'], { env });
  await rename(join(cli.folder, 'lent'), join(cli.folder, 'stick'));
  expect(code).toBe(3);
  expect(out).toContain(
    '- **stick**: did not answer when this was made; the configuration at the end says where it is',
  );
  expect(out).toContain('    restic -r /anna/work/stick restore latest --tag source:docs --target restored/docs');
  expect(out).toMatch(/^ {6}stick:\n {8}type: local\n {8}path: \.\/stick$/m);
});

it('a disk that is away is named, and what brings the new password there', async () => {
  await rename(join(cli.folder, 'stick'), join(cli.folder, 'drawer'));
  await writeFile(join(cli.folder, 'new'), 'other words\n', { mode: 0o600 });
  expect(await cli.type(['keys', 'list'], { env })).toMatchObject({
    code: 0,
    err: expect.stringContaining('not asked: stick') as string,
  });
  const changed = await cli.type(['keys', 'passwd', '--new-password-file', 'new'], { env });
  expect(changed).toMatchObject({
    code: 3,
    err: expect.stringContaining(
      'only the old password opens stick: keep it until a `backup`, `sync` or `heal` with it there has brought the new one',
    ) as string,
  });
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'stick'));
  const fresh = { TRIPLICATE_PASSWORD: 'other words' };
  const stick = ['--repo', 'stick', 'snapshots'];
  expect(await cli.type(stick, { env: fresh })).toMatchObject({ code: 12 });
  expect(await cli.type(['heal', 'stick'], { env: fresh })).toMatchObject({ code: 0 });
  expect(await cli.type(stick, { env: fresh })).toMatchObject({ code: 0 });
});
