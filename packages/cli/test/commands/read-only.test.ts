import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
const type = async (...parameters: string[]): Promise<Ended> => {
  const ended = await cli.type(parameters, { env: { SECRET: 'secret words' } });
  expectDocumented(ended.lines);
  return ended;
};
const configure = (readOnly: boolean, quorum = 1): Promise<void> =>
  writeFile(
    join(cli.folder, 'triplicate.yaml'),
    [
      'version: 1',
      'pipelines:',
      '  main:',
      '    sources: { docs: { type: files, paths: [./docs] } }',
      '    destinations:',
      '      disk: { type: local, path: ./disk }',
      '      nas: { type: local, path: ./nas, media: nas, offsite: true }',
      `      old: { type: local, path: ./old, media: hdd, readOnly: ${readOnly} }`,
      '    encrypt: { password: { env: SECRET } }',
      `    quorum: ${quorum}`,
      '    retain: { last: 2 }',
      '    verify: { within: 30d, proof: daily }',
    ].join('\n'),
  );
const inOld = (): Promise<string[]> => readdir(join(cli.folder, 'old'), { recursive: true });

beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await appendFile(join(cli.folder, 'docs', 'a'), 'a');
  await configure(false);
  await type('init');
  await type('backup');
  await configure(true);
});
afterEach(() => cli[Symbol.asyncDispose]());

it('nothing is brought to a read-only destination, no run is partial for it, and it stays readable', async () => {
  const before = await inOld();
  for (let i = 0; i < 3; i += 1) {
    await appendFile(join(cli.folder, 'docs', 'a'), String(i));
    const { code, out } = await type('backup');
    expect(code).toBe(0);
    expect(out).toContain('stored on disk and nas\n  old is read only\n');
  }
  for (const command of ['sync', 'forget', 'prune', 'heal', 'unlock', 'proof'])
    expect([command, (await type(command)).code]).toEqual([command, 0]);
  expect((await type('sync')).out).toContain('old   skipped: "old" is read only in the configuration');
  expect((await type('prune')).out).toContain('old   skipped: "old" is read only in the configuration');
  expect(await type('daemon', '--once')).toMatchObject({ code: 0 });
  const { out } = await type('status');
  expect(out).toMatch(/^old +read only, lacks 2 +1 /m);
  expect(out).not.toContain('sync old');
  expect((await type('status', '--json')).lines[0]).toMatchObject({
    destinations: [{ state: 'current' }, { state: 'current' }, { state: 'read-only', behindBy: 2 }],
  });
  expect(await inOld()).toEqual(before);
  // It gives what it has to others.
  expect(await type('restore', 'latest', '--from', 'old', '--to', 'back')).toMatchObject({ code: 0 });
});

it('damage on a read-only destination is told, and stays', async () => {
  const packs = (await inOld()).filter((name) => /^data\/\w\w\/\w{64}$/.test(name));
  for (const pack of packs) await writeFile(join(cli.folder, 'old', pack), 'x', { mode: 0o600 }).catch(() => undefined);
  const { code, out } = await type('heal');
  expect(code).toBe(1);
  expect(out).toMatch(/^old +damaged: \d errors could not be mended: "old" is read only in the configuration$/m);
  expect(out).toContain('remove `readOnly` from it');
});

it('a pipeline that needs a read-only destination says so', async () => {
  await configure(true, 3);
  expect((await type('backup')).err).toContain('a quorum of 3 cannot be met by 2 destinations that may be written');
});
