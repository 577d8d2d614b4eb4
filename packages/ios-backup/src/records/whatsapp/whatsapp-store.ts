import { bytes, int, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Picked, Schema } from '../../sqlite/schema.ts';
import { me } from '../messages/message.ts';
import type { Chat, ChatMessage, Person, Reaction } from '../messages/message.ts';
import type { Tally } from '../tally.ts';
import { pushName, quotedIn, reactionsIn } from './whatsapp-details.ts';

const messageColumns = {
  id: ['Z_PK'],
  date: ['ZMESSAGEDATE'],
  text: ['ZTEXT'],
  kind: ['ZMESSAGETYPE'],
  fromMe: ['ZISFROMME'],
  stanza: ['ZSTANZAID'],
  starred: ['ZSTARRED'],
  pushName: ['ZPUSHNAME'],
  fromJid: ['ZFROMJID'],
} as const;

const mediaColumns = {
  path: ['ZMEDIALOCALPATH'],
  title: ['ZTITLE'],
  mediaType: ['ZVCARDSTRING'],
  mediaName: ['ZVCARDNAME'],
  size: ['ZFILESIZE'],
  latitude: ['ZLATITUDE'],
  longitude: ['ZLONGITUDE'],
  metadata: ['ZMETADATA'],
  url: ['ZMEDIAURL'],
} as const;

const memberColumns = { memberJid: ['ZMEMBERJID'], memberName: ['ZCONTACTNAME'] } as const;

export interface WhatsAppChat extends Chat {
  readonly row: number;
  readonly jid: string;
}

interface MessageKind {
  readonly event?: string;
  readonly app?: string;
  readonly deleted: boolean;
}

/** What `ZMESSAGETYPE` says beyond text and media. */
export const kindOfMessage = (type: number): MessageKind => {
  if (type === 6 || type === 10)
    return { event: type === 6 ? 'changed the group' : 'group or call event', deleted: false };
  if (type === 14) return { deleted: true };
  const app = new Map([
    [4, 'Contact'],
    [5, 'Location'],
    [7, 'Link'],
  ]).get(type);
  return app === undefined ? { deleted: false } : { app, deleted: false };
};

/** `ChatStorage.sqlite`, asked chat by chat. */
export class WhatsAppStore {
  readonly #schema: Schema;
  readonly #message: Picked;
  readonly #media: Picked;
  readonly #hasMedia: boolean;
  readonly #members: Picked | undefined;
  readonly #reactions: boolean;
  readonly #names = new Map<string, string>();
  readonly #app: string;
  readonly total: number;

  /** `app` tells the conversations of one app from those of another: an account of each may be in the same group. */
  constructor(schema: Schema, tally: Tally, app: string) {
    this.#schema = schema;
    this.#app = app;
    schema.require('ZWAMESSAGE', 'Z_PK', 'ZCHATSESSION', 'ZMESSAGEDATE');
    schema.require('ZWACHATSESSION', 'Z_PK', 'ZCONTACTJID');
    this.#message = schema.pick('ZWAMESSAGE', messageColumns, 'm');
    this.#media = schema.pick('ZWAMEDIAITEM', mediaColumns, 'i');
    tally.missing('ZWAMESSAGE', this.#message.missing);
    this.#hasMedia = schema.offers('media', 'ZWAMEDIAITEM', 'Z_PK', 'ZMESSAGE');
    if (this.#hasMedia) tally.missing('ZWAMEDIAITEM', this.#media.missing);
    this.#members = schema.offers('members of groups', 'ZWAGROUPMEMBER', 'Z_PK', 'ZCHATSESSION', 'ZMEMBERJID')
      ? schema.choose('ZWAGROUPMEMBER', memberColumns, 'g')
      : undefined;
    this.#reactions = schema.offers('reactions', 'ZWAMESSAGEINFO', 'ZRECEIPTINFO', 'ZMESSAGE');
    tally.gap('receipts, polls and earlier texts of WhatsApp are not decoded');
    this.total = schema.count('ZWAMESSAGE');
    this.#readPushNames();
  }

  addName(jid: string | undefined, name: string | undefined): void {
    if (jid !== undefined && name !== undefined) this.#names.set(bare(jid), name);
  }

  name(jid: string | undefined): string | undefined {
    return jid === undefined ? undefined : this.#names.get(bare(jid));
  }

  *chats(): Generator<WhatsAppChat> {
    const picked = this.#schema.choose(
      'ZWACHATSESSION',
      { id: ['Z_PK'], jid: ['ZCONTACTJID'], name: ['ZPARTNERNAME'] },
      's',
    );
    for (const row of this.#schema.rows(`SELECT ${picked.list} FROM ZWACHATSESSION s ORDER BY s.Z_PK`)) {
      const id = int(row['id']) ?? -1;
      const jid = text(row['jid']) ?? `chat ${id}`;
      const kind = jid.endsWith('@g.us') || jid.endsWith('@broadcast') ? 'group' : 'direct';
      const name = text(row['name']) ?? this.name(jid) ?? jid;
      const participants = kind === 'group' ? this.#membersOf(id) : [{ me: false, handle: jid, name }];
      // The number of a row is another one after WhatsApp was installed anew.
      yield { id: this.#app + jid, row: id, jid, name, kind, services: ['WhatsApp'], participants };
    }
  }

  /** Who wrote in a group, by what the messages say alone: who left may be no member of it any more. */
  writers({ kind, row }: WhatsAppChat): Person[] {
    if (kind !== 'group') return [];
    const picked = this.#schema.pick('ZWAMESSAGE', { jid: ['ZFROMJID'], pushName: ['ZPUSHNAME'] }, 'm');
    const sql = `SELECT DISTINCT ${picked.list} FROM ZWAMESSAGE m WHERE m.ZCHATSESSION = ?`;
    return this.#schema.lookup(sql, row).map((found) => {
      const jid = text(found['jid']);
      const handle = isGroup(jid) ? undefined : jid;
      return { me: false, handle, name: this.name(handle) ?? pushName(text(found['pushName'])) };
    });
  }

