import { writeBinaryPlist } from '@triplicate/plist';
import { bytesFile, type ContentFile, folder, seededFile } from './content-file.ts';
import { contactsDatabase, messagesDatabase, photosDatabase } from './databases.ts';
import { seededBytes, seededNumbers } from './keystream.ts';

export interface ContentOptions {
  readonly seed: string;
  /** Pictures in the camera roll. */
  readonly photos?: number;
  /** Size of a picture on average. */
  readonly photoBytes?: number;
  readonly messages?: number;
  /** Small files of apps. */
  readonly documents?: number;
  readonly documentBytes?: number;
  /** Links of apps, with long targets: rows of the manifest without a file. */
  readonly links?: number;
}

/** When the phone was last used, in Unix seconds; all its dates are near it. */
export const phoneTime = Date.UTC(2026, 4, 17, 9, 30) / 1000;
const picturesInFolder = 1000;

export interface Picture {
  readonly directory: string;
  readonly name: string;
  readonly taken: number;
}

export const pictureAt = (index: number): Picture => ({
  directory: `DCIM/${100 + Math.floor(index / picturesInFolder)}APPLE`,
  name: `IMG_${String(index + 1).padStart(4, '0')}.${index % 10 === 9 ? 'MOV' : 'HEIC'}`,
  taken: phoneTime - 86_400 * 900 + index * 3600,
});

export const pictureFile = (seed: string, index: number, size: number): ContentFile => {
  const { directory, name, taken } = pictureAt(index);
  return seededFile({
    domain: 'CameraRollDomain',
    relativePath: `Media/${directory}/${name}`,
    modified: taken,
    size,
    seed: `${seed}:picture:${index}`,
  });
};

/** Everything in a phone that was used by one person: the same for the same options, byte for byte. */
export const phoneContent = (options: ContentOptions): ContentFile[] => {
  const { seed, photos = 12, photoBytes = 40_000, messages = 60, documents = 12, documentBytes = 3000 } = options;
  const number = seededNumbers(`${seed}:sizes`);
  const around = (average: number): number => Math.floor(average / 2) + number(average + 1);
  const pictures = Array.from({ length: photos }, (_, i) => pictureAt(i));
  const story = { seed, count: messages, until: phoneTime };
  const home = (relativePath: string, bytes: Buffer, protection = 3): ContentFile =>
    bytesFile({ domain: 'HomeDomain', relativePath, bytes, modified: phoneTime - 500, protection });
  return [
    ...folders,
    ...pictures.map((_, i) => pictureFile(seed, i, around(photoBytes))),
    bytesFile({
      domain: 'CameraRollDomain',
      relativePath: 'Media/PhotoData/Photos.sqlite',
      bytes: photosDatabase(pictures),
      modified: phoneTime,
    }),
    home('Library/SMS/sms.db', messagesDatabase(story)),
    home('Library/AddressBook/AddressBook.sqlitedb', contactsDatabase(story)),
    home('Library/Preferences/com.apple.Preferences.plist', writeBinaryPlist({ Language: 'de', Volume: 0.5 }), 4),
    home('Library/Caches/empty', Buffer.alloc(0)),
    ...Array.from({ length: documents }, (_, i) =>
      seededFile({
        domain: 'AppDomain-org.example.notes',
        relativePath: `Documents/note ${i} – é.txt`,
        modified: phoneTime - i,
        size: around(documentBytes),
        seed: `${seed}:document:${i}`,
        protection: 1 + (i % 4),
      }),
    ),
    linkTo({ domain: 'HomeDomain', relativePath: 'Library/Shared' }, '/var/mobile/Library/SMS'),
    ...Array.from({ length: options.links ?? 0 }, (_, i) => {
      const target = `/var/mobile/Containers/${seededBytes(`${seed}:link:${i}`, longTarget / 2).toString('hex')}`;
      return linkTo({ domain: 'AppDomain-org.example.links', relativePath: `Library/link ${i}` }, target);
    }),
  ];
};

/** So that a row of the manifest has about 1200 bytes, with its part of the indexes. */
const longTarget = 300;

const linkTo = (place: { readonly domain: string; readonly relativePath: string }, target: string): ContentFile => ({
  ...place,
  kind: 'symlink',
  mode: 0o755,
  modified: phoneTime,
  protection: 0,
  size: 0,
  content: undefined,
  target,
});

const folders: readonly ContentFile[] = [
  ['CameraRollDomain', 'Media'],
  ['CameraRollDomain', 'Media/DCIM'],
  ['CameraRollDomain', 'Media/PhotoData'],
  ['HomeDomain', ''],
  ['HomeDomain', 'Library'],
  ['HomeDomain', 'Library/SMS'],
  ['HomeDomain', 'Library/AddressBook'],
  ['AppDomain-org.example.notes', 'Documents'],
].map(([domain = '', relativePath = '']) => folder({ domain, relativePath, modified: phoneTime - 1000 }));
