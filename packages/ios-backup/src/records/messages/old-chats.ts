import { isBackupError } from '@triplicate/core';
import { readPlist } from '../../decode/read-plist.ts';
import { bytes, int, text } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';
import type { People } from '../people.ts';
import type { Chat, Person } from './message.ts';
import { me } from './message.ts';
import type { OldMessage } from './old-message-rows.ts';

export interface OldChat {
  readonly chat: Chat;
  readonly messages: number[];
}

/** Conversations of before iOS 6, which are told from the messages: text and iMessages with one person are one. */
export class OldChats {
  readonly #people: People;
  readonly #groups: ReadonlyMap<number, readonly string[]>;
  readonly #rooms: ReadonlyMap<string, readonly string[]>;

  constructor(schema: Schema, people: People, gap: (what: string) => void) {
    this.#people = people;
    this.#groups = groups(schema);
    this.#rooms = rooms(schema, gap);
    for (const handle of [...this.#groups.values(), ...this.#rooms.values()].flat()) people.meet(handle);
  }

  /** In the order in which they began; those of nobody under `undefined`. All handles are to be met before. */
  of(messages: Iterable<OldMessage>): { readonly chats: readonly OldChat[]; readonly nobody: readonly number[] } {
    const chats = new Map<string, { others: Map<string, string>; room: string | undefined; messages: OldMessage[] }>();
    const nobody: number[] = [];
    for (const message of messages) {
      const others = this.#others(message);
      const isGroup = message.room !== undefined || others.length > 1;
      const keys = others.map((other) => this.#people.key(other)).toSorted();
      const key = isGroup ? `group ${message.room ?? message.group ?? keys.join(' ')}` : keys[0];
      if (key === undefined) nobody.push(message.id);
      else {
        const known = chats.get(key) ?? { others: new Map<string, string>(), room: message.room, messages: [] };
        chats.set(key, known);
        for (const other of others) known.others.set(this.#people.key(other), other);
        known.messages.push({ ...message, row: {} });
      }
    }
    const found = [...chats.values()].map(({ others, room, messages: list }, i): OldChat => {
      const participants = [...others.values()].map((handle) => this.person(handle));
      const names = participants.flatMap((one) => one.name ?? one.handle ?? []);
      const chat: Chat = {
        id: `old-${i + 1}`,
        name: names.length > 0 ? names.join(', ') : (room ?? `Conversation ${i + 1}`),
        kind: room !== undefined || participants.length > 1 ? 'group' : 'direct',
        services: [...new Set(list.map(({ isIMessage }) => (isIMessage ? 'iMessage' : 'SMS')))],
        participants,
      };
      const inTime = list.toSorted((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0) || a.id - b.id);
      return { chat, messages: inTime.map(({ id }) => id) };
    });
    return { chats: found, nobody };
  }

  person(handle: string | undefined): Person {
    return { me: false, handle, name: this.#people.name(handle) };
  }

  writer({ fromMe, handle }: OldMessage): Person {
    return fromMe ? me : this.person(handle);
  }

  #others({ handle, group, room }: OldMessage): string[] {
    const members = room === undefined ? this.#groups.get(group ?? -1) : this.#rooms.get(room);
    const listed = members ?? [];
    if (room === undefined && listed.length < 2) return handle === undefined ? [...listed] : [handle];
    const isListed = handle === undefined || listed.some((one) => this.#people.key(one) === this.#people.key(handle));
    return isListed ? [...listed] : [...listed, handle];
  }
}

const groups = (schema: Schema): Map<number, string[]> => {
  const found = new Map<number, string[]>();
  if (!schema.offers('who is in a conversation', 'group_member', 'group_id', 'address')) return found;
  for (const row of schema.rows('SELECT group_id AS id, address FROM group_member ORDER BY ROWID')) {
    const [id, address] = [int(row['id']), text(row['address'])];
    if (id !== undefined && address !== undefined) found.set(id, [...(found.get(id) ?? []), address]);
  }
  return found;
};

const rooms = (schema: Schema, gap: (what: string) => void): Map<string, readonly string[]> => {
  const found = new Map<string, readonly string[]>();
  const what = 'who is in a group of iMessage';
  const isNewer = schema.has('madrid_chat') || schema.columns('message').has('madrid_roomname');
  if (!isNewer || !schema.offers(what, 'madrid_chat', 'room_name', 'participants')) return found;
  const sql = 'SELECT room_name AS room, participants FROM madrid_chat WHERE room_name IS NOT NULL ORDER BY ROWID';
  for (const row of schema.rows(sql)) {
    const [room, list] = [text(row['room']), members(row['participants'])];
    if (list === undefined) gap(`${what}: some lists cannot be decoded; those who wrote are shown`);
    else if (room !== undefined) found.set(room, list);
  }
  return found;
};

const members = (value: unknown): readonly string[] | undefined => {
  const raw = typeof value === 'string' ? Buffer.from(value) : bytes(value);
  if (raw === undefined) return undefined;
  try {
    const list = readPlist(raw, 'the list of a group');
    return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list : undefined;
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    return undefined;
  }
};
