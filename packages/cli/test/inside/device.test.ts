import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asNobody, isRoot } from '../../../core/test/posix/temporary.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { openPhoneDesk, type PhoneDesk } from '../support/phones.ts';
import type { SimDevice } from '@triplicate/device-simulator';

// A phone made of software, over its cable, encrypted by itself, with its password named once in the configuration.

let cli: Cli;
let desk: PhoneDesk;
let phone: SimDevice;

beforeAll(async () => {
  cli = await createCli();
  desk = await openPhoneDesk();
  phone = desk.plugIn({ seed: 'inside', name: 'Annas iPhone', photos: 6, photoBytes: 20_000, messages: 40 });
  await phone.setPassword('an old password');
  await type('init', '--iphone', '--to', 'usb=usb', '--to', 'nas=nas', '--yes');
  await type('devices', 'pair');
  const place = join(cli.folder, 'triplicate.yaml');
  const yaml = await readFile(place, 'utf8');
  await writeFile(join(cli.folder, 'phone-password'), 'an old password\n', { mode: 0o600 });
  await writeFile(place, yaml.replace('type: device,', 'type: device, password: { file: phone-password },'));
  const ended = await type('backup');
  if (ended.code !== 0) throw new Error(`${ended.out}${ended.err}${yaml}`);
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env: desk.env });

it('is looked into from its snapshot, by the password that the configuration names', async () => {
  const { out, code } = await type('ls', '--logical', 'latest', 'AppDomain-org.example.notes/Documents');
  expect(code).toBe(0);
  const there = [...phone.content.values()].filter(({ relativePath }) => relativePath.startsWith('Documents/'));
  expect(out.trim().split('\n')).toHaveLength(there.length);
  const messages = await type('export', 'messages', 'latest', '--to', 'messages', '--json');
  expect(messages.lines.at(-1)).toMatchObject({ exported: 40, read: 40, unreadable: 0 });
  const contacts = await type('export', 'contacts', 'latest', '--with', 'Ben Okafor', '--to', 'contact');
  expect(contacts.code).toBe(0);
  expect(await readFile(join(cli.folder, 'contact/contacts.vcf'), 'utf8')).toContain('FN:Ben Okafor');
});

it('gives back every file as it is on the phone, decrypted, with its date', async () => {
  expect((await type('restore', 'latest', '--logical', '--to', 'all')).code).toBe(0);
  const { openContent } = await import('@triplicate/device-simulator');
  const files = [...phone.content.values()].filter(({ kind }) => kind === 'file');
  for (const file of files) {
    const place = join(cli.folder, 'all', file.domain, file.relativePath);
    expect((await readFile(place)).equals(Buffer.concat([...openContent(file)]))).toBe(true);
  }
  expect(
    (await readdir(join(cli.folder, 'all'), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    ),
  ).toHaveLength(files.length);
});

it.skipIf(!isRoot)(
  'has no owners that another user than root could lack (skipped for others than root, who cannot become another)',
  async () => {
    const base = dirname(cli.folder);
    await mkdir(join(cli.folder, 'theirs'));
    spawnSync('chown', ['-R', '65534:65534', base]);
    try {
      const ended = await asNobody(() => type('restore', 'latest', '--to', 'theirs'));
      expect(ended).toMatchObject({ code: 0 });
      expect(ended.err).not.toContain('owners');
    } finally {
      spawnSync('chown', ['-R', '0:0', base]);
    }
  },
);

it('is compared over a change of its password: older snapshots open with the older one', async () => {
  await phone.setPassword('a new password');
  phone.takePhotos(2, 10_000);
  await writeFile(join(cli.folder, 'phone-password'), 'a new password\n');
  expect((await type('backup')).code).toBe(0);
  const [first] = (await type('snapshots', '--json')).lines;
  const id = String(first?.['id']).slice(0, 10);
  expect(await type('diff', '--logical', id, 'latest')).toMatchObject({ code: 12 });
  await writeFile(join(cli.folder, 'older'), 'an old password\n', { mode: 0o600 });
  const both = await type('diff', '--logical', id, 'latest', '--phone-password-file', 'older');
  expect(both.code).toBe(0);
  expect(both.out).not.toBe('');
});
