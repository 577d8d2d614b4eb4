import type { IosBackup, PhonePath } from '../../backup/ios-backup.ts';
import { dateFromCocoa, dateFromUnix } from '../../decode/apple-time.ts';
import type { OpenDatabase } from '../../sqlite/open-database.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';

export type SafariRecord = Bookmark | Visit | Tab;

export interface Bookmark {
  readonly type: 'bookmark' | 'reading list';
  readonly title: string | undefined;
  readonly url: string;
  /** From the outermost folder to the one it is in. */
  readonly folders: readonly string[];
  readonly at: Date | undefined;
  /** Only on the reading list. */
  readonly read: boolean | undefined;
}

export interface Visit {
  readonly type: 'visit';
  readonly title: string | undefined;
  readonly url: string;
  readonly at: Date | undefined;
}

export interface Tab {
  readonly type: 'tab';
  readonly title: string | undefined;
  readonly url: string;
  readonly at: Date | undefined;
  /** Absent where the database does not say. */
  readonly private: boolean | undefined;
}

const app = 'AppDomain-com.apple.mobilesafari';
const places = (name: string): PhonePath[] =>
  ['HomeDomain', app].map((domain) => ({ domain, path: `Library/Safari/${name}` }));

const readingList = 3;
const deepest = 64;

/** Bookmarks and the reading list, then open tabs, then the history; only an encrypted backup has the history. */
export async function* readSafari(backup: IosBackup, options: RecordOptions): AsyncGenerator<SafariRecord> {
  yield* section(
    backup,
    { name: 'Bookmarks.db', gap: 'bookmarks: the backup has no Bookmarks.db', read: bookmarks },
    options,
  );
  yield* section(backup, { name: 'BrowserState.db', gap: undefined, read: tabs }, options);
  const noTabs = 'tabs: the backup has neither BrowserState.db nor SafariTabs.db';
  yield* section(backup, { name: 'SafariTabs.db', gap: noTabs, unless: 'BrowserState.db', read: groupedTabs }, options);
  const why = backup.info.encrypted ? 'the backup has no History.db' : 'only encrypted backups hold it';
  yield* section(backup, { name: 'History.db', gap: `history: ${why}`, read: visits }, options);
}

interface Section {
  readonly name: string;
  /** What it means that the database is not there; absent when another one may stand for it. */
  readonly gap: string | undefined;
  /** A database whose presence makes up for the absence of this one. */
  readonly unless?: string;
  readonly read: (schema: Schema, options: RecordOptions) => Generator<SafariRecord>;
}

async function* section(
  backup: IosBackup,
  { name, gap, unless, read }: Section,
  options: RecordOptions,
): AsyncGenerator<SafariRecord> {
  await using db = await firstDatabase(backup, places(name), options);
  if (db === undefined) {
    const other =
      unless !== undefined &&
      places(unless).some(({ domain, path }) => backup.manifest.find(domain, path) !== undefined);
    return gap === undefined || other ? undefined : options.tally.gap(gap);
  }
  options.tally.source(db.label);
  for (const record of read(new Schema(db, options.tally.gap), options)) {
    const why = outsidePeriod(record.at, options.filter);
    if (why === undefined) options.tally.exported();
    else options.tally.skip(why);
    if (why === undefined) yield record;
  }
}

const firstDatabase = async (
  backup: IosBackup,
  all: readonly PhonePath[],
  options: RecordOptions,
): Promise<OpenDatabase | undefined> => {
  for (const place of all) {
    const db = await backup.database(place, options);
    if (db !== undefined) return db;
  }
  return undefined;
};

