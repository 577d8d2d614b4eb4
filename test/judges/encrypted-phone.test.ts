/** Encrypted backups as a decryptor sees them that shares no line with ours: `decrypt-phone.py`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { isBackupError, restore } from '@triplicate/core';
import { FolderFiles, openBackup } from '@triplicate/ios-backup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildBackup,
  type BackupInput,
  type PhoneEntry,
} from '../../packages/ios-backup/test/fixtures/backup-builder.ts';
import { seededBytes } from '../../packages/ios-backup/test/fixtures/keybag-builder.ts';
import { init, run } from '../kit/commands.ts';
import { PhoneDesk } from '../kit/phone-desk.ts';
import { writeBackupTree } from '../kit/write-tree.ts';

const { signal } = new AbortController();
const script = join(import.meta.dirname, 'decrypt-phone.py');
/** Debian's own first, where python3-cryptography goes. */
const python = ['/usr/bin/python3', 'python3'].find(
  (program) => spawnSync(program, ['-c', 'import cryptography']).status === 0,
);
const why = python === undefined ? ': python3 with cryptography is not installed' : '';

const wrong = 'wrong password';

/** `domain/path size sha256`, a line a file. */
const theirs = (folder: string, password: string): string[] | typeof wrong => {
  const { status, stdout, stderr } = spawnSync(python ?? '', [script, folder, password], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 3) return wrong;
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as { domain: string; path: string; size: number; sha256: string })
    .map(({ domain, path, size, sha256 }) => `${domain}/${path} ${size} ${sha256}`)
    .toSorted();
};

const ours = async (folder: string, password: string): Promise<string[] | typeof wrong> => {
  try {
    await using backup = await openBackup(new FolderFiles(folder), { signal, password });
    const lines: string[] = [];
    for (const entry of backup.manifest.entries()) {
      if (entry.kind !== 'file' || !(await backup.has(entry, { signal }))) continue;
      const digest = createHash('sha256');
      let size = 0;
      for await (const piece of backup.open(entry, { signal })) {
        digest.update(piece);
        size += piece.length;
      }
      lines.push(`${entry.domain}/${entry.path} ${size} ${digest.digest('hex')}`);
    }
    return lines.toSorted();
  } catch (error) {
    if (isBackupError(error, 'WRONG_PASSWORD')) return wrong;
    throw error;
  }
};

let place: TemporaryFolder;
beforeAll(async () => {
  place = await temporaryFolder();
});
afterAll(() => place[Symbol.asyncDispose]());

/** Of every length around a block and every class of protection. */
const entries: PhoneEntry[] = [
  { domain: 'HomeDomain', path: 'Library' },
  ...[0, 1, 15, 16, 17, 31, 32, 4096, 100_003].map((size, i) => ({
    domain: i % 2 === 0 ? 'HomeDomain' : 'AppDomain-org.example.ü',
    path: `Library/naïve ${size}`,
    bytes: seededBytes(`file ${size}`, size),
    protectionClass: 1 + (i % 4),
  })),
  { domain: 'HomeDomain', path: 'Library/looks padded', bytes: Buffer.alloc(32, 16) },
];

const layouts: readonly (readonly [string, Omit<BackupInput, 'entries'>])[] = [
  ['iOS 10.2 and later, two derivations', {}],
  ['iOS 10.1, one derivation', { oldKeybag: true }],
  ['iOS 9, one derivation and a list of its own', { oldKeybag: true, layout: 'mbdb' }],
];

describe.skipIf(python === undefined)(`an encrypted backup, by two decryptors${why}`, () => {
  it.each(layouts)('of %s has the same files by the right password, and none by a wrong one', async (name, input) => {
    const folder = join(place.path, name);
    const password = 'pässwörd 🔑';
    await writeBackupTree(buildBackup({ entries, password, ...input }), folder);
    const [own, judged] = [await ours(folder, password), theirs(folder, password)];
    expect(judged).toHaveLength(entries.length - 1);
    expect(own).toEqual(judged);
    for (const guess of ['passwort', 'pässwörd', '']) {
      expect([guess, await ours(folder, guess)]).toEqual([guess, wrong]);
      expect([guess, theirs(folder, guess)]).toEqual([guess, wrong]);
    }
  });

  it('of a phone whose password changed between two snapshots opens with the one of its day', async () => {
    await using desk = await PhoneDesk.open();
    const phone = await desk.add({ seed: 'judged', photos: 12, photoBytes: 60_000, passwordIterations: 100_000 });
    const pipeline = desk.pipeline([desk.source('phone', phone)]);
    await init(pipeline);
    const folders: string[] = [];
    for (const password of ['the first one', 'the second one']) {
      await phone.setPassword(password);
      phone.takePhotos(2);
      await run(pipeline);
      const to = join(place.path, password);
      await restore(pipeline, { snapshot: 'latest', to, overwrite: 'always', verify: true });
      folders.push(join(to, 'MobileSync', phone.udid));
    }
    const [first = '', second = ''] = folders;
    for (const [folder, right, other] of [
      [first, 'the first one', 'the second one'],
      [second, 'the second one', 'the first one'],
    ] as const) {
      const judged = theirs(folder, right);
      expect(judged.length).toBeGreaterThan(30);
      expect(await ours(folder, right)).toEqual(judged);
      expect([theirs(folder, other), await ours(folder, other)]).toEqual([wrong, wrong]);
    }
    expect(theirs(second, 'the second one')).toHaveLength(theirs(first, 'the first one').length + 2);
    expect(readFileSync(join(first, 'Manifest.plist')).equals(readFileSync(join(second, 'Manifest.plist')))).toBe(
      false,
    );
  });

  it('in part, as it goes back onto a phone, has the chosen files and no others', async () => {
    const folder = join(place.path, 'whole');
    const password = 'secret';
    await writeBackupTree(buildBackup({ entries, password }), folder);
    await using backup = await openBackup(new FolderFiles(folder), { signal, password });
    const part = await backup.part([{ domain: 'AppDomain-org.example.ü', path: 'Library' }], { signal });
    const target = join(place.path, 'part');
    await writeBackupTree(part.files, target);
    const whole = theirs(folder, password);
    const chosen = (whole as string[]).filter((line) => line.startsWith('AppDomain-'));
    expect(theirs(target, password)).toEqual(chosen);
    expect(chosen.length).toBeGreaterThan(3);
  });
});
