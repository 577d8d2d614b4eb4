import { int, text } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';
import { contactDate } from './contact-date.ts';
import type { Contact, Labelled } from './contact.ts';

export type ContactValues = Pick<
  Contact,
  'phones' | 'emails' | 'urls' | 'addresses' | 'related' | 'dates' | 'instantMessages' | 'profiles'
>;

/** The numbers that `ABMultiValue.property` gives to each kind of value. */
const property = {
  phone: 3,
  email: 4,
  address: 5,
  date: 12,
  instantMessage: 13,
  url: 22,
  related: 23,
  profile: 46,
} as const;

export const knownProperties: ReadonlySet<number> = new Set(Object.values(property));

/** The parts of addresses, instant messages and profiles that are exported, in lower case. */
export const knownParts: ReadonlySet<string> = new Set([
  'street',
  'sublocality',
  'city',
  'subadministrativearea',
  'state',
  'zip',
  'country',
  'countrycode',
  'service',
  'username',
  'identifier',
  'url',
]);

interface Value {
  readonly property: number;
  readonly label: string;
  readonly value: string | undefined;
  /** Parts of a structured value, keys in lower case. */
  readonly parts: ReadonlyMap<string, string>;
}

const what = 'numbers, addresses and all else that a contact may have several of';

/** Everything a contact has more than one of. `noDate` hears of a date that is none. */
export const readValues = (schema: Schema, person: number, noDate: (written: string) => void): ContactValues => {
  const values = schema.offers(what, 'ABMultiValue', 'UID', 'record_id', 'property', 'value')
    ? [...rows(schema, person)]
    : [];
  const of = (kind: number): Value[] => values.filter((value) => value.property === kind);
  const plain = (kind: number): Labelled[] =>
    of(kind).flatMap(({ label, value }) => (value === undefined ? [] : [{ label, value }]));
  const part = (value: Value, ...keys: string[]): string => keys.map((key) => value.parts.get(key)).find(Boolean) ?? '';
  return {
    phones: plain(property.phone),
    emails: plain(property.email),
    urls: plain(property.url),
    related: plain(property.related),
    dates: of(property.date).flatMap(({ label, value }) => {
      const date = contactDate(value);
      if (date === undefined && value !== undefined) noDate(value);
      return date === undefined ? [] : [{ label, value: date }];
    }),
    addresses: of(property.address).map((value) => ({
      label: value.label,
      value: {
        street: part(value, 'street'),
        subLocality: part(value, 'sublocality'),
        city: part(value, 'city'),
        subAdministrativeArea: part(value, 'subadministrativearea'),
        state: part(value, 'state'),
        postcode: part(value, 'zip'),
        country: part(value, 'country', 'countrycode'),
      },
    })),
    instantMessages: of(property.instantMessage).map((value) => ({
      label: value.label,
      value: { service: part(value, 'service'), user: part(value, 'username') },
    })),
    profiles: of(property.profile).map((value) => ({
      label: value.label,
      value: { service: part(value, 'service'), user: part(value, 'username', 'identifier'), url: part(value, 'url') },
    })),
  };
};

function* rows(schema: Schema, person: number): Generator<Value> {
  const labels =
    schema.offers('labels', 'ABMultiValue', 'label') && schema.offers('labels', 'ABMultiValueLabel', 'value');
  const label = labels ? '(SELECT l.value FROM ABMultiValueLabel l WHERE l.rowid = v.label)' : 'NULL';
  const sql = `SELECT v.UID AS uid, v.property AS property, v.value AS value, ${label} AS label FROM ABMultiValue v WHERE v.record_id = ? ORDER BY v.UID`;
  for (const row of schema.lookup(sql, person)) {
    yield {
      property: int(row['property']) ?? -1,
      label: plainLabel(text(row['label'])),
      value: text(row['value']),
      parts: parts(schema, int(row['uid']) ?? -1),
    };
  }
}

const parts = (schema: Schema, value: number): Map<string, string> => {
  const found = new Map<string, string>();
  const what = 'addresses, instant messages and profiles';
  if (
    !schema.offers(what, 'ABMultiValueEntry', 'parent_id', 'key', 'value') ||
    !schema.offers(what, 'ABMultiValueEntryKey', 'value')
  )
    return found;
  const sql =
    'SELECT k.value AS key, e.value AS value FROM ABMultiValueEntry e JOIN ABMultiValueEntryKey k ON k.rowid = e.key WHERE e.parent_id = ?';
  for (const row of schema.lookup(sql, value)) {
    const [key, word] = [text(row['key']), text(row['value'])];
    if (key !== undefined && word !== undefined) found.set(key.toLowerCase(), word);
  }
  return found;
};

/** Apple's own labels are wrapped: `_$!<Home>!$_`. */
const plainLabel = (label: string | undefined): string => {
  const own = /^_\$!<(.*)>!\$_$/.exec(label ?? '')?.[1];
  return own === undefined ? (label ?? '') : own.toLowerCase();
};
