import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { bytes, flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import type { Reminder } from './calendar-event.ts';
import { dueOf } from './due.ts';
import { readOldReminders } from './read-old-reminders.ts';
import { reminderObjects } from './reminder-objects.ts';
import type { ReminderObjects } from './reminder-objects.ts';

const domain = 'AppDomainGroup-group.com.apple.reminders';
const folder = 'Container_v1/Stores/';

const wanted = {
  id: ['Z_PK'],
  identifier: ['ZIDENTIFIER', 'ZCKIDENTIFIER'],
  title: ['ZTITLE'],
  notes: ['ZNOTES'],
  list: ['ZLIST'],
  completed: ['ZCOMPLETED'],
  completedAt: ['ZCOMPLETIONDATE'],
  flagged: ['ZFLAGGED'],
  priority: ['ZPRIORITY'],
  due: ['ZDUEDATE'],
  allDay: ['ZALLDAY'],
  parent: ['ZPARENTREMINDER'],
  deleted: ['ZMARKEDFORDELETION'],
  created: ['ZCREATIONDATE'],
  modified: ['ZLASTMODIFIEDDATE'],
} as const;

/** Reminders of every account; each has a database of its own, whose name only the folder knows. Then those of before iOS 13. */
export async function* readReminders(backup: IosBackup, options: RecordOptions): AsyncGenerator<Reminder> {
  const { tally } = options;
  let found = 0;
  for (const entry of backup.manifest.entries({ domain, prefix: `${folder}Data-` })) {
    if (entry.kind !== 'file' || !entry.path.endsWith('.sqlite')) continue;
    await using db = await backup.database({ domain, path: entry.path }, options);
    if (db === undefined) continue;
    found++;
    tally.source(db.label);
    const store = entry.path.slice(folder.length, -'.sqlite'.length);
    yield* reminders(new Schema(db, tally.gap), store, options);
  }
  const hasOld = yield* readOldReminders(backup, options);
  if (found === 0 && !hasOld)
    tally.gap('reminders: the backup has no database of them, and its calendar has none, as it had before iOS 13');
}

function* reminders(
  schema: Schema,
  store: string,
  { tally, filter, forCalendarFile }: RecordOptions,
): Generator<Reminder> {
  schema.require('ZREMCDREMINDER', 'Z_PK', 'ZTITLE');
  const picked = schema.pick('ZREMCDREMINDER', wanted, 'r');
  tally.missing('ZREMCDREMINDER', picked.missing);
  tally.gap('reminders: how often they repeat, their pictures and places are not decoded');
  const context = {
    store,
    lists: listNames(schema),
    ids: identifiers(schema, store),
    titles: titles(schema),
    objects: reminderObjects(schema),
  };
  for (const row of schema.rows(`SELECT ${picked.list} FROM ZREMCDREMINDER r ORDER BY r.Z_PK`)) {
    const isDeleted = forCalendarFile === true && flag(row['deleted']);
    const why = isDeleted
      ? 'was deleted; the other formats have it'
      : outsidePeriod(dueOf(row, filter) ?? dateFromCocoa(real(row['created'])), filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why === undefined) yield build(row, context);
  }
}

const listNames = (schema: Schema): Map<number, string> => {
  if (!schema.offers('lists', 'ZREMCDBASELIST', 'Z_PK', 'ZNAME')) return new Map();
  const rows = [...schema.rows('SELECT Z_PK AS id, ZNAME AS name FROM ZREMCDBASELIST')];
  return new Map(rows.map((row) => [int(row['id']) ?? -1, text(row['name']) ?? '(no name)']));
};

interface Context {
  readonly store: string;
  readonly lists: ReadonlyMap<number, string>;
  readonly ids: ReadonlyMap<number, string>;
  readonly titles: ReadonlyMap<number, string | undefined>;
  readonly objects: ReminderObjects;
}

/** What each reminder is called outside of its database: its UUID where it has one. */
const identifiers = (schema: Schema, store: string): Map<number, string> => {
  const picked = schema.pick('ZREMCDREMINDER', { id: wanted.id, identifier: wanted.identifier }, 'r');
  const rows = [...schema.rows(`SELECT ${picked.list} FROM ZREMCDREMINDER r`)];
  return new Map(
    rows.map((row) => [int(row['id']) ?? -1, uuid(bytes(row['identifier'])) ?? `${store}-${int(row['id'])}`]),
  );
};

const titles = (schema: Schema): Map<number, string | undefined> => {
  const rows = [...schema.rows('SELECT Z_PK AS id, ZTITLE AS title FROM ZREMCDREMINDER')];
  return new Map(rows.map((row) => [int(row['id']) ?? -1, text(row['title'])]));
};

const build = (row: Row, { store, lists, ids, titles, objects }: Context): Reminder => {
  const id = int(row['id']) ?? -1;
  return {
    type: 'reminder',
    id: ids.get(id) ?? `${store}-${id}`,
    title: text(row['title']),
    notes: text(row['notes']),
    list: lists.get(int(row['list']) ?? -1),
    completed: flag(row['completed']),
    completedAt: dateFromCocoa(real(row['completedAt'])),
    flagged: flag(row['flagged']),
    priority: Math.min(Math.max(int(row['priority']) ?? 0, 0), 9),
    due: dateFromCocoa(real(row['due'])),
    dueAllDay: flag(row['allDay']),
    parent: ids.get(int(row['parent']) ?? -1),
    parentTitle: titles.get(int(row['parent']) ?? -1),
    tags: objects.tags.get(id) ?? [],
    repeats: objects.repeating.has(id),
    deleted: flag(row['deleted']),
    created: dateFromCocoa(real(row['created'])),
    modified: dateFromCocoa(real(row['modified'])),
  };
};

const uuid = (raw: Uint8Array | undefined): string | undefined => {
  if (raw?.length !== 16) return undefined;
  const hex = Buffer.from(raw).toString('hex').toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
