import { isBackupError } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa, dateFromUnix } from '../../decode/apple-time.ts';
import { decodeTranscript } from '../../decode/transcript.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { findFile } from '../attachment.ts';
import type { Attachment } from '../attachment.ts';
import { knownPeople } from '../known-people.ts';
import { matchesPerson } from '../people.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';

export interface Voicemail {
  readonly id: string;
  readonly at: Date | undefined;
  readonly sender: string | undefined;
  /** Of the sender, in the address book. */
  readonly name: string | undefined;
  readonly callback: string | undefined;
  readonly receiver: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly trashed: Date | undefined;
  readonly deleted: boolean;
  readonly transcript: string | undefined;
  readonly recording: Attachment;
}

const folder = 'Library/Voicemail';
const largestTranscript = 1024 * 1024;
/** The flags of a voicemail that was deleted on the phone. */
const deletedFlags = 75;

const wanted = {
  id: ['ROWID'],
  date: ['date'],
  sender: ['sender'],
  callback: ['callback_num'],
  receiver: ['receiver'],
  duration: ['duration'],
  trashed: ['trashed_date'],
  flags: ['flags'],
} as const;

/** Voicemail that the carrier delivered as recordings (visual voicemail); others have none on the phone. */
export async function* readVoicemail(backup: IosBackup, options: RecordOptions): AsyncGenerator<Voicemail> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain: 'HomeDomain', path: `${folder}/voicemail.db` }, options);
  if (db === undefined) return tally.gap('voicemail: the backup has no voicemail.db');
  tally.source(db.label);
  const schema = new Schema(db, tally.gap);
  schema.require('voicemail', 'ROWID', 'date');
  const picked = schema.pick('voicemail', wanted, 'v');
  tally.missing(
    'voicemail',
    picked.missing.filter((alias) => alias !== 'receiver'),
  );
  const people = await knownPeople(backup, options);
  if (picked.has('sender'))
    for (const row of schema.rows('SELECT DISTINCT sender FROM voicemail')) people.meet(text(row['sender']));
  for (const row of schema.rows(`SELECT ${picked.list} FROM voicemail v ORDER BY v.date, v.ROWID`)) {
    const at = dateFromUnix(real(row['date']));
    const asked = filter?.with;
    const sender = text(row['sender']);
    const name = people.name(sender);
    const other = asked !== undefined && !matchesPerson(asked, sender, name) ? 'another person' : undefined;
    const why = other ?? outsidePeriod(at, filter);
    if (why !== undefined) {
      tally.skip(why);
      continue;
    }
    tally.exported();
    yield { ...(await build(backup, row, options)), name };
  }
}

const build = async (backup: IosBackup, row: Row, options: RecordOptions): Promise<Omit<Voicemail, 'name'>> => {
  const id = int(row['id']) ?? -1;
  const trashed = real(row['trashed']) ?? 0;
  return {
    id: String(id),
    at: dateFromUnix(real(row['date'])),
    sender: text(row['sender']),
    callback: text(row['callback']),
    receiver: text(row['receiver']),
    durationSeconds: real(row['duration']),
    // The one date in this table that counts from 2001.
    trashed: trashed === 0 ? undefined : dateFromCocoa(trashed),
    deleted: int(row['flags']) === deletedFlags || trashed !== 0,
    transcript: await transcript(backup, id, options),
    recording: await recording(backup, id, options),
  };
};

const recording = async (backup: IosBackup, id: number, options: RecordOptions): Promise<Attachment> => {
  const places = ['amr', 'm4a'].map((extension) => ({ domain: 'HomeDomain', path: `${folder}/${id}.${extension}` }));
  const found = await findFile(backup, places, options);
  return {
    name: `${id}.${found?.path.endsWith('.m4a') === true ? 'm4a' : 'amr'}`,
    type: 'audio/amr',
    sizeBytes: undefined,
    place: found === undefined ? places[0] : { domain: found.domain, path: found.path },
    state: found === undefined ? 'missing' : 'present',
  };
};

const transcript = async (
  backup: IosBackup,
  id: number,
  { tally, signal }: RecordOptions,
): Promise<string | undefined> => {
  try {
    const data = await backup.read(
      { domain: 'HomeDomain', path: `${folder}/${id}.transcript` },
      { signal, limit: largestTranscript },
    );
    return data === undefined ? undefined : decodeTranscript(data);
  } catch (error) {
    if (!isBackupError(error) || error.code === 'ABORTED') throw error;
    tally.undecoded(`transcript of voicemail ${id}: ${error.message}`);
    return undefined;
  }
};
