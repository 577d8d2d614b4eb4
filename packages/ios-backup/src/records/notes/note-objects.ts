import { isBackupError } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { decodeTable } from '../../decode/note-table.ts';
import { bytes, int, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { findFile, lastName } from '../attachment.ts';
import type { RecordOptions } from '../record-options.ts';
import type { NoteObject } from './note.ts';
import type { NoteStore } from './note-store.ts';

export const notesDomain = 'AppDomainGroup-group.com.apple.notes';

/** Everything inside a note, by the identifier that its text refers to. */
export const noteObjects = async (
  backup: IosBackup,
  store: NoteStore,
  note: { readonly row: number; readonly account: string | undefined },
  options: RecordOptions,
): Promise<Map<string, NoteObject>> => {
  const objects = new Map<string, NoteObject>();
  for (const row of store.attachments(note.row)) {
    const identifier = text(row['identifier']);
    if (identifier !== undefined)
      objects.set(identifier, await object(backup, store, { row, account: note.account }, options));
  }
  return objects;
};

interface Context {
  readonly row: Row;
  /** Identifier of the account, which is the name of a folder. */
  readonly account: string | undefined;
}

const object = async (
  backup: IosBackup,
  store: NoteStore,
  { row, account }: Context,
  options: RecordOptions,
): Promise<NoteObject> => {
  const type = text(row['type']) ?? text(row['type1']) ?? 'unknown';
  if (type === 'com.apple.notes.table') return table(row, options);
  const url = text(row['url']);
  if (type === 'public.url' && url !== undefined) return { kind: 'link', url, title: text(row['title']) };
  const words = text(row['text']);
  if (words !== undefined && type.startsWith('com.apple.notes.inlinetextattachment'))
    return { kind: 'text', text: words };
  const media = int(row['media']);
  const places = media === undefined ? drawingPlaces(row, account) : mediaPlaces(store.media(media), account);
  const first = places[0];
  if (first === undefined) return { kind: 'unknown', type };
  const found = await findFile(
    backup,
    places.map((path) => ({ domain: notesDomain, path })),
    options,
  );
  if (found === undefined && media === undefined) return { kind: 'unknown', type };
  const path = found?.path ?? first;
  const name =
    media === undefined
      ? `${type.includes('paper') || type.includes('drawing') ? 'drawing' : 'scan'}-${text(row['identifier'])}${path.slice(path.lastIndexOf('.'))}`
      : lastName(path);
  const file = {
    name,
    type,
    sizeBytes: int(row['size']),
    place: { domain: notesDomain, path },
    state: found === undefined ? 'icloud' : 'present',
  } as const;
  return { kind: 'file', file };
};

const table = (row: Row, { tally }: RecordOptions): NoteObject => {
  const data = bytes(row['table']) ?? bytes(row['oldTable']);
  try {
    if (data !== undefined) return { kind: 'table', table: decodeTable(data) };
    tally.gap('tables: some have no content in this backup');
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    tally.undecoded(`table ${text(row['identifier']) ?? ''} of a note: it cannot be decoded`);
  }
  return { kind: 'unknown', type: 'com.apple.notes.table' };
};

/** Newer versions put a folder of the account and one of the generation around the file. */
const mediaPlaces = (media: Row | undefined, account: string | undefined): string[] => {
  const [identifier, filename, generation] = [
    text(media?.['identifier']),
    text(media?.['filename']),
    text(media?.['generation']),
  ];
  if (
    identifier === undefined ||
    filename === undefined ||
    [identifier, filename, generation ?? ''].some((part) => /[/\\]|^\.\.?$/.test(part))
  )
    return [];
  const own = account === undefined ? [] : [`Accounts/${account}/`];
  const folders = [...own, ''].map((prefix) => `${prefix}Media/${identifier}`);
  return folders.flatMap((folder) => [
    ...(generation === undefined ? [] : [`${folder}/${generation}/${filename}`]),
    `${folder}/${filename}`,
  ]);
};

/** A drawing or a scan has a picture or a document for programs that cannot draw it. */
const drawingPlaces = (row: Row, account: string | undefined): string[] => {
  const identifier = text(row['identifier']);
  if (identifier === undefined || /[/\\]/.test(identifier)) return [];
  const own = account === undefined ? [''] : [`Accounts/${account}/`, ''];
  const generation = (value: unknown): string => text(value)?.replaceAll(/[/\\]|^\.\.?$/g, '_') ?? '';
  const [image, pdf] = [generation(row['image']), generation(row['pdf'])];
  return own.flatMap((prefix) => [
    ...(pdf === '' ? [] : [`${prefix}FallbackPDFs/${identifier}/${pdf}/FallbackPDF.pdf`]),
    ...(image === '' ? [] : [`${prefix}FallbackImages/${identifier}/${image}/FallbackImage.png`]),
    `${prefix}FallbackImages/${identifier}.jpg`,
    `${prefix}FallbackImages/${identifier}.png`,
  ]);
};
