import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exportBackup, FolderSink, openBackup, publishBackup } from '../../src/index.ts';
import type { ExportRequest, IosBackup } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { photoLibrary } from '../fixtures/phone/photos.ts';
import { addressBook, messagesFrom } from '../fixtures/phone/small-phones.ts';
import { signal } from '../fixtures/signal.ts';

// Names that differ only in upper and lower case are one name on most disks.

let to: string;
beforeEach(async () => {
  to = await mkdtemp(join(tmpdir(), 'case-'));
});
afterEach(() => rm(to, { recursive: true }));

const opened = (entries: readonly PhoneEntry[]): Promise<IosBackup> => openBackup(buildBackup({ entries }), { signal });

const exported = async (entries: readonly PhoneEntry[], request: ExportRequest): Promise<string[]> => {
  await using backup = await opened(entries);
  await exportBackup(backup, request, new FolderSink(to), { signal, withReport: false });
  return listed();
};

const listed = async (): Promise<string[]> => {
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return files.map((entry) => join(entry.parentPath, entry.name).slice(to.length + 1)).toSorted();
};

const picture = (path: string): PhoneEntry => ({
  domain: 'CameraRollDomain',
  path: `Media/${path}`,
  bytes: Buffer.from(path),
});
const assets = (names: readonly string[]) =>
  names.map((ZFILENAME, i) => ({
    Z_PK: i + 1,
    ZDIRECTORY: 'DCIM/100APPLE',
    ZFILENAME,
    ZDATECREATED: i + 1,
    ZLATITUDE: -180,
    ZLONGITUDE: -180,
  }));

const pictures = [
  photoLibrary({
    ZASSET: assets(['IMG_0001.JPG', 'img_0001.jpg', 'IMG_0002.JPG']),
    ZGENERICALBUM: [
      { Z_PK: 1, ZKIND: 2, ZTITLE: 'Rome' },
      { Z_PK: 2, ZKIND: 2, ZTITLE: 'rome' },
      { Z_PK: 3, ZKIND: 2, ZTITLE: 'Deleted album', ZTRASHEDSTATE: 1 },
    ],
    Z_30ASSETS: [
      { Z_30ALBUMS: 1, Z_3ASSETS: 1 },
      { Z_30ALBUMS: 2, Z_3ASSETS: 2 },
      { Z_30ALBUMS: 3, Z_3ASSETS: 3 },
    ],
  }),
  ...['IMG_0001.JPG', 'img_0001.jpg', 'IMG_0002.JPG'].map((name) => picture(`DCIM/100APPLE/${name}`)),
];

it('one of two conversations gets a number, and the list of conversations keeps its name', async () => {
  const [numbers, names] = [
    ['+4930111111', '+4930222222', '+4930333333'],
    ['same', 'Same', 'Index'],
  ];
  const entries = [messagesFrom(numbers), addressBook(names.map((name, i) => [name, numbers[i] ?? '']))];
  expect(await exported(entries, { kind: 'messages' })).toEqual([
    'Index (2).html',
    'Same (2).html',
    'index.html',
    'same.html',
  ]);
  expect(await readFile(join(to, 'index.html'), 'utf8')).toContain('href="Same%20(2).html"');
});

it('one of two pictures gets a number', async () => {
  expect(await exported(pictures, { kind: 'photos' })).toEqual([
    '2001/IMG_0001.JPG',
    '2001/IMG_0002.JPG',
    '2001/img_0001 (2).jpg',
    'photos.json',
  ]);
});

it('one of two albums gets a number, and one that was deleted is none', async () => {
  const expected = ['2001/IMG_0002.JPG', 'Rome/IMG_0001.JPG', 'photos.json', 'rome (2)/img_0001.jpg'];
  expect(await exported(pictures, { kind: 'photos', photosBy: 'album' })).toEqual(expected);
});

it('a plain folder has the same numbers each time', async () => {
  const request = { to, what: ['photos'], photosBy: 'album' } as const;
  for (const written of [4, 0]) {
    await using backup = await opened(pictures);
    const { kinds } = await publishBackup(backup, request, { signal });
    expect(kinds[0]).toMatchObject({ error: undefined, written, removed: 0, foreign: 0 });
  }
  expect(await listed()).toEqual(
    ['2001/IMG_0002.JPG', 'Rome/IMG_0001.JPG', 'photos.html', 'rome (2)/img_0001.jpg'].map((path) => `Photos/${path}`),
  );
});

it('a library of an unknown layout gives the pictures by their files, and says what it lacks', async () => {
  const old = {
    domain: 'CameraRollDomain',
    path: 'Media/PhotoData/Photos.sqlite',
    bytes: database('CREATE TABLE Photo (primaryKey INTEGER)', {}),
  };
  await using backup = await opened([old, ...pictures.slice(1)]);
  const report = await exportBackup(backup, { kind: 'photos' }, new FolderSink(to), { signal });
  expect(report).toMatchObject({ exported: 3, unreadable: 1, files: { written: 3 } });
  expect(report.gaps.join('\n')).toMatch(/^albums, .*has no table "ZGENERICASSET"/);
});
