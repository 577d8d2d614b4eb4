import type { CallOptions } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { readContactCard } from '../../decode/contact-card.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { findFile, lastName } from '../attachment.ts';
import type { Attachment } from '../attachment.ts';
import type { ChatMessage } from '../messages/message.ts';

export interface WhatsAppMedia {
  readonly attachments: readonly Attachment[];
  readonly caption: string | undefined;
  readonly title: string | undefined;
  readonly location: ChatMessage['location'];
}

/** Types of message whose media item is a file: picture, film, sound, document, animation, sticker. */
const withFile = new Set([1, 2, 3, 8, 11, 15, 38, 39]);

const document = 8;

/** The picture, film, sound or document of a message, its caption and its place on the map. */
export const mediaOf = async (
  backup: IosBackup,
  row: Row,
  domain: string,
  options: CallOptions,
): Promise<WhatsAppMedia> => {
  const kind = int(row['kind']) ?? 0;
  const path = text(row['path']);
  const title = text(row['title']);
  const [latitude, longitude] = [real(row['latitude']), real(row['longitude'])];
  const location =
    kind === 5 && latitude !== undefined && longitude !== undefined ? { latitude, longitude } : undefined;
  const hasFile = path !== undefined || withFile.has(kind);
  const attachments = hasFile ? [await attachment(backup, row, { domain, path, ...options })] : [];
  return {
    attachments,
    caption: hasFile && kind !== document ? title : undefined,
    title: title ?? contactWords(row),
    location,
  };
};

/** Name and numbers of a contact that was sent; the numbers stand in its vCard. */
const contactWords = (row: Row): string | undefined => {
  if (int(row['kind']) !== 4) return undefined;
  const card = readContactCard(text(row['mediaType']) ?? '');
  return [text(row['mediaName']) ?? card.name, ...card.values].filter(Boolean).join(', ') || undefined;
};

interface FileOptions extends CallOptions {
  readonly domain: string;
  readonly path: string | undefined;
}

const attachment = async (backup: IosBackup, row: Row, { domain, path, signal }: FileOptions): Promise<Attachment> => {
  // The path is relative to the folder Message, which older versions write and newer ones leave out.
  const inside = path?.replace(/^\/+/, '');
  const safe = inside === undefined || inside.split('/').includes('..') ? [] : [`Message/${inside}`, inside];
  const places = safe.map((place) => ({ domain, path: place }));
  const found = await findFile(backup, places, { signal });
  const type = text(row['mediaType']);
  return {
    // A document has its file's name as its title; `ZVCARDNAME` is a hash on newer versions.
    name:
      (int(row['kind']) === document ? text(row['title']) : undefined) ??
      (path === undefined ? 'media' : lastName(path)),
    type: type?.includes('/') ? type : undefined,
    sizeBytes: int(row['size']),
    place: found === undefined ? places[0] : { domain: found.domain, path: found.path },
    state: found === undefined ? 'missing' : 'present',
    ...(int(row['kind']) === 15 ? { sticker: true } : {}),
  };
};
