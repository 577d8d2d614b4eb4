import type { CallOptions } from '@triplicate/core';
import type { IosBackup, PhonePath } from '../../backup/ios-backup.ts';
import { int, text } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';
import { findFile, lastName } from '../attachment.ts';
import type { Attachment } from '../attachment.ts';
import { attachmentPlaces } from './message-attachments.ts';

const domain = 'MediaDomain';
const folder = 'Library/SMS/Parts/';

/** What a message of before iOS 6 consists of beside its text. */
export interface OldContent {
  readonly isMms: boolean;
  readonly texts: readonly string[];
  readonly attachments: readonly Attachment[];
}

/** The parts of MMS and the files of iMessages before iOS 6. */
export class OldParts {
  readonly #backup: IosBackup;
  readonly #schema: Schema;
  /** Of each part of an MMS, `7-2` being the third of message 7, where its file is; the phone's list names none. */
  readonly #files = new Map<string, PhonePath>();
  readonly #hasPieces: boolean;
  readonly #hasFiles: boolean;

  constructor(backup: IosBackup, schema: Schema, gap: (what: string) => void) {
    this.#backup = backup;
    this.#schema = schema;
    this.#hasPieces = schema.offers('parts of MMS', 'msg_pieces', 'message_id', 'part_id', 'content_type', 'data');
    const isNewer = schema.has('madrid_attachment') || schema.columns('message').has('is_madrid');
    this.#hasFiles = isNewer && schema.offers('attachments of iMessage', 'madrid_attachment', 'message_id', 'filename');
    for (const entry of this.#hasPieces ? backup.manifest.entries({ domain, prefix: folder }) : []) {
      const part = /^(\d+-\d+)(\.\w+)?$/.exec(lastName(entry.path))?.[1];
      if (part !== undefined && entry.kind === 'file') this.#files.set(part, { domain, path: entry.path });
    }
    const stray = this.#hasFiles ? this.#stray() : 0;
    if (stray > 0)
      gap(
        `attachments: ${stray} ${stray === 1 ? 'file of iMessage belongs' : 'files of iMessage belong'} to no message that is known; ${stray === 1 ? 'it is' : 'they are'} in MediaDomain Library/SMS/Attachments`,
      );
  }

  async of(message: number, options: CallOptions): Promise<OldContent> {
    const texts: string[] = [];
    const attachments: Attachment[] = [];
    const pieces = this.#hasPieces ? this.#pieces(message) : [];
    for (const piece of pieces) {
      const type = text(piece['type']);
      // How the parts are laid out on a page.
      if (type === 'application/smil') continue;
      const words = type === 'text/plain' ? text(piece['data']) : undefined;
      if (words !== undefined) texts.push(words);
      else attachments.push(await this.#piece(`${message}-${int(piece['part'])}`, piece, options));
    }
    if (!this.#hasFiles) return { isMms: pieces.length > 0, texts, attachments };
    const columns = this.#schema.choose('madrid_attachment', { filename: ['filename'], type: ['mime_type'] }, 'a').list;
    const sql = `SELECT ${columns} FROM madrid_attachment a WHERE a.message_id = ? ORDER BY a.ROWID`;
    for (const row of this.#schema.lookup(sql, message)) {
      const filename = text(row['filename']);
      const places = filename === undefined ? [] : attachmentPlaces(filename);
      attachments.push(await this.#file(filename && lastName(filename), text(row['type']), places, options));
    }
    return { isMms: pieces.length > 0, texts, attachments };
  }

  #pieces(message: number) {
    const { list } = this.#schema.choose('msg_pieces', { name: ['content_loc'] }, 'p');
    return this.#schema.lookup(
      `SELECT p.part_id AS part, p.content_type AS type, CASE WHEN p.content_type = 'text/plain' THEN p.data END AS data, ${list}
      FROM msg_pieces p WHERE p.message_id = ? ORDER BY p.part_id, p.ROWID`,
      message,
    );
  }

  #piece(part: string, row: Readonly<Record<string, unknown>>, options: CallOptions): Promise<Attachment> {
    const place = this.#files.get(part);
    return this.#file(text(row['name']), text(row['type']), place === undefined ? [] : [place], options);
  }

  async #file(
    name: string | undefined,
    type: string | undefined,
    places: readonly PhonePath[],
    options: CallOptions,
  ): Promise<Attachment> {
    const found = await findFile(this.#backup, places, options);
    return {
      name: name ?? (places[0] === undefined ? 'attachment' : lastName(places[0].path)),
      type,
      sizeBytes: undefined,
      place: found === undefined ? places[0] : { domain: found.domain, path: found.path },
      state: found === undefined ? 'missing' : 'present',
    };
  }

  #stray(): number {
    const sql =
      'SELECT count(*) AS n FROM madrid_attachment WHERE message_id IS NULL OR message_id NOT IN (SELECT ROWID FROM message)';
    return int(this.#schema.first(sql)?.['n']) ?? 0;
  }
}
