import { createHash } from 'node:crypto';
import { isBackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { IosBackup } from '../backup/ios-backup.ts';
import { readCalendar } from '../records/calendar/read-calendar.ts';
import { readReminders } from '../records/calendar/read-reminders.ts';
import { readContacts } from '../records/contacts/read-contacts.ts';
import type { Chat, ChatMessage, ConversationRecord } from '../records/messages/message.ts';
import { personName } from '../records/messages/message.ts';
import { readMessages } from '../records/messages/read-messages.ts';
import { readNotes } from '../records/notes/read-notes.ts';
import { readPhotos } from '../records/photos/read-photos.ts';
import { Tally } from '../records/tally.ts';
import { readWhatsApp } from '../records/whatsapp/read-whatsapp.ts';
import { documentItems } from './document-items.ts';

export type ComparedKind =
  'apps' | 'messages' | 'whatsapp' | 'contacts' | 'notes' | 'photos' | 'calendar' | 'reminders' | 'documents';

/** What happened to one kind of record in one place between two versions. */
export interface Difference {
  readonly kind: ComparedKind;
  readonly change: 'added' | 'removed' | 'changed';
  /** The conversation, for messages; absent for kinds that have no such place. */
  readonly where: string | undefined;
  /** The record stays as it is, and its file is not in the newer backup any more, or is there again. */
  readonly file?: 'gone' | 'back';
  readonly count: number;
  /** Some of them, as a person would call them. */
  readonly examples: readonly string[];
  /** What happened to a group itself, in words; it is no matter of its messages then. */
  readonly group?: string;
}

export interface CompareOptions extends CallOptions {
  /** Hears what could not be compared. */
  readonly gap?: ((what: string) => void) | undefined;
}

/** One record, as it is compared. */
export interface Item {
  /** The same in every backup, whatever the conversation is called by then. */
  readonly id: string;
  readonly where: string | undefined;
  readonly label: string;
  /** What is looked at to say that it changed. */
  readonly content: unknown;
  /** The members of a group, which is no message. */
  readonly members?: readonly string[];
  /** Whether the backup has the file that the record is of; absent for what has none. */
  readonly hasFile?: boolean;
}

type Reader = (backup: IosBackup, options: CallOptions & { readonly tally: Tally }) => AsyncIterable<Item>;

const mostExamples = 3;

/**
 * What was added, removed or changed from `older` to `newer`, kind by kind. One kind is in memory at a time: its ids and a hash of each
 * record. A kind that one of the backups cannot give is said and left out; so is one that the newer backup has nothing of to look into,
 * because what was not looked for was not deleted. Of a damaged database it is not said what is new in the other backup or gone from it.
 */
export const compareBackups = async (
  older: IosBackup,
  newer: IosBackup,
  options: CompareOptions,
): Promise<Difference[]> => {
  const found: Difference[] = [];
  for (const [kind, read] of Object.entries(readers) as [ComparedKind, Reader][]) {
    try {
      const before = await collectItems(older, read, options);
      const after = await collectItems(newer, read, options);
      for (const failure of new Set([...before.failures, ...after.failures])) options.gap?.(`${kind}: ${failure}`);
      if (before.items.size > 0 && !after.hasSource) options.gap?.(`${kind}: the newer backup has no database of them`);
      else {
        // What a damaged database does not give was neither deleted nor added.
        const isKnown = { added: before.isWhole, removed: after.isWhole, changed: true };
        const isFileKnown = { back: before.isWhole, gone: after.isWhole };
        const all = differences(kind, before.items, after.items);
        found.push(...all.filter(({ change, file }) => isKnown[change] && (file === undefined || isFileKnown[file])));
      }
    } catch (error) {
      if (!isBackupError(error) || error.code === 'ABORTED') throw error;
      options.gap?.(`${kind}: ${error.message}`);
    }
  }
  return found;
};

interface Kept {
  readonly where: string | undefined;
  readonly label: string;
  readonly hash: string;
  readonly members?: readonly string[] | undefined;
  readonly hasFile?: boolean | undefined;
}

interface Collected {
  readonly items: ReadonlyMap<string, Kept>;
  readonly hasSource: boolean;
  readonly isWhole: boolean;
  readonly failures: readonly string[];
}

const collectItems = async (backup: IosBackup, read: Reader, { signal }: CallOptions): Promise<Collected> => {
  const items = new Map<string, Kept>();
  const tally = new Tally('compare');
  for (const damage of backup.manifest.damage ?? []) tally.damaged(damage);
  for await (const { id, where, label, content, members, hasFile } of read(backup, { signal, tally })) {
    const hash = createHash('sha1')
      .update(JSON.stringify(content) ?? '')
      .digest('base64');
    items.set(id, { where, label, hash, members, hasFile });
  }
  const { hasSource, isWhole, failures } = tally;
  return { items, hasSource, isWhole, failures };
};

interface Group {
  readonly change: Difference['change'];
  readonly where: string | undefined;
  readonly file: Difference['file'];
  readonly labels: string[];
  count: number;
}

const differences = (
  kind: ComparedKind,
  before: ReadonlyMap<string, Kept>,
  after: ReadonlyMap<string, Kept>,
): Difference[] => {
  const groups = new Map<string, Group>();
  const note = (change: Difference['change'], { where, label }: Kept, file?: Difference['file']): void => {
    const key = `${change}\0${where ?? ''}\0${file ?? ''}`;
    const group = groups.get(key) ?? { change, where, file, labels: [], count: 0 };
    groups.set(key, group);
    group.count++;
    if (group.labels.length < mostExamples) group.labels.push(label);
  };
  const changedGroups: Difference[] = [];
  for (const [id, kept] of after) {
    const old = before.get(id);
    if (kept.members !== undefined) changedGroups.push(...groupChanges(kind, old, kept));
    else if (old === undefined) note('added', kept);
    else {
      if (old.hash !== kept.hash) note('changed', kept);
      if (old.hasFile !== kept.hasFile) note('changed', kept, kept.hasFile === true ? 'back' : 'gone');
    }
  }
  for (const [id, kept] of before) if (kept.members === undefined && !after.has(id)) note('removed', kept);
  const records = [...groups.values()].map(({ change, where, file, labels, count }) => ({
    kind,
    change,
    where,
    ...(file === undefined ? {} : { file }),
    count,
    examples: labels,
  }));
  return [...records, ...changedGroups];
};

/** A new name of a group, and who came or left. A group that is new or gone shows by its messages. */
const groupChanges = (kind: ComparedKind, old: Kept | undefined, now: Kept): Difference[] => {
  if (old?.members === undefined) return [];
  const { members: before, label: name } = old;
  const after = now.members ?? [];
  const difference = { kind, change: 'changed', where: now.label, count: 1, examples: [now.label] } as const;
  const left = before.filter((one) => !after.includes(one));
  const came = after.filter((one) => !before.includes(one));
  return [
    ...(name === now.label ? [] : [`the group “${name}” is called “${now.label}” now`]),
    ...left.map((one) => `${one} is no longer in “${now.label}”`),
    ...came.map((one) => `${one} is new in “${now.label}”`),
  ].map((group) => ({ ...difference, group }));
};

async function* conversations(
  records: AsyncIterable<ConversationRecord>,
  idOf: (message: ChatMessage) => string,
): AsyncGenerator<Item> {
  let where = '';
  for await (const record of records) {
    if (record.type === 'chat') {
      where = record.chat.name;
      if (record.chat.kind === 'group') yield groupItem(record.chat);
    }
    // A reaction to a message that was deleted is no new message.
    else if (record.message.strayReaction !== true) {
      const { text, unsent, recentlyDeleted, edits, reactions, event } = record.message;
      yield {
        id: idOf(record.message),
        where,
        label: text ?? event ?? '(no text)',
        content: [text, unsent, recentlyDeleted, edits.length, reactions.map((r) => r.what)],
      };
    }
  }
}

/** By the numbers of its members: an address book that calls somebody otherwise changes no group. */
const groupItem = ({ id, name, participants }: Chat): Item => {
  const members = participants.filter((one) => !one.me).map((one) => one.handle ?? personName(one));
  return { id: `group ${id}`, where: name, label: name, content: undefined, members };
};

async function* items<R>(records: AsyncIterable<R>, item: (record: R) => Omit<Item, 'where'>): AsyncGenerator<Item> {
  for await (const record of records) yield { where: undefined, ...item(record) };
}

const readers: Readonly<Record<ComparedKind, Reader>> = {
  async *apps(backup, { tally }) {
    tally.source('Info.plist');
    for (const id of backup.info.apps)
      yield { id, where: undefined, label: backup.info.appNames.get(id) ?? id, content: undefined };
  },
  messages: (backup, options) => conversations(readMessages(backup, options), ({ id }) => id),
  whatsapp: (backup, options) => conversations(readWhatsApp(backup, options), ({ chat, id }) => `${chat} ${id}`),
  contacts: (backup, options) =>
    items(readContacts(backup, options), (contact) => ({
      id: contact.id,
      label: contact.name,
      content: { ...contact, modified: undefined, photo: contact.photo?.length },
    })),
  notes: (backup, options) =>
    items(readNotes(backup, options), ({ id, title, deleted, folder, lines }) => ({
      id,
      label: title,
      content: [title, deleted, folder, lines],
    })),
  photos: (backup, options) =>
    items(
      readPhotos(backup, options),
      ({ id, original, originalName, favourite, hidden, recentlyDeleted, albums, edited }) => ({
        id,
        label: originalName ?? original.name,
        content: [favourite, hidden, recentlyDeleted, albums, edited !== undefined],
        hasFile: original.state === 'present',
      }),
    ),
  calendar: (backup, options) =>
    items(readCalendar(backup, options), (event) => ({
      id: `${event.id} ${event.replaces?.at.toISOString() ?? ''}`,
      label: event.title ?? '(no title)',
      content: { ...event, modified: undefined },
    })),
  reminders: (backup, options) =>
    items(readReminders(backup, options), (reminder) => ({
      id: reminder.id,
      label: reminder.title ?? '(no title)',
      content: { ...reminder, modified: undefined },
    })),
  documents: documentItems,
};

const nouns: Readonly<Record<ComparedKind, readonly [one: string, many: string]>> = {
  apps: ['app', 'apps'],
  messages: ['message', 'messages'],
  whatsapp: ['WhatsApp message', 'WhatsApp messages'],
  contacts: ['contact', 'contacts'],
  notes: ['note', 'notes'],
  photos: ['photo or video', 'photos and videos'],
  calendar: ['event', 'events'],
  reminders: ['reminder', 'reminders'],
  documents: ['document', 'documents'],
};

const verbs = { added: 'new', removed: 'deleted', changed: 'changed' } as const;

/** A difference as a person would say it, e.g. `3 messages deleted in “Anna”`. */
export const differenceText = ({ kind, change, where, file, count, examples, group }: Difference): string => {
  if (group !== undefined) return group;
  const noun = nouns[kind][count === 1 ? 0 : 1];
  const place = where === undefined ? '' : ` in “${where}”`;
  const named =
    kind === 'messages' || kind === 'whatsapp' ? '' : `: ${examples.join(', ')}${count > examples.length ? ' …' : ''}`;
  const its = count === 1 ? 'its' : 'their';
  if (file === 'gone') return `${count} ${noun} without ${its} file now (only in iCloud, or lost)${named}`;
  if (file === 'back') return `${count} ${noun} with ${its} file again${named}`;
  return `${count} ${noun} ${verbs[change]}${place}${named}`;
};
