import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportFormat, ExportKind } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import { hostile } from '../fixtures/hostile.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { messagesSchema } from '../fixtures/phone/messages.ts';
import { cocoa, nanos, pixel } from '../fixtures/phone/times.ts';
import { message } from '../fixtures/protobuf-writer.ts';
import { signal } from '../fixtures/signal.ts';
import { attributedBody } from '../fixtures/typedstream-writer.ts';

/** A phone on which every text that can be is hostile. */
const sms = database(messagesSchema, {
  handle: hostile.map((id, at) => ({ ROWID: at + 1, id, service: `${at}` })),
  chat: hostile.map((name, at) => ({
    ROWID: at + 1,
    guid: `chat${at}`,
    style: 43,
    chat_identifier: name,
    service_name: name,
    display_name: name,
  })),
  chat_handle_join: hostile.map((_, at) => ({ chat_id: at + 1, handle_id: at + 1 })),
  message: hostile.flatMap((text, at) => [
    {
      ROWID: 2 * at + 1,
      guid: `m${at} ${text}`,
      text,
      subject: text,
      service: text,
      handle_id: at + 1,
      date: nanos('2024-01-01T00:00:00Z'),
      balloon_bundle_id: text,
      group_title: text,
      expressive_send_style_id: text,
    },
    {
      ROWID: 2 * at + 2,
      guid: `n${at} ${text}`,
      text: null,
      attributedBody: attributedBody([{ text: `${text} `, attributes: {} }]),
      handle_id: at + 1,
      item_type: at % 3,
      group_title: text,
      thread_originator_guid: `m${at} ${text}`,
      date: nanos('2024-01-02T00:00:00Z'),
    },
  ]),
  chat_message_join: hostile.flatMap((_, at) => [1, 2].map((n) => ({ chat_id: at + 1, message_id: 2 * at + n }))),
  attachment: hostile.map((name, at) => ({
    ROWID: at + 1,
    guid: `a${at}`,
    filename: '~/Library/SMS/Attachments/a.png',
    mime_type: name,
    transfer_name: name,
  })),
  message_attachment_join: hostile.map((_, at) => ({ message_id: 2 * at + 1, attachment_id: at + 1 })),
});

const people = database(
  'CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Last TEXT, Organization TEXT, Note TEXT, Nickname TEXT, JobTitle TEXT); CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, label INTEGER, value TEXT); CREATE TABLE ABMultiValueLabel (value TEXT)',
  {
    ABPerson: hostile.map((text, at) => ({
      ROWID: at + 1,
      First: text,
      Last: text,
      Organization: text,
      Note: text,
      Nickname: text,
      JobTitle: text,
    })),
    ABMultiValueLabel: hostile.map((value) => ({ value })),
    ABMultiValue: hostile.flatMap((value, at) =>
      [3, 4, 22, 23].map((property, n) => ({
        UID: at * 4 + n,
        record_id: at + 1,
        property,
        label: at + 1,
        value,
      })),
    ),
  },
);

const noteOf = (text: string): Buffer =>
  message([2, message([3, message([2, `${text} tail`], [5, message([1, text.length + 5], [9, text])])])]);
const notes = database(
  'CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER, Z_NAME VARCHAR); CREATE TABLE ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZNOTE INTEGER, ZDATA BLOB); CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZIDENTIFIER VARCHAR, ZTITLE1 VARCHAR, ZFOLDER INTEGER, ZTITLE2 VARCHAR)',
  {
    Z_PRIMARYKEY: [
      { Z_ENT: 1, Z_NAME: 'ICNote' },
      { Z_ENT: 2, Z_NAME: 'ICFolder' },
    ],
    ZICCLOUDSYNCINGOBJECT: hostile.flatMap((text, at) => [
      { Z_PK: at + 1, Z_ENT: 1, ZIDENTIFIER: `${at}`, ZTITLE1: text, ZFOLDER: 1000 + at },
      { Z_PK: 1000 + at, Z_ENT: 2, ZIDENTIFIER: `f${at}`, ZTITLE2: text },
    ]),
    ZICNOTEDATA: hostile.map((text, at) => ({ Z_PK: at + 1, ZNOTE: at + 1, ZDATA: noteOf(text) })),
  },
);

const bookmarks = database(
  'CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, parent INTEGER, type INTEGER, title TEXT, url TEXT, order_index INTEGER, special_id INTEGER, read INTEGER, last_modified REAL)',
  {
    bookmarks: hostile.flatMap((text, at) => [
      { id: 2 * at + 1, parent: 0, type: 1, title: text, order_index: at },
      { id: 2 * at + 2, parent: 2 * at + 1, type: 0, title: text, url: text, order_index: at },
    ]),
  },
);

const events = database(
  'CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT, description TEXT, start_date REAL, start_tz TEXT, url TEXT, unique_identifier TEXT, calendar_id INTEGER); CREATE TABLE Calendar (ROWID INTEGER PRIMARY KEY, title TEXT)',
  {
    CalendarItem: hostile.map((text, at) => ({
      ROWID: at + 1,
      summary: text,
      description: text,
      start_date: cocoa('2024-01-01T00:00:00Z'),
      start_tz: text,
      url: text,
      unique_identifier: text,
      calendar_id: at + 1,
    })),
    Calendar: hostile.map((title, at) => ({ ROWID: at + 1, title })),
  },
);

