import type { IosBackup, PhonePath } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { detailsOf } from '../../manifest/folder-view.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { findFile, lastName } from '../attachment.ts';
import type { Attachment } from '../attachment.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';

export interface VoiceMemo {
  readonly id: string;
  readonly title: string;
  readonly at: Date | undefined;
  readonly durationSeconds: number | undefined;
  readonly deleted: Date | undefined;
  readonly recording: Attachment;
}

interface Store extends PhonePath {
  readonly table: string;
}

/** Since iOS 12 in the app's group, before in the media folder. */
const stores: readonly Store[] = [
  {
    domain: 'AppDomainGroup-group.com.apple.VoiceMemos.shared',
    path: 'Recordings/CloudRecordings.db',
    table: 'ZCLOUDRECORDING',
  },
  { domain: 'MediaDomain', path: 'Media/Recordings/CloudRecordings.db', table: 'ZCLOUDRECORDING' },
  { domain: 'MediaDomain', path: 'Media/Recordings/Recordings.db', table: 'ZRECORDING' },
];

const wanted = {
  id: ['Z_PK'],
  date: ['ZDATE'],
  duration: ['ZDURATION', 'ZLOCALDURATION'],
  title: ['ZENCRYPTEDTITLE', 'ZCUSTOMLABELFORSORTING', 'ZCUSTOMLABEL'],
  path: ['ZPATH'],
  deleted: ['ZEVICTIONDATE'],
} as const;

/** What the app records into, and what was put beside it. */
const sound = /\.(m4a|qta|caf|aac|aiff?|wav|mp3|amr)$/i;

/** Recordings of Voice Memos, oldest first, and then the sound files that no database lists, by their files alone. */
export async function* readVoiceMemos(backup: IosBackup, options: RecordOptions): AsyncGenerator<VoiceMemo> {
  const { tally, filter } = options;
  let found = 0;
  const listed = new Set<string>();
  for (const store of stores) {
    await using db = await backup.database(store, options);
    if (db === undefined) continue;
    found++;
    tally.source(db.label);
    const schema = new Schema(db, tally.gap);
    schema.require(store.table, 'Z_PK', 'ZDATE', 'ZPATH');
    const picked = schema.pick(store.table, wanted, 'r');
    tally.missing(
      store.table,
      picked.missing.filter((alias) => alias !== 'deleted'),
    );
    for (const row of schema.rows(`SELECT ${picked.list} FROM ${store.table} r ORDER BY r.ZDATE, r.Z_PK`)) {
      listed.add(keyOf(placeOf(store, row)));
      const why = outsidePeriod(dateFromCocoa(real(row['date'])), filter);
      if (why === undefined) tally.exported();
      else tally.skip(why);
      if (why === undefined) yield await build(backup, store, row, options);
    }
  }
  if (found === 0) tally.gap('voice memos: the backup has no database of them');
  yield* unlisted(backup, listed, options);
}

async function* unlisted(
  backup: IosBackup,
  listed: ReadonlySet<string>,
  { tally, filter, signal }: RecordOptions,
): AsyncGenerator<VoiceMemo> {
  const folders = new Map(stores.map((store) => [`${store.domain} ${folderOf(store)}`, store]));
  for (const store of folders.values()) {
    for (const entry of backup.manifest.entries({ domain: store.domain, prefix: folderOf(store) })) {
      const name = entry.path.slice(folderOf(store).length);
      if (entry.kind !== 'file' || name.includes('/') || !sound.test(name) || listed.has(keyOf(entry))) continue;
      const details = detailsOf(entry);
      const at = details?.born ?? details?.modified;
      const isThere = await backup.has(entry, { signal });
      if (!isThere) tally.fileAbsent(entry);
      const why = isThere ? outsidePeriod(at, filter) : 'its file is not in the backup';
      if (why === undefined) tally.exported();
      else tally.skip(why);
      if (why !== undefined) continue;
      tally.gap(`${entry.path}: no list of recordings has it; exported by its file alone`);
      yield {
        id: entry.id,
        title: name.replace(/\.\w+$/, ''),
        at,
        durationSeconds: undefined,
        deleted: undefined,
        recording: {
          name,
          type: undefined,
          sizeBytes: details?.size,
          place: { domain: entry.domain, path: entry.path },
          state: 'present',
        },
      };
    }
  }
}

const keyOf = ({ domain, path }: PhonePath): string => `${domain} ${path}`;

const folderOf = ({ path }: PhonePath): string => path.slice(0, path.lastIndexOf('/') + 1);

/** Each row says a path of the phone, or nothing. */
const placeOf = (store: Store, row: Row): PhonePath => {
  const path = text(row['path']);
  const name = path === undefined ? `${int(row['id'])}.m4a` : lastName(path);
  return { domain: store.domain, path: folderOf(store) + name };
};

const build = async (backup: IosBackup, store: Store, row: Row, options: RecordOptions): Promise<VoiceMemo> => {
  const place = placeOf(store, row);
  const name = lastName(place.path);
  const file = await findFile(backup, [place], options);
  return {
    id: String(int(row['id'])),
    title: text(row['title']) ?? name.replace(/\.\w+$/, ''),
    at: dateFromCocoa(real(row['date'])),
    durationSeconds: real(row['duration']),
    deleted: dateFromCocoa(real(row['deleted'])),
    recording: {
      name,
      type: 'audio/mp4',
      sizeBytes: undefined,
      place,
      state: file === undefined ? 'missing' : 'present',
    },
  };
};
