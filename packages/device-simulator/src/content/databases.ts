import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { seededNumbers } from './keystream.ts';

const appleEpoch = 978_307_200;

/** The file that `fill` makes of an empty database. */
export const buildDatabase = (fill: (database: DatabaseSync) => void): Buffer => {
  const directory = mkdtempSync(join(tmpdir(), 'simulated-phone-'));
  try {
    const path = join(directory, 'database');
    const database = new DatabaseSync(path);
    try {
      database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
      fill(database);
      database.exec('COMMIT');
    } finally {
      database.close();
    }
    return readFileSync(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const people = ['Ben Okafor', 'Chiara Rossi', 'David Lindqvist', 'Emma Brandt', 'Farid Haddad', 'Grace Nakamura'];
const phrases = [
  'are you at the station already?',
  'the photos from Saturday are wonderful',
  'dinner at eight?',
  'yes',
  'I will bring the cake 🎂',
  'see you tomorrow, then',
  'did you back up your phone?',
  'in triplicate, of course',
];
const numberOf = (person: number): string => `+49301234${String(500 + person)}`;

export interface Story {
  readonly seed: string;
  readonly count: number;
  /** Unix seconds of the last entry. */
  readonly until: number;
}

/** `HomeDomain Library/SMS/sms.db`: conversations with the columns that iOS 17 has and readers ask for. */
export const messagesDatabase = ({ seed, count, until }: Story): Buffer =>
  buildDatabase((database) => {
    database.exec(`
      CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL, uncanonicalized_id TEXT, person_centric_id TEXT, UNIQUE (id, service));
      CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER, account_id TEXT, properties BLOB, chat_identifier TEXT, service_name TEXT, room_name TEXT, account_login TEXT, is_archived INTEGER DEFAULT 0, last_addressed_handle TEXT, display_name TEXT, group_id TEXT);
      CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, replace INTEGER DEFAULT 0, service_center TEXT, handle_id INTEGER DEFAULT 0, subject TEXT, country TEXT, attributedBody BLOB, version INTEGER DEFAULT 0, type INTEGER DEFAULT 0, service TEXT, account TEXT, error INTEGER DEFAULT 0, date INTEGER, date_read INTEGER, date_delivered INTEGER, is_delivered INTEGER DEFAULT 0, is_from_me INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0, item_type INTEGER DEFAULT 0, other_handle INTEGER DEFAULT 0, group_title TEXT, group_action_type INTEGER DEFAULT 0, associated_message_guid TEXT, associated_message_type INTEGER DEFAULT 0, balloon_bundle_id TEXT, payload_data BLOB, expressive_send_style_id TEXT, message_summary_info BLOB, thread_originator_guid TEXT, thread_originator_part TEXT, date_retracted INTEGER DEFAULT 0, date_edited INTEGER DEFAULT 0);
      CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, created_date INTEGER DEFAULT 0, start_date INTEGER DEFAULT 0, filename TEXT, uti TEXT, mime_type TEXT, transfer_state INTEGER DEFAULT 0, is_outgoing INTEGER DEFAULT 0, transfer_name TEXT, total_bytes INTEGER DEFAULT 0, is_sticker INTEGER DEFAULT 0, hide_attachment INTEGER DEFAULT 0);
      CREATE TABLE chat_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, message_date INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id));
      CREATE TABLE chat_recoverable_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, delete_date INTEGER, PRIMARY KEY (chat_id, message_id));
      CREATE TABLE chat_handle_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE, UNIQUE (chat_id, handle_id));
      CREATE TABLE message_attachment_join (message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE, UNIQUE (message_id, attachment_id));`);
    const handle = database.prepare(`INSERT INTO handle (id, country, service) VALUES (?, 'de', 'iMessage')`);
    const chat = database.prepare(
      `INSERT INTO chat (guid, style, state, chat_identifier, service_name) VALUES (?, 45, 3, ?, 'iMessage')`,
    );
    const joinHandle = database.prepare('INSERT INTO chat_handle_join VALUES (?, ?)');
    people.forEach((_, i) => {
      handle.run(numberOf(i));
      chat.run(`iMessage;-;${numberOf(i)}`, numberOf(i));
      joinHandle.run(i + 1, i + 1);
    });
    const message = database.prepare(
      `INSERT INTO message (guid, text, handle_id, service, date, is_from_me, is_read, is_sent, is_delivered) VALUES (?, ?, ?, 'iMessage', ?, ?, 1, ?, 1)`,
    );
    const joinMessage = database.prepare('INSERT INTO chat_message_join VALUES (?, ?, ?)');
    const number = seededNumbers(`${seed}:messages`);
    for (let i = 0; i < count; i++) {
      const person = number(people.length) + 1;
      const mine = number(2);
      const date = BigInt(until - appleEpoch - (count - i) * 600) * 1_000_000_000n;
      message.run(`${seed}-${i}`, phrases[number(phrases.length)] ?? '', person, date, mine, mine);
      joinMessage.run(person, i + 1, date);
    }
  });

/** `HomeDomain Library/AddressBook/AddressBook.sqlitedb`. */
export const contactsDatabase = ({ until }: Story): Buffer =>
  buildDatabase((database) => {
    database.exec(`
      CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT, Middle TEXT, Organization TEXT, Department TEXT, Note TEXT, Kind INTEGER, Birthday TEXT, JobTitle TEXT, Nickname TEXT, Prefix TEXT, Suffix TEXT, CreationDate INTEGER, ModificationDate INTEGER, StoreID INTEGER, guid TEXT);
      CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER, label INTEGER, value TEXT, guid TEXT);
      CREATE TABLE ABMultiValueLabel (value TEXT, UNIQUE (value));
      CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT, UNIQUE (parent_id, key));
      CREATE TABLE ABMultiValueEntryKey (value TEXT, UNIQUE (value));
      CREATE TABLE ABStore (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, Type INTEGER);
      INSERT INTO ABMultiValueLabel VALUES ('_$!<Mobile>!$_');
      INSERT INTO ABStore (Name, Type) VALUES ('Local', 0);`);
    const person = database.prepare(
      'INSERT INTO ABPerson (First, Last, Kind, CreationDate, ModificationDate, StoreID, guid) VALUES (?, ?, 0, ?, ?, 1, ?)',
    );
    const value = database.prepare(
      'INSERT INTO ABMultiValue (record_id, property, identifier, label, value, guid) VALUES (?, 3, 0, 1, ?, ?)',
    );
    people.forEach((name, i) => {
      const [first = '', last = ''] = name.split(' ');
      person.run(first, last, until - appleEpoch, until - appleEpoch, `person-${i}`);
      value.run(i + 1, numberOf(i), `phone-${i}`);
    });
  });

/** `CameraRollDomain Media/PhotoData/Photos.sqlite`, the tables that say what a picture is. */
export const photosDatabase = (
  pictures: readonly { readonly directory: string; readonly name: string; readonly taken: number }[],
): Buffer =>
  buildDatabase((database) => {
    database.exec(`
      CREATE TABLE ZASSET (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZUUID VARCHAR, ZDIRECTORY VARCHAR, ZFILENAME VARCHAR, ZDATECREATED TIMESTAMP, ZADDEDDATE TIMESTAMP, ZTRASHEDSTATE INTEGER, ZTRASHEDDATE TIMESTAMP, ZHIDDEN INTEGER, ZFAVORITE INTEGER, ZLATITUDE FLOAT, ZLONGITUDE FLOAT, ZKIND INTEGER, ZKINDSUBTYPE INTEGER, ZSAVEDASSETTYPE INTEGER, ZWIDTH INTEGER, ZHEIGHT INTEGER, ZADDITIONALATTRIBUTES INTEGER);
      CREATE TABLE ZADDITIONALASSETATTRIBUTES (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZASSET INTEGER, ZORIGINALFILENAME VARCHAR, ZTIMEZONENAME VARCHAR, ZEXIFTIMESTAMPSTRING VARCHAR);
      CREATE TABLE ZGENERICALBUM (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZKIND INTEGER, ZTITLE VARCHAR, ZTRASHEDSTATE INTEGER);
      CREATE TABLE Z_27ASSETS (Z_27ALBUMS INTEGER, Z_3ASSETS INTEGER, PRIMARY KEY (Z_27ALBUMS, Z_3ASSETS));`);
    const asset = database.prepare(
      'INSERT INTO ZASSET VALUES (?, 3, 1, ?, ?, ?, ?, ?, 0, NULL, 0, 0, -180, -180, ?, 0, 3, 4032, 3024, ?)',
    );
    const more = database.prepare(
      `INSERT INTO ZADDITIONALASSETATTRIBUTES VALUES (?, 1, 1, ?, ?, 'Europe/Berlin', NULL)`,
    );
    pictures.forEach(({ directory, name, taken }, i) => {
      const date = taken - appleEpoch;
      asset.run(i + 1, `picture-${i}`, directory, name, date, date, name.endsWith('.MOV') ? 1 : 0, i + 1);
      more.run(i + 1, i + 1, name);
    });
  });
