import type { Contact, Labelled } from '../records/contacts/contact.ts';
import { contentLine, escapeText, parameter } from './content-line.ts';

export type VCardVersion = '3.0' | '4.0';

/** The labels that vCard has a TYPE for; any other becomes an X-ABLabel, as Apple writes it. */
const types: Readonly<Record<string, string>> = {
  home: 'home',
  work: 'work',
  mobile: 'cell',
  iphone: 'cell',
  main: 'main',
  pager: 'pager',
  'home fax': 'fax,home',
  'work fax': 'fax,work',
};

/** One contact as a vCard of RFC 6350 (4.0) or RFC 2426 (3.0), each line folded. */
export const vCard = (contact: Contact, version: VCardVersion): string => {
  const writer = new Writer(version);
  writer.line('BEGIN', 'VCARD');
  writer.line('VERSION', version);
  writer.line('FN', escapeText(contact.name));
  writer.structured('N', [contact.family, contact.given, contact.middle, contact.prefix, contact.suffix]);
  writer.text('NICKNAME', contact.nickname);
  writer.text('X-PHONETIC-FIRST-NAME', contact.phoneticGiven);
  writer.text('X-PHONETIC-MIDDLE-NAME', contact.phoneticMiddle);
  writer.text('X-PHONETIC-LAST-NAME', contact.phoneticFamily);
  writer.text('X-MAIDENNAME', contact.formerFamily);
  if (contact.organization !== undefined || contact.department !== undefined) {
    writer.structured(
      'ORG',
      contact.department === undefined ? [contact.organization] : [contact.organization, contact.department],
    );
  }
  writer.text('X-PHONETIC-ORG', contact.phoneticOrganization);
  writer.text('TITLE', contact.jobTitle);
  if (contact.kind === 'company')
    writer.line(version === '4.0' ? 'KIND' : 'X-ABSHOWAS', version === '4.0' ? 'org' : 'COMPANY');
  values(writer, contact);
  writer.birthday(contact.birthday);
  writer.text('NOTE', contact.note);
  if (contact.groups.length > 0) writer.line('CATEGORIES', contact.groups.map(escapeText).join(','));
  writer.photo(contact.photo);
  if (contact.modified !== undefined) writer.line('REV', contact.modified.toISOString().replaceAll(/[-:]|\.\d+/g, ''));
  writer.line('END', 'VCARD');
  return writer.result;
};

const values = (writer: Writer, contact: Contact): void => {
  for (const phone of contact.phones) writer.labelled('TEL', phone, escapeText(phone.value));
  for (const email of contact.emails) writer.labelled('EMAIL', email, escapeText(email.value));
  for (const url of contact.urls) writer.labelled('URL', url, oneLine(url.value));
  for (const address of contact.addresses) {
    const { street, city, state, postcode, country } = address.value;
    // vCard has no place for these two; Apple writes them beside it.
    const beside = [
      ['X-APPLE-SUBLOCALITY', address.value.subLocality],
      ['X-APPLE-SUBADMINISTRATIVEAREA', address.value.subAdministrativeArea],
    ].flatMap(([name, value]) => (name === undefined || !value ? [] : [[name, escapeText(value)] as const]));
    const parts = ['', '', street, city, state, postcode, country].map(escapeText).join(';');
    writer.labelled('ADR', address, parts, { beside });
  }
  for (const date of contact.dates) {
    const { value, parameter: omitted } = writer.day(date.value);
    writer.labelled('X-ABDATE', date, value, omitted === undefined ? {} : { parameter: omitted });
  }
  for (const related of contact.related) {
    if (writer.version === '4.0')
      writer.labelled('RELATED', related, escapeText(related.value), { parameter: 'VALUE=text' });
    else writer.labelled('X-ABRELATEDNAMES', related, escapeText(related.value));
  }
  for (const im of contact.instantMessages) {
    writer.labelled(
      'IMPP',
      im,
      `${(im.value.service || 'x-im').toLowerCase().replaceAll(/[^a-z\d]/g, '-')}:${encodeURIComponent(im.value.user)}`,
    );
  }
  for (const profile of contact.profiles) {
    writer.labelled(
      'X-SOCIALPROFILE',
      { label: profile.value.service || profile.label, value: profile },
      oneLine(profile.value.url || profile.value.user),
    );
  }
};

/** A URI is no text value and has no escapes: what would break the line is left out. */
// oxlint-disable-next-line no-control-regex -- a line break inside a URI would begin another property
const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f]/g, '');

interface Extra {
  readonly parameter?: string;
  /** Lines of the same group. */
  readonly beside?: readonly (readonly [name: string, value: string])[];
}

class Writer {
  readonly version: VCardVersion;
  result = '';
  #items = 0;

  constructor(version: VCardVersion) {
    this.version = version;
  }

  line(name: string, value: string): void {
    this.result += contentLine(`${name}:${value}`);
  }

  text(name: string, value: string | undefined): void {
    if (value !== undefined) this.line(name, escapeText(value));
  }

  structured(name: string, parts: readonly (string | undefined)[]): void {
    this.line(name, parts.map((part) => escapeText(part ?? '')).join(';'));
  }

  labelled(name: string, { label }: Labelled<unknown>, value: string, extra: Extra = {}): void {
    const type = types[label.toLowerCase()];
    const parameters = [
      ...(extra.parameter === undefined ? [] : [extra.parameter]),
      ...(type === undefined ? [] : type.split(',').map((t) => `TYPE=${t}`)),
    ];
    const tail = parameters.map((p) => `;${p}`).join('');
    const beside = extra.beside ?? [];
    const isPlain = type !== undefined || label === '';
    if (isPlain && beside.length === 0) return this.line(`${name}${tail}`, value);
    if (name === 'X-SOCIALPROFILE') return this.line(`${name};TYPE=${parameter(label)}`, value);
    this.#items++;
    this.line(`item${this.#items}.${name}${tail}`, value);
    for (const [other, content] of beside) this.line(`item${this.#items}.${other}`, content);
    if (!isPlain) this.line(`item${this.#items}.X-ABLabel`, escapeText(label));
  }

  /** A day in the form of the version. vCard 3 has none without a year: Apple's way is a year that a parameter says to leave out. */
  day(date: string): { readonly value: string; readonly parameter?: string } {
    const unknownYear = date.startsWith('--');
    if (!unknownYear) return { value: date };
    if (this.version === '4.0') return { value: date.replaceAll(/(?<=\d)-/g, '') };
    return { value: `1604${date.slice(1)}`, parameter: 'X-APPLE-OMIT-YEAR=1604' };
  }

  birthday(date: string | undefined): void {
    if (date === undefined) return;
    const { value, parameter: omitted } = this.day(date);
    const written = this.version === '4.0' ? value.replaceAll(/(?<=\d)-/g, '') : value;
    this.line(omitted === undefined ? 'BDAY' : `BDAY;${omitted}`, written);
  }

  photo(data: Uint8Array | undefined): void {
    if (data === undefined) return;
    const kind = data[0] === 0x89 ? 'png' : data[0] === 0x47 ? 'gif' : 'jpeg';
    const base64 = Buffer.from(data).toString('base64');
    if (this.version === '4.0') this.line('PHOTO', `data:image/${kind};base64,${base64}`);
    else this.line(`PHOTO;ENCODING=b;TYPE=${kind.toUpperCase()}`, base64);
  }
}