function* bookmarks(schema: Schema, { tally }: RecordOptions): Generator<Bookmark> {
  schema.require('bookmarks', 'id', 'parent', 'type', 'url');
  const picked = schema.pick('bookmarks', bookmarkColumns, 'b');
  tally.missing(
    'bookmarks',
    picked.missing.filter((alias) => alias !== 'deleted'),
  );
  const folders = new Map<number, Folder>();
  for (const row of schema.rows(`SELECT ${picked.list} FROM bookmarks b WHERE b.type = 1`)) {
    const title = text(row['title']) ?? '';
    folders.set(int(row['id']) ?? -1, {
      title: folderNames[title] ?? title,
      parent: int(row['parent']),
      special: int(row['special']),
    });
  }
  tally.skip('is a folder of bookmarks', folders.size);
  const order = picked.has('order') ? 'b.parent, b.order_index, b.id' : 'b.id';
  const found: Bookmark[] = [];
  for (const row of schema.rows(`SELECT ${picked.list} FROM bookmarks b WHERE b.type IS NOT 1 ORDER BY ${order}`)) {
    const url = text(row['url']);
    if (url === undefined || flag(row['deleted']))
      tally.skip(url === undefined ? 'has no address' : 'marked as deleted');
    else found.push(bookmark(row, url, folders));
  }
  // A folder's bookmarks come together, folders inside a folder after its own.
  yield* found.toSorted((a, b) => compare(a.folders.join('\0'), b.folders.join('\0')));
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const bookmarkColumns = {
  id: ['id'],
  parent: ['parent'],
  type: ['type'],
  title: ['title'],
  url: ['url'],
  special: ['special_id'],
  read: ['read'],
  modified: ['last_modified'],
  order: ['order_index'],
  deleted: ['deleted'],
} as const;

interface Folder {
  readonly title: string;
  readonly parent: number | undefined;
  readonly special: number | undefined;
}

const bookmark = (row: Row, url: string, folders: ReadonlyMap<number, Folder>): Bookmark => {
  const path: string[] = [];
  let onList = text(row['read']) !== undefined;
  const seen = new Set<Folder>();
  let folder = folders.get(int(row['parent']) ?? -1);
  while (folder !== undefined && !seen.has(folder) && seen.size < deepest) {
    seen.add(folder);
    if (folder.special === readingList) onList = true;
    if (folder.title !== '' && folder.title !== 'Root') path.unshift(folder.title);
    folder = folders.get(folder.parent ?? -1);
  }
  // Unlike everything else in Safari, this column counts from 1970.
  const at = dateFromUnix(real(row['modified']));
  const type = onList ? 'reading list' : 'bookmark';
  return { type, title: text(row['title']), url, folders: path, at, read: onList ? flag(row['read']) : undefined };
};

const folderNames: Readonly<Record<string, string>> = {
  BookmarksBar: 'Favourites',
  BookmarksMenu: 'Bookmarks menu',
  'com.apple.ReadingList': 'Reading list',
};

function* tabs(schema: Schema, { tally }: RecordOptions): Generator<Tab> {
  schema.require('tabs', 'url');
  const picked = schema.choose(
    'tabs',
    {
      title: ['title'],
      url: ['url'],
      viewed: ['last_viewed_time'],
      private: ['private_browsing'],
      order: ['order_index'],
    },
    't',
  );
  for (const row of schema.rows(
    `SELECT ${picked.list} FROM tabs t ORDER BY ${picked.has('order') ? 't.order_index' : 't.rowid'}`,
  )) {
    const url = text(row['url']);
    if (url === undefined) tally.skip('has no address');
    else
      yield {
        type: 'tab',
        title: text(row['title']),
        url,
        at: dateFromCocoa(real(row['viewed'])),
        private: flag(row['private']),
      };
  }
}

/** Since iOS 15 tabs stand among the bookmarks of a database of their own, in folders for their groups. */
function* groupedTabs(schema: Schema, { tally }: RecordOptions): Generator<Tab> {
  schema.require('bookmarks', 'id', 'type', 'url');
  tally.gap(
    'tabs: their groups, when they were viewed and whether they are private are not decoded from SafariTabs.db',
  );
  const picked = schema.choose(
    'bookmarks',
    { title: ['title'], url: ['url'], type: ['type'], order: ['order_index'] },
    'b',
  );
  for (const row of schema.rows(
    `SELECT ${picked.list} FROM bookmarks b ORDER BY ${picked.has('order') ? 'b.order_index, b.id' : 'b.id'}`,
  )) {
    const url = text(row['url']);
    if (url === undefined) tally.skip(int(row['type']) === 1 ? 'is a group of tabs' : 'has no address');
    else yield { type: 'tab', title: text(row['title']), url, at: undefined, private: undefined };
  }
}

function* visits(schema: Schema, { tally }: RecordOptions): Generator<Visit> {
  schema.require('history_visits', 'history_item', 'visit_time');
  schema.require('history_items', 'id', 'url');
  const title = schema.offers('titles of the history', 'history_visits', 'title') ? 'v.title' : 'NULL';
  const sql = `SELECT i.url AS url, v.visit_time AS at, ${title} AS title FROM history_visits v LEFT JOIN history_items i ON i.id = v.history_item ORDER BY v.visit_time, v.rowid`;
  for (const row of schema.rows(sql)) {
    const url = text(row['url']);
    if (url === undefined) tally.skip('has no address');
    else yield { type: 'visit', title: text(row['title']), url, at: dateFromCocoa(real(row['at'])) };
  }
}
