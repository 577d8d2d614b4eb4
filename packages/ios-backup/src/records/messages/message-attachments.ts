import type { CallOptions } from '@triplicate/core';
import type { IosBackup, PhonePath } from '../../backup/ios-backup.ts';
import { flag, int, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';
import { findFile, lastName } from '../attachment.ts';
import type { Attachment } from '../attachment.ts';

/** The question for the attachments of a message, asked by its id; `undefined` where the database has none. */
export const attachmentsQuestion = (schema: Schema): string | undefined => {
  if (
    !schema.offers('attachments', 'attachment') ||
    !schema.offers('attachments', 'message_attachment_join', 'message_id', 'attachment_id')
  )
    return undefined;
  const picked = schema.choose(
    'attachment',
    {
      filename: ['filename'],
      type: ['mime_type', 'uti'],
      name: ['transfer_name'],
      size: ['total_bytes'],
      sticker: ['is_sticker'],
    },
    'a',
  );
  return `SELECT ${picked.list}, a.ROWID AS row FROM message_attachment_join j LEFT JOIN attachment a ON a.ROWID = j.attachment_id WHERE j.message_id = ? ORDER BY a.ROWID`;
};

/** The attachments that `attachmentsQuestion` found, each looked for in the backup; one whose row is gone is among them, by no name. */
export const messageAttachments = (
  backup: IosBackup,
  rows: readonly Row[],
  options: CallOptions,
): Promise<Attachment[]> => Promise.all(rows.map((row) => attachment(backup, row, options)));

/** Something was sent, and the database has nothing of it but its place. */
export const lostAttachment: Attachment = {
  name: 'attachment that the database does not describe',
  type: undefined,
  sizeBytes: undefined,
  place: undefined,
  state: 'missing',
};

const attachment = async (backup: IosBackup, row: Row, options: CallOptions): Promise<Attachment> => {
  if (row['row'] === null) return lostAttachment;
  const filename = text(row['filename']);
  const places = filename === undefined ? [] : attachmentPlaces(filename);
  const found = await findFile(backup, places, options);
  return {
    name: text(row['name']) ?? (filename === undefined ? 'attachment' : lastName(filename)),
    type: text(row['type']),
    sizeBytes: int(row['size']),
    place: found === undefined ? places[0] : { domain: found.domain, path: found.path },
    state: found !== undefined ? 'present' : filename === undefined ? 'icloud' : 'missing',
    ...(flag(row['sticker']) ? { sticker: true } : {}),
  };
};

/** `~/Library/SMS/…` stands in MediaDomain, on older versions of iOS in HomeDomain. */
export const attachmentPlaces = (filename: string): PhonePath[] => {
  const path = filename.replace(/^(~|\/(private\/)?var\/mobile)\//, '');
  if (path.startsWith('/') || path.split('/').includes('..')) return [];
  return [
    { domain: 'MediaDomain', path },
    { domain: 'HomeDomain', path },
  ];
};
