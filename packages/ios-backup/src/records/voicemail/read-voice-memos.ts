import type { IosBackup, PhonePath } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
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

/** Recordings of Voice Memos, oldest first. */
export async function* readVoiceMemos(backup: IosBackup, options: RecordOptions): AsyncGenerator<VoiceMemo> {
  const { tally, filter } = options;
  let found = 0;
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
      const why = outsidePeriod(dateFromCocoa(real(row['date'])), filter);
      if (why === undefined) tally.exported();
      else tally.skip(why);
      if (why === undefined) yield await build(backup, store, row, options);
    }
  }
  if (found === 0) tally.gap('voice memos: the backup has no database of them');
}

const build = async (backup: IosBackup, store: Store, row: Row, options: RecordOptions): Promise<VoiceMemo> => {
  const path = text(row['path']);
  const name = path === undefined ? `${int(row['id'])}.m4a` : lastName(path);
  const folder = store.path.slice(0, store.path.lastIndexOf('/'));
  const places = [{ domain: store.domain, path: `${folder}/${name}` }];
  const file = await findFile(backup, places, options);
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
      place: places[0],
      state: file === undefined ? 'missing' : 'present',
    },
  };
};
