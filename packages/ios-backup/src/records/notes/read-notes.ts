import { isBackupError, throwIfAborted } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { unlockNote } from '../../crypto/locked-note.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { decodeNote, noteLines } from '../../decode/note-document.ts';
import type { NoteLine } from '../../decode/note-document.ts';
import { bytes, flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { counted, readOldNotes } from './read-old-notes.ts';
import type { Note } from './note.ts';
import { noteObjects, notesDomain } from './note-objects.ts';
import { NoteStore } from './note-store.ts';

/** Notes of every account with what is inside them, then those of the app before iOS 9. */
export async function* readNotes(backup: IosBackup, options: RecordOptions): AsyncGenerator<Note> {
  const { tally, filter, signal } = options;
  await using db = await backup.database({ domain: notesDomain, path: 'NoteStore.sqlite' }, options);
  if (db === undefined) tally.gap('notes: the backup has no NoteStore.sqlite');
  else {
    tally.source(db.label);
    const store = new NoteStore(new Schema(db, tally.gap), tally.gap);
    const { rows, missing } = store.notes();
    tally.missing('ZICCLOUDSYNCINGOBJECT', missing);
    const absent: Absent = { open: 0, locked: 0 };
    for (const row of rows) {
      throwIfAborted(signal);
      const why = outsidePeriod(dateFromCocoa(real(row['modified'])), filter);
      if (why === undefined) tally.exported();
      else tally.skip(why);
      if (why === undefined) yield await build(backup, store, row, { ...options, absent });
    }
    if (absent.open > 0) tally.gap(`text: ${counted(absent.open, 'note')} none in this backup: it is only in iCloud`);
    if (absent.locked > 0)
      tally.gap(`text: ${counted(absent.locked, 'locked note')} none in this backup: it is only in iCloud`);
  }
  yield* readOldNotes(backup, options);
}

/** How many notes have no text in the backup. */
interface Absent {
  open: number;
  locked: number;
}

interface NoteOptions extends RecordOptions {
  readonly absent: Absent;
}

const build = async (backup: IosBackup, store: NoteStore, row: Row, options: NoteOptions): Promise<Note> => {
  const id = int(row['id']) ?? -1;
  const account = store.account(int(row['account']));
  const body = await bodyOf(row, options);
  const folder = int(row['folder']);
  return {
    id: text(row['identifier']) ?? String(id),
    title: titleOf(row),
    folder: store.folderName(folder),
    account: account?.name,
    created: dateFromCocoa(real(row['created'])),
    modified: dateFromCocoa(real(row['modified'])),
    pinned: flag(row['pinned']),
    deleted: flag(row['deleted']) || store.isTrash(folder),
    locked: flag(row['locked']),
    passwordHint: text(row['hint']),
    ...body,
    objects: await noteObjects(backup, store, { row: id, account: account?.identifier }, options),
  };
};

const titleOf = (row: Row): string => text(row['title']) ?? '(no title)';

interface Body {
  readonly lines: readonly NoteLine[];
  readonly unreadable: string | undefined;
}

const bodyOf = async (row: Row, options: NoteOptions): Promise<Body> => {
  const data = bytes(row['data']);
  if (data === undefined) {
    const isLocked = flag(row['locked']);
    options.absent[isLocked ? 'locked' : 'open']++;
    return { lines: [], unreadable: `${isLocked ? 'locked, and ' : ''}only in iCloud, not in this backup` };
  }
  try {
    const plain = flag(row['locked']) ? await unlocked(data, row, options) : data;
    return typeof plain === 'string'
      ? { lines: [], unreadable: plain }
      : { lines: noteLines(decodeNote(plain)), unreadable: undefined };
  } catch (error) {
    if (!isBackupError(error) || error.code === 'ABORTED') throw error;
    options.tally.undecoded(`text of the note “${titleOf(row)}”: ${error.message}`);
    return { lines: [], unreadable: error.message };
  }
};

/** The data, or why it stays locked. */
const unlocked = async (
  data: Uint8Array,
  row: Row,
  { tally, notePassword }: RecordOptions,
): Promise<Uint8Array | string> => {
  const [salt, wrappedKey, iv, tag] = ['salt', 'wrappedKey', 'iv', 'tag'].map((name) => bytes(row[name]));
  const iterations = int(row['iterations']);
  if (
    salt === undefined ||
    wrappedKey === undefined ||
    iv === undefined ||
    tag === undefined ||
    iterations === undefined
  ) {
    const why = 'locked with the passcode of the device, which no backup can open';
    tally.gap(`text: some notes are ${why}`);
    return why;
  }
  if (notePassword !== undefined) return unlockNote(data, { salt, wrappedKey, iv, tag, iterations }, notePassword);
  tally.gap('text: some notes are locked; give their password to read them');
  return 'locked; no password was given';
};
