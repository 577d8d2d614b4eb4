import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { noteLines } from '../../decode/note-document.ts';
import type { NoteRun } from '../../decode/note-document.ts';
import { int, real, text } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import type { Note } from './note.ts';

/** Notes as they were before iOS 9: HTML in a database of its own, of which the words are kept. Nothing when there is none. */
export async function* readOldNotes(backup: IosBackup, options: RecordOptions): AsyncGenerator<Note> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain: 'HomeDomain', path: 'Library/Notes/notes.sqlite' }, options);
  if (db === undefined) return;
  const schema = new Schema(db, tally.gap);
  if (!schema.offers('notes of the app before iOS 9', 'ZNOTE', 'Z_PK', 'ZTITLE')) return;
  if (schema.count('ZNOTE') === 0) return;
  tally.source(db.label);
  tally.gap('formatting: notes of the app before iOS 9 are exported as plain text');
  const picked = schema.choose(
    'ZNOTE',
    { id: ['Z_PK'], title: ['ZTITLE'], created: ['ZCREATIONDATE'], modified: ['ZMODIFICATIONDATE'] },
    'n',
  );
  const body = schema.offers('text of notes of the app before iOS 9', 'ZNOTEBODY', 'ZCONTENT', 'ZOWNER')
    ? '(SELECT b.ZCONTENT FROM ZNOTEBODY b WHERE b.ZOWNER = n.Z_PK LIMIT 1)'
    : 'NULL';
  let absent = 0;
  for (const row of schema.rows(`SELECT ${picked.list}, ${body} AS body FROM ZNOTE n ORDER BY n.Z_PK`)) {
    const modified = dateFromCocoa(real(row['modified']));
    const why = outsidePeriod(modified, filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why !== undefined) continue;
    const words = text(row['body']);
    if (words === undefined) absent++;
    yield {
      id: `old-${int(row['id'])}`,
      title: text(row['title']) ?? '(no title)',
      folder: undefined,
      account: undefined,
      created: dateFromCocoa(real(row['created'])),
      modified,
      pinned: false,
      deleted: false,
      locked: false,
      passwordHint: undefined,
      unreadable: words === undefined ? 'it has no text in this backup' : undefined,
      lines: words === undefined ? [] : noteLines([plainRun(htmlText(words))]),
      objects: new Map(),
    };
  }
  if (absent > 0)
    tally.gap(
      `text: ${counted(absent, 'note of the app before iOS 9', 'notes of the app before iOS 9')} none in this backup`,
    );
}

/** E.g. `1 note has`, `2 notes have`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  count === 1 ? `1 ${one} has` : `${count} ${many} have`;

const plainRun = (words: string): NoteRun => ({
  text: words,
  style: 'body',
  indent: 0,
  done: undefined,
  bold: false,
  italic: false,
  underlined: false,
  struck: false,
  quoted: false,
  link: undefined,
  attachment: undefined,
});

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The words of simple HTML: a line for each block, entities read. */
export const htmlText = (markup: string): string =>
  markup
    .replaceAll(/<(br|\/p|\/div|\/li|\/h\d)[^>]*>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(#x?[\da-f]{1,6}|\w{1,8});/gi, (whole, name: string) => {
      if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole;
      const code = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    })
    .trim();
