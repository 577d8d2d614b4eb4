import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { backup, ForwardingDestination, initRepository, type GetOptions, type Pipeline } from '@triplicate/core';
import { buildBackup, type PhoneEntry } from '../../packages/ios-backup/test/fixtures/backup-builder.ts';
import { cheapScrypt, localPipeline } from '../kit/local-pipeline.ts';
import { exportOne } from './export-one.ts';
import { noise, pictureBytes, picturesOfOurs, twoChats } from './two-chats.ts';

/** What a command read of one destination, by the folder of the repository. */
export interface Reads {
  readonly requests: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
}

class Counting extends ForwardingDestination {
  readonly requests: Record<string, number> = {};
  readonly bytes: Record<string, number> = {};

  override async *get(key: string, options: GetOptions): AsyncGenerator<Uint8Array> {
    const [folder = ''] = key.split('/');
    this.requests[folder] = (this.requests[folder] ?? 0) + 1;
    for await (const part of super.get(key, options)) {
      this.bytes[folder] = (this.bytes[folder] ?? 0) + part.byteLength;
      yield part;
    }
  }
}

/** A phone of about `megabytes`: two conversations with pictures, the camera roll, and many small files of apps. */
const phoneOf = (megabytes: number): { readonly entries: PhoneEntry[]; readonly pictures: number } => {
  const pictures = picturesOfOurs;
  const others = Math.round(megabytes / 5);
  const { sms, attachments } = twoChats(Math.max(2000, megabytes * 100), others);
  const large = (domain: string, path: string, number: number): PhoneEntry => ({
    domain,
    path,
    bytes: noise(number, pictureBytes(number)),
  });
  const roll = Math.round((megabytes - others * 2) / 2.2);
  return {
    pictures,
    entries: [
      { domain: 'HomeDomain', path: 'Library/SMS/sms.db', bytes: sms },
      ...attachments.map((path, i) => large('MediaDomain', path, i)),
      ...Array.from({ length: Math.max(0, roll) }, (_, i) =>
        large('CameraRollDomain', `Media/DCIM/100APPLE/IMG_${i}.HEIC`, 1_000_000 + i),
      ),
      ...Array.from({ length: megabytes * 20 }, (_, i) => ({
        domain: `AppDomain-org.example.app${i % 50}`,
        path: `Library/Caches/${i}/small file ${i}.json`,
        bytes: noise(2_000_000 + i, 200 + (i % 50) * 40),
      })),
    ],
  };
};

export interface Needed {
  readonly phoneBytes: number;
  /** The list of files, the database of the messages, and the pictures of the conversation, as they are on the phone. */
  readonly neededBytes: number;
  readonly cold: Reads;
  /** Once more, with the list of files kept from the first time. */
  readonly warm: Reads;
  readonly files: number;
  readonly filesOnPhone: number;
}

/** Backs up a phone of so many megabytes and exports one conversation out of the snapshot, counting what is read. */
export const measureNeeded = async (megabytes: number): Promise<Needed> => {
  const base = await mkdtemp(join(tmpdir(), 'needed-'));
  try {
    const { entries, pictures } = phoneOf(megabytes);
    const tree = buildBackup({ entries });
    const udid = '00008110-00A1B2C3D4E5F607';
    const place = join(base, 'phone', udid);
    await writeTree(tree, place);
    const counting: Counting[] = [];
    const pipeline = localPipeline({
      paths: [join(base, 'phone')],
      home: base,
      destinations: ['s3'],
      wrap: (_, destination) => {
        const own = new Counting(destination);
        counting.push(own);
        return own;
      },
    });
    await initRepository(pipeline, { scrypt: cheapScrypt });
    await backup(pipeline, { tags: [], force: false, dryRun: false, wait: 'all' });
    const cold = await counted(pipeline, counting, join(base, 'cold'), join(base, 'phones'));
    const warm = await counted(pipeline, counting, join(base, 'warm'), join(base, 'phones'));
    const attachments = entries.filter(({ domain }) => domain === 'MediaDomain').slice(0, pictures);
    const sizes = [
      (await stat(join(place, 'Manifest.db'))).size,
      ...[entries[0], ...attachments].map((entry) => entry?.bytes?.length ?? 0),
    ];
    const phoneBytes = entries.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
    const files = (await readdir(join(base, 'cold'), { recursive: true })).filter((name) =>
      name.endsWith('.HEIC'),
    ).length;
    return { phoneBytes, neededBytes: sizes.reduce((a, b) => a + b), cold, warm, files, filesOnPhone: entries.length };
  } finally {
    await rm(base, { recursive: true, force: true });
  }
};

const counted = async (pipeline: Pipeline, counting: Counting[], target: string, cache: string): Promise<Reads> => {
  counting.length = 0;
  await exportOne(pipeline, target, cache);
  const [one] = counting;
  return { requests: { ...one?.requests }, bytes: { ...one?.bytes } };
};

const writeTree = async (files: ReturnType<typeof buildBackup>, target: string, path = ''): Promise<void> => {
  const { signal } = new AbortController();
  for await (const { name, kind } of files.list(path, { signal })) {
    const at = path === '' ? name : `${path}/${name}`;
    if (kind === 'folder') await writeTree(files, target, at);
    else {
      await mkdir(dirname(join(target, at)), { recursive: true });
      await writeFile(join(target, at), files.open(at, { signal }));
    }
  }
};

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);