  messages(chat: number): Generator<Row> {
    return this.#select('m.ZCHATSESSION = ?', chat);
  }

  /** Messages whose conversation is gone. */
  orphans(): Generator<Row> {
    return this.#select('m.ZCHATSESSION IS NULL OR m.ZCHATSESSION NOT IN (SELECT Z_PK FROM ZWACHATSESSION)');
  }

  #select(condition: string, ...values: readonly number[]): Generator<Row> {
    const writers = this.#schema.offers('who wrote in a group', 'ZWAMESSAGE', 'ZGROUPMEMBER');
    const members = writers ? this.#members : undefined;
    const media = this.#hasMedia;
    return this.#schema.rowsByIds(
      `SELECT m.Z_PK AS id FROM ZWAMESSAGE m WHERE ${condition} ORDER BY m.ZMESSAGEDATE, m.Z_PK`,
      `SELECT ${this.#message.list}, ${media ? this.#media.list : noMedia},
      ${members?.list ?? 'NULL AS memberJid, NULL AS memberName'},
      ${this.#reactions ? '(SELECT n.ZRECEIPTINFO FROM ZWAMESSAGEINFO n WHERE n.ZMESSAGE = m.Z_PK LIMIT 1)' : 'NULL'} AS receipt
      FROM ZWAMESSAGE m ${media ? 'LEFT JOIN ZWAMEDIAITEM i ON i.Z_PK = (SELECT min(x.Z_PK) FROM ZWAMEDIAITEM x WHERE x.ZMESSAGE = m.Z_PK)' : ''}
      ${members !== undefined ? 'LEFT JOIN ZWAGROUPMEMBER g ON g.Z_PK = m.ZGROUPMEMBER' : ''}
      WHERE m.Z_PK = ?`,
      ...values,
    );
  }

  /** What a message answers; its words as they are now, else as they were then. */
  replyTo(row: Row): ChatMessage['replyTo'] {
    const metadata = bytes(row['metadata']);
    const quoted = metadata === undefined ? undefined : quotedIn(metadata);
    if (quoted === undefined) return undefined;
    const original = this.#message.has('stanza')
      ? this.#schema.lookup(
          `SELECT ${this.#message.list} FROM ZWAMESSAGE m WHERE m.ZSTANZAID = ? LIMIT 1`,
          quoted.id,
        )[0]
      : undefined;
    return { id: quoted.id, text: text(original?.['text']) ?? quoted.text };
  }

  /** What was given to a message; told as a gap when it cannot be read. */
  reactionsTo(row: Row, tally: Tally): Reaction[] {
    const receipt = bytes(row['receipt']);
    if (receipt === undefined) return [];
    const given = reactionsIn(receipt);
    if (given === undefined) tally.gap('reactions: some cannot be decoded');
    return (given ?? []).map(({ jid, what, at }) => ({
      by: jid === undefined ? me : { me: false, handle: jid, name: this.name(jid) },
      what,
      at,
    }));
  }

  #membersOf(chat: number): Person[] {
    if (this.#members === undefined) return [];
    const rows = this.#schema.lookup(
      `SELECT ${this.#members.list} FROM ZWAGROUPMEMBER g WHERE g.ZCHATSESSION = ? ORDER BY g.Z_PK`,
      chat,
    );
    return rows.map((row) => ({
      me: false,
      handle: text(row['memberJid']),
      name: this.name(text(row['memberJid'])) ?? text(row['memberName']),
    }));
  }

  #readPushNames(): void {
    if (!this.#schema.offers('names that people gave themselves', 'ZWAPROFILEPUSHNAME', 'ZJID', 'ZPUSHNAME')) return;
    for (const row of this.#schema.rows('SELECT ZJID AS jid, ZPUSHNAME AS name FROM ZWAPROFILEPUSHNAME'))
      this.addName(text(row['jid']), text(row['name']));
  }
}

const noMedia = Object.keys(mediaColumns)
  .map((alias) => `NULL AS ${alias}`)
  .join(', ');

const bare = (jid: string): string => jid.replace(/@.*$/, '');

/** What happens in a group without a member is from the group itself, which is nobody. */
export const isGroup = (jid: string | undefined): boolean => jid?.endsWith('@g.us') === true;
