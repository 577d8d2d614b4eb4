import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { bytes, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import type { RecordOptions } from '../record-options.ts';
import { matchesPerson } from '../people.ts';
import type { Contact } from './contact.ts';
import { contactDate } from './contact-date.ts';
import { nameContactGaps } from './contact-gaps.ts';
import { readValues } from './contact-values.ts';
import type { ContactValues } from './contact-values.ts';

const folder = 'Library/AddressBook';
const imagesPlace = { domain: 'HomeDomain', path: `${folder}/AddressBookImages.sqlitedb` } as const;
const largestPhoto = 16 * 1024 * 1024;

const wanted = {
  id: ['ROWID'],
  first: ['First'],
  last: ['Last'],
  middle: ['Middle'],
  prefix: ['Prefix'],
  suffix: ['Suffix'],
  nickname: ['Nickname'],
  phoneticFirst: ['FirstPhonetic'],
  phoneticMiddle: ['MiddlePhonetic'],
  phoneticLast: ['LastPhonetic'],
  organization: ['Organization'],
  department: ['Department'],
  jobTitle: ['JobTitle'],
  note: ['Note'],
  kind: ['Kind'],
  birthday: ['Birthday'],
  store: ['StoreID'],
  link: ['PersonLink'],
  created: ['CreationDate'],
  modified: ['ModificationDate'],
} as const;

/** Columns that came with a version of iOS, and whose absence is nothing to speak of. */
const recent = { formerFamily: ['PreviousFamilyName'], phoneticOrganization: ['OrganizationPhonetic'] } as const;

const exportedColumns: ReadonlySet<string> = new Set(Object.values({ ...wanted, ...recent }).flat());

/** Every contact of the address book, one store after the other. A missing address book is a gap, an unknown layout UNSUPPORTED. */
export async function* readContacts(backup: IosBackup, options: RecordOptions): AsyncGenerator<Contact> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain: 'HomeDomain', path: `${folder}/AddressBook.sqlitedb` }, options);
  if (db === undefined) return tally.gap('contacts: the backup has no address book');
  tally.source(db.label);
  const schema = new Schema(db, tally.gap);
  schema.require('ABPerson', 'ROWID');
  const picked = schema.pick('ABPerson', wanted);
  const late = schema.pick('ABPerson', recent);
  tally.missing('ABPerson', picked.missing);
  nameContactGaps(schema, exportedColumns, tally.gap);
  const groups = readGroups(schema);
  const accounts = readAccounts(schema);
  await using images = options.contactPhotos === false ? undefined : await backup.database(imagesPlace, options);
  if (images === undefined && options.contactPhotos !== false)
    tally.gap('photos of contacts: the backup has no AddressBookImages.sqlitedb');
  const photos = images === undefined ? undefined : new Schema(images, tally.gap);
  for (const row of schema.rows(`SELECT ${picked.list}, ${late.list} FROM ABPerson ORDER BY ROWID`)) {
    const id = int(row['id']) ?? 0;
    const extras = {
      groups: groups.get(id) ?? [],
      account: accounts.get(int(row['store']) ?? -1),
    };
    const noDates: string[] = [];
    const values = readValues(schema, id, (written) => noDates.push(written));
    const name = displayName(row, values);
    const others = [...values.phones, ...values.emails];
    const asked = filter?.with;
    if (
      asked !== undefined &&
      !matchesPerson(asked, undefined, name) &&
      !others.some(({ value }) => matchesPerson(asked, value, name))
    ) {
      tally.skip('another person');
      continue;
    }
    tally.exported();
    const birthday = contactDate(row['birthday']);
    const written = text(row['birthday']);
    if (birthday === undefined && written !== undefined)
      tally.undecoded(`birthday of “${name}”: “${written}” is no date`);
    for (const noDate of noDates) tally.undecoded(`date of “${name}”: “${noDate}” is no date`);
    const photo = photoOf(photos, id, (what) => tally.gap(`photo of “${name}”: ${what}`));
    yield build(row, values, { ...extras, name, birthday, photo });
  }
}

