import { isBackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { foldText } from '../decode/fold-text.ts';
import type { IosBackup, PhonePath } from '../backup/ios-backup.ts';
import type { Contact } from '../records/contacts/contact.ts';
import { readContacts } from '../records/contacts/read-contacts.ts';
import type { ConversationRecord } from '../records/messages/message.ts';
import { personName } from '../records/messages/message.ts';
import { readMessages } from '../records/messages/read-messages.ts';
import { readNotes } from '../records/notes/read-notes.ts';
import { Tally } from '../records/tally.ts';
import { readWhatsApp } from '../records/whatsapp/read-whatsapp.ts';
import { noteText } from '../render/note-render.ts';

export const textKinds = ['messages', 'whatsapp', 'notes', 'contacts'] as const;

/** One place in a backup where the words stand. */
export interface TextHit {
  readonly kind: (typeof textKinds)[number];
  /** The same in every snapshot: it says when something was last there. */
  readonly id: string;
  /** The conversation, the note or the contact. */
  readonly where: string;
  readonly from: string | undefined;
  readonly at: Date | undefined;
  /** It was deleted, and is among what can be had back for some weeks. */
  readonly recentlyDeleted?: true;
  /** The words with some of what stands around them. */
  readonly excerpt: string;
}

export interface FindOptions extends CallOptions {
  readonly notePassword?: string | undefined;
  /** Hears which kind could not be looked through as a whole, and why. */
  readonly failed?: ((kind: TextHit['kind'], why: string) => void) | undefined;
  /** Hears what else this backup does not give. */
  readonly gap?: ((what: string) => void) | undefined;
  /** Whether this kind was looked through with the same databases before; it is left out then. Asked where that can be told without reading. */
  readonly unchanged?: ((kind: TextHit['kind'], fingerprint: string) => boolean) | undefined;
}

const home = (path: string): PhonePath => ({ domain: 'HomeDomain', path });
const addressBook = home('Library/AddressBook/AddressBook.sqlitedb');
const whatsappFiles = ['WhatsApp', 'WhatsAppSMB'].flatMap((app) =>
  ['ChatStorage.sqlite', 'ContactsV2.sqlite'].map((path) => ({
    domain: `AppDomainGroup-group.net.whatsapp.${app}.shared`,
    path,
  })),
);

/** What each kind is read from; names of people come from the address book. */
const databases: Readonly<Record<TextHit['kind'], readonly PhonePath[]>> = {
  messages: [home('Library/SMS/sms.db'), addressBook],
  whatsapp: whatsappFiles,
  notes: [
    { domain: 'AppDomainGroup-group.com.apple.notes', path: 'NoteStore.sqlite' },
    home('Library/Notes/notes.sqlite'),
  ],
  contacts: [addressBook],
};

/** Looks for words in messages, notes and contacts, whatever their case. A part that cannot be read is said and the rest is looked through. */
export async function* findText(backup: IosBackup, words: string, options: FindOptions): AsyncGenerator<TextHit> {
  const wanted = foldText(words);
  if (wanted === '') return;
  for (const [kind, search] of Object.entries(searches) as [TextHit['kind'], Search][]) {
    const fingerprint = options.unchanged && (await fingerprintOf(backup, kind, options));
    if (fingerprint !== undefined && options.unchanged?.(kind, fingerprint) === true) continue;
    const tally = new Tally('find');
    for (const damage of backup.manifest.damage ?? []) tally.damaged(damage);
    try {
      yield* search(backup, wanted, { ...options, tally });
    } catch (error) {
      if (!isBackupError(error) || error.code === 'ABORTED') throw error;
      options.failed?.(kind, error.message);
    }
    for (const failure of tally.failures) options.failed?.(kind, failure);
    for (const gap of tally.report().gaps) if (!tally.failures.includes(gap)) options.gap?.(gap);
  }
}

/** Of all databases of a kind with their logs. */
const fingerprintOf = async (
  backup: IosBackup,
  kind: TextHit['kind'],
  { signal }: CallOptions,
): Promise<string | undefined> => {
  const parts: string[] = [];
  for (const { domain, path } of databases[kind]) {
    for (const suffix of ['', '-wal', '-journal']) {
      const part = await backup.fingerprint({ domain, path: path + suffix }, { signal });
      if (part === undefined) return undefined;
      parts.push(part);
    }
  }
  return parts.join('\n');
};

type Search = (backup: IosBackup, wanted: string, options: SearchOptions) => AsyncGenerator<TextHit>;

interface SearchOptions extends FindOptions {
  readonly tally: Tally;
}

const messages = (backup: IosBackup, wanted: string, options: SearchOptions): AsyncGenerator<TextHit> =>
  conversations('messages', readMessages(backup, options), wanted);

const whatsapp = (backup: IosBackup, wanted: string, options: SearchOptions): AsyncGenerator<TextHit> =>
  conversations('whatsapp', readWhatsApp(backup, options), wanted);

async function* conversations(
  kind: 'messages' | 'whatsapp',
  records: AsyncIterable<ConversationRecord>,
  wanted: string,
): AsyncGenerator<TextHit> {
  let where = '';
  for await (const record of records) {
    if (record.type === 'chat') {
      where = record.chat.name;
      continue;
    }
    const { message } = record;
    const before = message.edits.flatMap((edit) => edit.text ?? []);
    const files = message.attachments.map((attachment) => attachment.name);
    const excerpt = firstExcerpt(
      [message.text, message.subject, message.app?.title, message.app?.url, message.event, ...before, ...files],
      wanted,
    );
    if (excerpt !== undefined)
      yield {
        kind,
        // What was sent to several at once has one id in the conversation with each.
        id: kind === 'whatsapp' ? `${message.chat} ${message.id}` : message.id,
        where,
        from: personName(message.from),
        at: message.at,
        excerpt,
        ...deletedOnly(message.recentlyDeleted),
      };
  }
}

async function* notes(backup: IosBackup, wanted: string, options: SearchOptions): AsyncGenerator<TextHit> {
  for await (const note of readNotes(backup, options)) {
    const excerpt = firstExcerpt([note.title, note.unreadable === undefined ? noteText(note) : undefined], wanted);
    if (excerpt !== undefined)
      yield {
        kind: 'notes',
        id: note.id,
        where: note.title,
        from: undefined,
        at: note.modified,
        excerpt,
        ...deletedOnly(note.deleted),
      };
  }
}

async function* contacts(backup: IosBackup, wanted: string, options: SearchOptions): AsyncGenerator<TextHit> {
  for await (const contact of readContacts(backup, { ...options, contactPhotos: false })) {
    const excerpt = firstExcerpt(wordsOf(contact), wanted);
    if (excerpt !== undefined)
      yield { kind: 'contacts', id: contact.id, where: contact.name, from: undefined, at: contact.modified, excerpt };
  }
}

const searches: Readonly<Record<TextHit['kind'], Search>> = { messages, whatsapp, notes, contacts };

const wordsOf = (contact: Contact): (string | undefined)[] => [
  contact.name,
  contact.organization,
  contact.nickname,
  contact.jobTitle,
  contact.note,
  ...[...contact.phones, ...contact.emails, ...contact.urls, ...contact.related].map(({ value }) => value),
  ...contact.addresses.map(({ value }) => Object.values(value).filter(Boolean).join(', ')),
];

const deletedOnly = (isDeleted: boolean): { recentlyDeleted?: true } => (isDeleted ? { recentlyDeleted: true } : {});

/** Where in a text the character stands that has a place in its folded form, which may be longer. */
const placeOf = (text: string, folded: number): number => {
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (foldText(text.slice(0, middle)).length <= folded) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** How much is shown on each side. */
const around = 40;

const firstExcerpt = (texts: readonly (string | undefined)[], wanted: string): string | undefined => {
  for (const text of texts) {
    if (text === undefined) continue;
    const at = foldText(text).indexOf(wanted);
    if (at < 0) continue;
    const [from, to] = [Math.max(0, placeOf(text, at) - around), placeOf(text, at + wanted.length) + around];
    return `${from > 0 ? '…' : ''}${text.slice(from, to).toWellFormed().replaceAll(/\s+/g, ' ')}${to < text.length ? '…' : ''}`;
  }
  return undefined;
};
