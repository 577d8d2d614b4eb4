import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { collect } from '@triplicate/core';
import { afterEach, describe, expect, it } from 'vitest';
import { FolderFiles, OverlayFiles, appSizes, checkPassword, domainSizes, openBackup } from '../../src/index.ts';
import type { IosBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { BackupInput, PhoneEntry } from '../fixtures/backup-builder.ts';
import { seededBytes } from '../fixtures/keybag-builder.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

const entries: readonly PhoneEntry[] = [
  { domain: 'HomeDomain', path: '' },
  { domain: 'HomeDomain', path: 'Library' },
  { domain: 'HomeDomain', path: 'Library/empty', bytes: Buffer.alloc(0) },
  { domain: 'HomeDomain', path: 'Library/block', bytes: seededBytes('block', 16), protectionClass: 1 },
  { domain: 'HomeDomain', path: 'Library/large', bytes: seededBytes('large', 1_000_003), protectionClass: 4 },
  { domain: 'HomeDomain', path: 'Library/naïve %_ name', bytes: Buffer.from('unicode'), modified: 1_600_000_000 },
  { domain: 'HomeDomain', path: 'Library/link', linkTarget: '/private/var/x' },
  { domain: 'CameraRollDomain', path: 'Media/DCIM/1.JPG', bytes: Buffer.from('picture'), lost: true },
];

const layouts: readonly (readonly [string, Omit<BackupInput, 'entries'>])[] = [
  ['of iOS 10 and later', {}],
  ['of iOS 10.2 and later, encrypted', { password: 'pässwörd' }],
  ['of iOS 10.1, encrypted with one derivation', { password: 'pässwörd', oldKeybag: true }],
  ['of iOS 9', { layout: 'mbdb' }],
  ['of iOS 9, encrypted', { layout: 'mbdb', password: 'pässwörd', oldKeybag: true }],
];

const opened: IosBackup[] = [];
afterEach(async () => {
  for (const backup of opened.splice(0)) await backup[Symbol.asyncDispose]();
});
const open = async (input: BackupInput, password = input.password): Promise<IosBackup> => {
  const backup = await openBackup(buildBackup(input), { signal, password });
  opened.push(backup);
  return backup;
};
const read = (backup: IosBackup, domain: string, path: string): Promise<Buffer> => {
  const entry = backup.manifest.find(domain, path);
  if (entry === undefined) throw new Error(`no entry ${path}`);
  return collect(backup.open(entry, { signal }));
};

describe.each(layouts)('a backup %s', (_name, input) => {
  it('lists what is in it and gives every file back', async () => {
    const backup = await open({ entries, ...input });
    expect(backup.info).toMatchObject({
      deviceName: "Anna's iPhone",
      productVersion: '17.4',
      encrypted: input.password !== undefined,
      finished: true,
    });
    expect(backup.manifest.count).toBe(entries.length);
    expect([...backup.manifest.domains()]).toEqual([
      { domain: 'CameraRollDomain', entries: 1 },
      { domain: 'HomeDomain', entries: 7 },
    ]);
    const listed = [...backup.manifest.entries({ domain: 'HomeDomain', prefix: 'Library/' })].map(
      ({ path, kind }) => `${kind} ${path}`,
    );
    expect(listed).toEqual([
      'file Library/block',
      'file Library/empty',
      'file Library/large',
      'link Library/link',
      'file Library/naïve %_ name',
    ]);
    for (const { domain, path, bytes } of entries.filter((entry) => entry.bytes !== undefined && entry.lost !== true)) {
      expect((await read(backup, domain, path)).equals(bytes ?? Buffer.alloc(1))).toBe(true);
    }
  });

  it('knows what the phone said of each file', async () => {
    const { manifest } = await open({ entries, ...input });
    const details = manifest.find('HomeDomain', 'Library/naïve %_ name')?.details();
    expect(details).toMatchObject({
      size: 7,
      mode: 0o100644,
      owner: { uid: 501, gid: 501 },
      inode: 12345,
      protectionClass: 3,
      modified: new Date('2020-09-13T12:26:40Z'),
    });
    expect(manifest.find('HomeDomain', 'Library/link')?.details().linkTarget).toBe('/private/var/x');
    expect(manifest.find('HomeDomain', 'Library')?.kind).toBe('folder');
    expect(manifest.find('HomeDomain', 'Library/%')).toBeUndefined();
  });

  it('says which file it lacks', async () => {
    const backup = await open({ entries, ...input });
    const entry = backup.manifest.find('CameraRollDomain', 'Media/DCIM/1.JPG');
    expect(entry).toBeDefined();
    if (entry === undefined) return;
    expect(await backup.has(entry, { signal })).toBe(false);
    await expect(collect(backup.open(entry, { signal }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the password of a backup', () => {
  const encrypted = layouts.filter(([, input]) => input.password !== undefined);

  it.each(encrypted)('%s: is checked', async (_name, input) => {
    const files = buildBackup({ entries, ...input });
    expect(await checkPassword(files, 'pässwörd', { signal })).toBe(true);
    expect(await checkPassword(files, 'passwort', { signal })).toBe(false);
    await expect(openBackup(files, { signal, password: 'passwort' })).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    await expect(openBackup(files, { signal })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
      message: expect.stringContaining('no password was given') as string,
    });
  });

  it('that was changed opens only the snapshots made after it', async () => {
    const march = buildBackup({ entries, password: 'march', seed: 'march' });
    const april = buildBackup({ entries, password: 'april', seed: 'april' });
    expect(await checkPassword(march, 'march', { signal })).toBe(true);
    expect(await checkPassword(april, 'march', { signal })).toBe(false);
    expect(await checkPassword(april, 'april', { signal })).toBe(true);
  });

  it('is not asked for when another program has decrypted the backup', async () => {
    const plain = buildBackup({ entries });
    const lists = buildBackup({ entries, password: 'gone' });
    const files = new OverlayFiles('decrypted copy', plain).put(
      'Manifest.plist',
      await collect(lists.open('Manifest.plist', { signal })),
    );
    const backup = await openBackup(files, { signal });
    opened.push(backup);
    expect(String(await read(backup, 'HomeDomain', 'Library/naïve %_ name'))).toBe('unicode');
  });
});

describe('a backup that is not whole', () => {
  it('says how much of a file is missing, or hands out what there is', async () => {
    for (const password of [undefined, 'p']) {
      const input = { entries, ...(password === undefined ? {} : { password }) };
      const files = buildBackup(input);
      const whole = await openBackup(files, { signal, password });
      const entry = whole.manifest.find('HomeDomain', 'Library/large');
      opened.push(whole);
      expect(entry).toBeDefined();
      if (entry === undefined) return;
      const place = whole.manifest.place(entry);
      const stored = await collect(files.open(place, { signal }));
      files.put(place, stored.subarray(0, 500_000 - (500_000 % 16)));
      await expect(collect(whole.open(entry, { signal }))).rejects.toMatchObject({
        code: 'CORRUPT',
        message: expect.stringContaining('bytes early') as string,
      });
      const missing: number[] = [];
      const part = await collect(whole.open(entry, { signal, onShort: (n) => missing.push(n) }));
      expect(part.length + (missing[0] ?? 0)).toBe(1_000_003);
      expect(part.equals(seededBytes('large', 1_000_003).subarray(0, part.length))).toBe(true);
    }
  });

  it('is refused when it has no manifest, or a damaged one', async () => {
    await expect(openBackup(new OverlayFiles('empty'), { signal })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const junk = buildBackup({ entries }).put('Manifest.db', Buffer.alloc(9000, 1));
    await expect(openBackup(junk, { signal })).rejects.toMatchObject({ code: 'CORRUPT' });
    const bad = buildBackup({ entries }).put('Manifest.plist', Buffer.from('bplist00junk'));
    await expect(openBackup(bad, { signal })).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('opens without its lists, as some copies are', async () => {
    const files = buildBackup({ entries }).remove('Manifest.plist').remove('Info.plist').remove('Status.plist');
    const backup = await openBackup(files, { signal });
    opened.push(backup);
    expect(backup.info).toMatchObject({ encrypted: false, finished: undefined, udid: undefined });
  });
});

it('sizes are summed by app, with its extensions and groups', async () => {
  const file = (domain: string, size: number): PhoneEntry => ({ domain, path: 'f', bytes: Buffer.alloc(size) });
  const backup = await open({
    entries: [
      file('AppDomain-com.a.app', 5),
      file('AppDomainPlugin-com.a.app.share', 7),
      file('AppDomainGroup-group.com.a.app', 11),
      file('AppDomainGroup-group.other', 13),
      file('HomeDomain', 1),
    ],
  });
  const seen: number[] = [];
  const sizes = domainSizes(backup.manifest, backup.info, { signal, progress: (done) => seen.push(done) });
  expect(appSizes(sizes, backup.info).map(({ id, files, bytes }) => [id, files, bytes])).toEqual([
    ['com.a.app', 3, 23],
    ['group.other', 1, 13],
    ['HomeDomain', 1, 1],
  ]);
  expect(seen).toEqual([5]);
});

/** Decrypts a whole backup with Python's standard library and the openssl program alone. */
const judge = `
import hashlib, os, plistlib, sqlite3, struct, subprocess, sys
folder, password = sys.argv[1], sys.argv[2].encode()
def aes(key, data): return subprocess.run(['openssl','enc','-d','-aes-256-cbc','-nopad','-K',key.hex(),'-iv','0'*32],input=data,stdout=subprocess.PIPE,check=True).stdout
def unwrap(key, data): return subprocess.run(['openssl','enc','-d','-id-aes256-wrap','-K',key.hex(),'-iv','A6'*8],input=data,stdout=subprocess.PIPE,check=True).stdout
manifest = plistlib.load(open(os.path.join(folder,'Manifest.plist'),'rb'))
bag, at, tags = manifest['BackupKeyBag'], 0, []
while at < len(bag):
    tag, size = bag[at:at+4], struct.unpack('>I', bag[at+4:at+8])[0]
    tags.append((tag, bag[at+8:at+8+size])); at += 8+size
header = {}; classes = []
for tag, value in tags:
    if tag == b'UUID' and b'UUID' in header: classes.append({})
    (classes[-1] if classes else header)[tag] = value
number = lambda b: struct.unpack('>I', b)[0]
k = password
if b'DPSL' in header: k = hashlib.pbkdf2_hmac('sha256', k, header[b'DPSL'], number(header[b'DPIC']), 32)
k = hashlib.pbkdf2_hmac('sha1', k, header[b'SALT'], number(header[b'ITER']), 32)
keys = {number(c[b'CLAS']): unwrap(k, c[b'WPKY']) for c in classes if number(c[b'WRAP']) == 2}
file_key = lambda blob: unwrap(keys[struct.unpack('<I', blob[:4])[0]], blob[4:])
db = os.path.join(folder,'judge.db')
open(db,'wb').write(aes(file_key(manifest['ManifestKey']), open(os.path.join(folder,'Manifest.db'),'rb').read()))
for file_id, domain, path, blob in sqlite3.connect(db).execute('select fileID, domain, relativePath, file from Files where flags = 1 order by domain, relativePath'):
    place = os.path.join(folder, file_id[:2], file_id)
    if not os.path.exists(place): continue
    record = plistlib.loads(blob); objects = record['$objects']; root = objects[record['$top']['root'].data]
    data = aes(file_key(objects[root['EncryptionKey'].data]['NS.data']), open(place,'rb').read())[:root['Size']]
    print(domain, path, hashlib.sha256(data).hexdigest(), sep='|')
`;
const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

it.skipIf(!has('python3', '--version') || !has('openssl', 'version'))(
  'a whole encrypted backup is decrypted as an independent program decrypts it',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'judge-'));
    try {
      const files = buildBackup({ entries: [...entries, ...phone.slice(0, 8)], password: 'judge me' });
      await copyOut(files, folder);
      const theirs = execFileSync('python3', ['-c', judge, folder, 'judge me'], { encoding: 'utf8' })
        .trim()
        .split('\n');
      const backup = await openBackup(new FolderFiles(folder), { signal, password: 'judge me' });
      opened.push(backup);
      const ours: string[] = [];
      for (const entry of backup.manifest.entries()) {
        if (entry.kind !== 'file' || !(await backup.has(entry, { signal }))) continue;
        const hash = await crypto.subtle.digest('SHA-256', await collect(backup.open(entry, { signal })));
        ours.push(`${entry.domain}|${entry.path}|${Buffer.from(hash).toString('hex')}`);
      }
      expect(ours.length).toBeGreaterThan(8);
      expect(theirs).toEqual(ours);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

const copyOut = async (files: OverlayFiles, folder: string, path = ''): Promise<void> => {
  for await (const { name, kind } of files.list(path, { signal })) {
    const inside = path === '' ? name : `${path}/${name}`;
    if (kind === 'folder') await copyOut(files, folder, inside);
    else {
      await mkdir(join(folder, dirname(inside)), { recursive: true });
      await writeFile(join(folder, inside), await collect(files.open(inside, { signal })));
    }
  }
};