interface Extras {
  readonly name: string;
  readonly birthday: string | undefined;
  readonly groups: readonly string[];
  readonly account: string | undefined;
  readonly photo: Uint8Array | undefined;
}

const build = (row: Row, values: ContactValues, { name, birthday, ...extras }: Extras): Contact => {
  const link = int(row['link']);
  return {
    id: String(int(row['id'])),
    name,
    kind: int(row['kind']) === 1 ? 'company' : 'person',
    given: text(row['first']),
    family: text(row['last']),
    middle: text(row['middle']),
    prefix: text(row['prefix']),
    suffix: text(row['suffix']),
    nickname: text(row['nickname']),
    formerFamily: text(row['formerFamily']),
    phoneticGiven: text(row['phoneticFirst']),
    phoneticMiddle: text(row['phoneticMiddle']),
    phoneticFamily: text(row['phoneticLast']),
    organization: text(row['organization']),
    phoneticOrganization: text(row['phoneticOrganization']),
    department: text(row['department']),
    jobTitle: text(row['jobTitle']),
    note: text(row['note']),
    birthday,
    ...values,
    ...extras,
    linked: link === undefined || link < 0 ? undefined : String(link),
    created: dateFromCocoa(real(row['created'])),
    modified: dateFromCocoa(real(row['modified'])),
  };
};

const displayName = (row: Row, values: ContactValues): string => {
  const organization = text(row['organization']);
  if (int(row['kind']) === 1 && organization !== undefined) return organization;
  const parts = ['prefix', 'first', 'middle', 'last', 'suffix'].flatMap((part) => text(row[part]) ?? []);
  if (parts.length > 0) return parts.join(' ');
  return text(row['nickname']) ?? organization ?? values.emails[0]?.value ?? values.phones[0]?.value ?? '(no name)';
};

const readGroups = (schema: Schema): Map<number, string[]> => {
  const groups = new Map<number, string[]>();
  if (
    !schema.offers('groups', 'ABGroup', 'Name') ||
    !schema.offers('groups', 'ABGroupMembers', 'member_id', 'group_id')
  )
    return groups;
  const sql =
    'SELECT m.member_id AS person, g.Name AS name FROM ABGroupMembers m JOIN ABGroup g ON g.ROWID = m.group_id ORDER BY m.member_id, g.Name';
  for (const row of schema.rows(sql)) {
    const person = int(row['person']) ?? -1;
    groups.set(person, [...(groups.get(person) ?? []), text(row['name']) ?? '(no name)']);
  }
  return groups;
};

const readAccounts = (schema: Schema): Map<number, string> => {
  if (!schema.offers('accounts', 'ABStore', 'Name')) return new Map();
  const rows = [...schema.rows('SELECT ROWID AS id, Name AS name FROM ABStore')];
  return new Map(
    rows.flatMap((row) =>
      text(row['name']) === undefined ? [] : [[int(row['id']) ?? -1, text(row['name']) ?? ''] as const],
    ),
  );
};

/** The largest picture that is not too large; `gap` hears of one that is. */
const photoOf = (schema: Schema | undefined, id: number, gap: (what: string) => void): Uint8Array | undefined => {
  if (schema === undefined) return undefined;
  let tooLarge = false;
  let photo: Uint8Array | undefined;
  for (const table of ['ABFullSizeImage', 'ABThumbnailImage']) {
    if (photo !== undefined || !schema.offers('photos of contacts', table, 'record_id', 'data')) continue;
    const sizes = schema.first(`SELECT max(length(data)) AS size FROM ${table} WHERE record_id = ?`, id);
    tooLarge ||= (int(sizes?.['size']) ?? 0) > largestPhoto;
    const sql = `SELECT data FROM ${table} WHERE record_id = ? AND length(data) <= ${largestPhoto} ORDER BY length(data) DESC LIMIT 1`;
    photo = bytes(schema.first(sql, id)?.['data']);
  }
  if (tooLarge) gap(`it is larger than 16 MiB and left out${photo === undefined ? '' : '; the small one is exported'}`);
  return photo;
};
