import { BackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { IosBackup } from '../backup/ios-backup.ts';
import { hasPath } from '../manifest/manifest.ts';
import type { Attachment } from '../records/attachment.ts';
import { readCalendar } from '../records/calendar/read-calendar.ts';
import { readReminders } from '../records/calendar/read-reminders.ts';
import { readCalls } from '../records/calls/read-calls.ts';
import { readContacts } from '../records/contacts/read-contacts.ts';
import { appDocuments, onThisPhone, readFiles } from '../records/files/read-files.ts';
import type { FileSelection, PhoneFile } from '../records/files/read-files.ts';
import { readHealth } from '../records/health/read-health.ts';
import { readMessages } from '../records/messages/read-messages.ts';
import { readNotes } from '../records/notes/read-notes.ts';
import { readPhotos } from '../records/photos/read-photos.ts';
import { readSafari } from '../records/safari/read-safari.ts';
import { Tally } from '../records/tally.ts';
import type { ExportProgress, ExportReport } from '../records/tally.ts';
import { readVoicemail } from '../records/voicemail/read-voicemail.ts';
import { readVoiceMemos } from '../records/voicemail/read-voice-memos.ts';
import { readWhatsApp } from '../records/whatsapp/read-whatsapp.ts';
import { bookmarksHtml } from '../render/bookmarks-html.ts';
import { safePath } from '../render/safe-name.ts';
import type { ExportSink } from '../render/export-sink.ts';
import { iCalendar } from '../render/icalendar.ts';
import { SafePaths } from '../render/safe-paths.ts';
import { TimeFormat } from '../render/time-format.ts';
import { vCard } from '../render/vcard.ts';
import { AttachmentWriter } from './attachment-writer.ts';
import * as columns from './columns.ts';
import { eventColumns } from './event-columns.ts';
import type { ExportContext, ExportRequest } from './export-context.ts';
import { exportConversations } from './export-conversations.ts';
import { exportFormats, hasFormat } from './export-kinds.ts';
import type { ExportKind } from './export-kinds.ts';
import { exportNotes } from './export-notes.ts';
import { exportPhotos } from './export-photos.ts';
import { afterFiles, exportTable } from './export-table.ts';

export interface ExportOptions extends CallOptions {
  /** Hears of every record and file. */
  readonly progress?: ((progress: ExportProgress) => void) | undefined;
  /** Whether `export-report.json` is written; it is when absent. */
  readonly withReport?: boolean;
  /** Whether photos are exported by their files alone where the library's database is damaged or not known; they are when absent. */
  readonly salvage?: boolean;
}

/**
 * Exports one kind of record into `sink` and says what became of every row; the same report is written as `export-report.json`.
 * USAGE when the kind has no such format or a zone is not known, UNSUPPORTED when the backup's layout is not known at all.
 */
export const exportBackup = async (
  backup: IosBackup,
  request: ExportRequest,
  sink: ExportSink,
  options: ExportOptions,
): Promise<ExportReport> => {
  const { signal } = options;
  const format = request.format ?? exportFormats[request.kind][0];
  if (!hasFormat(request.kind, format)) {
    throw new BackupError('USAGE', `"${request.kind}" cannot be exported as "${String(format)}"`, {
      hint: `Choose one of ${exportFormats[request.kind].join(', ')}.`,
    });
  }
  const tally = new Tally(request.kind, options.progress);
  for (const damage of backup.manifest.damage ?? []) tally.damaged(damage);
  const files = new AttachmentWriter(backup, sink, { tally, enabled: request.attachments ?? true });
  const salvage = options.salvage ?? true;
  const records = { signal, tally, filter: request, notePassword: request.notePassword, salvage };
  await writers[request.kind]({
    backup,
    request,
    format,
    sink,
    tally,
    files,
    records,
    signal,
    time: timeFormat(request.timeZone),
  });
  const report = tally.report();
  if (options.withReport ?? true)
    await sink.write('export-report.json', lines(`${JSON.stringify(report, undefined, 2)}\n`), { signal });
  return report;
};

const timeFormat = (zone: string | undefined): TimeFormat => {
  try {
    return new TimeFormat(zone);
  } catch (error) {
    throw new BackupError('USAGE', `"${zone}" is no time zone`, {
      hint: 'Write it as in Europe/Berlin.',
      cause: error,
    });
  }
};

type Writer = (context: ExportContext) => Promise<void>;

const writers: Readonly<Record<ExportKind, Writer>> = {
  messages: (c) => exportConversations(readMessages(c.backup, c.records), c),
  whatsapp: (c) => exportConversations(readWhatsApp(c.backup, c.records), c),
  contacts: (c) =>
    c.format === 'vcard' || c.format === 'vcard3'
      ? contacts(c)
      : table(c, 'Contacts', columns.contactColumns, readContacts(c.backup, c.records)),
  calls: (c) => table(c, 'Calls', columns.callColumns(c.time), readCalls(c.backup, c.records)),
  voicemail: (c) => voicemail(c),
  'voice-memos': (c) => voiceMemos(c),
  notes: (c) => exportNotes(readNotes(c.backup, c.records), c),
  photos: (c) => exportPhotos(readPhotos(c.backup, c.records), c),
  calendar: (c) =>
    c.format === 'ics'
      ? ics(c, readCalendar(c.backup, { ...c.records, forCalendarFile: true }))
      : table(c, 'Calendar', eventColumns(c.time), readCalendar(c.backup, c.records)),
  reminders: (c) =>
    c.format === 'ics'
      ? ics(c, readReminders(c.backup, { ...c.records, forCalendarFile: true }))
      : table(c, 'Reminders', columns.reminderColumns(c.time), readReminders(c.backup, c.records)),
  safari: (c) =>
    c.format === 'html'
      ? bookmarks(c)
      : table(c, 'Safari', columns.safariColumns(c.time), readSafari(c.backup, c.records)),
  health: (c) => table(c, 'Health', columns.healthColumns(c.time), readHealth(c.backup, c.records)),
  files: (c) => files(c, selectionOf(c.request)),
  app: (c) => files(c, appSelection(c.request)),
};

const table = <R extends object>(
  context: ExportContext,
  title: string,
  list: readonly { title: string; value: (r: R) => string | number | boolean | undefined }[],
  records: AsyncIterable<R>,
): Promise<void> =>
  exportTable({ name: context.request.kind, title, columns: list, records, cards: list.length > 9 }, context);

const contacts = async (context: ExportContext): Promise<void> => {
  const version = context.format === 'vcard' ? '4.0' : '3.0';
  const cards = async function* (): AsyncGenerator<string> {
    for await (const contact of readContacts(context.backup, context.records)) yield vCard(contact, version);
  };
  await context.sink.write('contacts.vcf', cards(), context);
};

const ics = async (context: ExportContext, records: Parameters<typeof iCalendar>[0]): Promise<void> => {
  await context.sink.write(`${context.request.kind}.ics`, iCalendar(records), context);
};

const bookmarks = async (context: ExportContext): Promise<void> => {
  await context.sink.write(
    'safari.html',
    bookmarksHtml(readSafari(context.backup, context.records), () => context.tally.report()),
    context,
  );
};

const voicemail = (context: ExportContext): Promise<void> => {
  const records = afterFiles(readVoicemail(context.backup, context.records), (v) =>
    context.files.write(v.recording, { folder: 'recordings', modified: v.at, signal: context.signal }),
  );
  const list = columns.voicemailColumns(context.time, context.files.written);
  return exportTable(
    { name: 'voicemail', title: 'Voicemail', columns: list, records, files: (v) => ({ recording: v.recording }) },
    context,
  );
};

const voiceMemos = (context: ExportContext): Promise<void> => {
  const write = (m: {
    readonly title: string;
    readonly at: Date | undefined;
    readonly recording: Attachment;
  }): Promise<void> =>
    context.files.write(m.recording, { folder: 'recordings', modified: m.at, signal: context.signal });
  const records = afterFiles(readVoiceMemos(context.backup, context.records), write);
  const list = columns.voiceMemoColumns(context.time, context.files.written);
  return exportTable(
    { name: 'voice-memos', title: 'Voice memos', columns: list, records, files: (m) => ({ recording: m.recording }) },
    context,
  );
};

const files = (context: ExportContext, selection: FileSelection): Promise<void> => {
  const names = new Map<string, SafePaths>();
  const pathOf = ({ domain, path }: PhoneFile): string => {
    const known = names.get(domain) ?? new SafePaths((other) => hasPath(context.backup.manifest, domain, other));
    names.set(domain, known);
    return known.of(path);
  };
  const write = async (f: PhoneFile): Promise<void> => {
    if (f.linkTarget !== undefined) return;
    const folder = (selection.domains?.length ?? 2) > 1 ? safePath(f.domain) : 'files';
    await context.files.write(f.file, { folder, path: pathOf(f), modified: f.modified, signal: context.signal });
  };
  const records = afterFiles(readFiles(context.backup, selection, context.records), write);
  const list = columns.fileColumns(context.time, columns.fileWords(context.files.written));
  return exportTable(
    { name: 'files', title: 'Files', columns: list, records, files: (f) => ({ file: f.file }) },
    context,
  );
};

const selectionOf = ({ domain, prefix }: ExportRequest): FileSelection =>
  domain === undefined ? onThisPhone : { domains: [domain], ...(prefix === undefined ? {} : { prefix }) };

const appSelection = ({ app }: ExportRequest): FileSelection => {
  if (app !== undefined) return appDocuments(app);
  throw new BackupError('USAGE', 'no app was named', {
    hint: 'Give the bundle identifier of the app, e.g. net.whatsapp.WhatsApp.',
  });
};

const lines = async function* (text: string): AsyncGenerator<string> {
  yield text;
};