const phone = buildBackup({
  entries: [
    { domain: 'HomeDomain', path: 'Library/SMS/sms.db', bytes: sms },
    { domain: 'MediaDomain', path: 'Library/SMS/Attachments/a.png', bytes: pixel },
    { domain: 'HomeDomain', path: 'Library/AddressBook/AddressBook.sqlitedb', bytes: people },
    { domain: 'AppDomainGroup-group.com.apple.notes', path: 'NoteStore.sqlite', bytes: notes },
    { domain: 'HomeDomain', path: 'Library/Safari/Bookmarks.db', bytes: bookmarks },
    { domain: 'HomeDomain', path: 'Library/Calendar/Calendar.sqlitedb', bytes: events },
  ],
});

const exported = async (kind: ExportKind, format: ExportFormat): Promise<MemorySink> => {
  const sink = new MemorySink();
  await using backup = await openBackup(phone, { signal });
  const report = await exportBackup(backup, { kind, format }, sink, { signal });
  expect(report.exported).toBeGreaterThanOrEqual(hostile.length - 4);
  return sink;
};

/** Python's own parser says which tags and attributes a page has; it is no code of ours. */
const judge = `
import json, sys
from html.parser import HTMLParser
class Judge(HTMLParser):
    def __init__(self): super().__init__(); self.seen = set()
    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        for name, value in attrs:
            self.seen.add(tag + ' ' + name)
            if name in ('href', 'src'): self.seen.add(tag + ' ' + name + ' = ' + (value or '').split(':')[0] if ':' in (value or '').split('/')[0] else tag + ' ' + name + ' relative')
    handle_startendtag = handle_starttag
def parts(page):
    judge = Judge(); judge.feed(page); return sorted(judge.seen)
print(json.dumps({name: parts(page) for name, page in json.load(sys.stdin).items()}))
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const partsOf = (pages: Readonly<Record<string, string>>): Record<string, string[]> => {
  const { stdout } = spawnSync('python3', ['-c', judge], {
    input: JSON.stringify(pages),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as Record<string, string[]>;
};

const allowed = new Set(
  (
    'html,html lang,head,body,title,style,meta,meta charset,meta http-equiv,meta content,meta name,h1,h1 dir,h2,h2 dir,h3,h3 dir,p,p class,p dir,div,div class,div dir,div style,div title,span,span class,b,i,u,s,a,a href,a rel,a class,' +
    'a href = http,a href = https,a href = mailto,a href = tel,a href relative,img,img loading,img src,img alt,img src relative,footer,ul,li,li dir,table,thead,tbody,tr,th,td,td dir,pre,pre dir,blockquote,blockquote dir,dl,dt,h3,a add_date'
  ).split(','),
);

describe.skipIf(!hasPython)('text from a phone, by the judgement of another parser,', () => {
  it.each(['messages', 'contacts', 'notes', 'safari', 'calendar'] as const)(
    'never becomes markup in %s',
    async (kind) => {
      const sink = await exported(kind, 'html');
      const pages = sink.paths.filter((path) => path.endsWith('.html'));
      expect(pages.length).toBeGreaterThan(0);
      const judged = partsOf(Object.fromEntries(pages.map((path) => [path, sink.text(path)])));
      for (const [page, parts] of Object.entries(judged)) {
        expect([page, parts.filter((part) => !allowed.has(part))]).toEqual([page, []]);
      }
      expect(Object.values(judged).flat()).toContain('h1');
    },
  );
});

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const notSafe = /^\.|[\\:*?"<>|\u0000-\u001f]/;
const bad = (part: string): boolean => part === '' || notSafe.test(part) || Buffer.byteLength(part) > 200;

describe('text from a phone', () => {
  it('names no file outside of the export', async () => {
    for (const [kind, format] of [
      ['messages', 'html'],
      ['notes', 'md'],
    ] as const) {
      for (const path of (await exported(kind, format)).paths) {
        expect([path, path.split('/').some(bad)]).toEqual([path, false]);
      }
    }
  });

  it('begins no other card and no other event', async () => {
    const cards = (await exported('contacts', 'vcard')).text('contacts.vcf');
    const calendar = (await exported('calendar', 'ics')).text('calendar.ics');
    expect(cards.split('\r\n').filter((line) => line === 'BEGIN:VCARD')).toHaveLength(hostile.length);
    expect(calendar.split('\r\n').filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(hostile.length);
    for (const line of [...cards.split('\r\n'), ...calendar.split('\r\n')]) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      expect(line).not.toMatch(/[\r\n\0]/);
      expect(line).toMatch(/^( |[A-Z0-9-]+[;:]|item\d+\.[A-Za-z-]+[;:]|$)/);
    }
  });

  it('runs in no spreadsheet', async () => {
    const csv = (await exported('messages', 'csv')).text('messages.csv');
    expect(csv).not.toMatch(/(^|,|\n)"?[=@]/m);
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"",""x"")"`);
  });

  it('is whole in JSON', async () => {
    const document = (await exported('messages', 'json')).text('messages.json');
    const { records } = JSON.parse(document) as { records: { message?: { text?: string } }[] };
    const texts = new Set(records.flatMap((record) => record.message?.text ?? []));
    const expected = hostile.filter((text) => text.trim() !== '' && text.isWellFormed());
    expect(expected.filter((text) => !texts.has(text))).toEqual([]);
  });
});
