import { randomUUID } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { BackupError, isBackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { IosBackup } from '../backup/ios-backup.ts';
import { exportBackup } from '../export/export-backup.ts';
import type { ExportRequest } from '../export/export-context.ts';
import type { ExportFormat, ExportKind } from '../export/export-kinds.ts';
import { isComplete } from '../records/tally.ts';
import type { ExportProgress, ExportReport } from '../records/tally.ts';
import { safeName } from '../render/safe-name.ts';
import type { ExportSink } from '../render/export-sink.ts';
import { PublishedFolder } from './published-folder.ts';
import type { PublishCounts } from './published-folder.ts';
import { PublishRecord } from './publish-record.ts';

/** What can be published, the folder that it gets, and the formats that a person can open without any program of ours. */
const parts = {
  photos: { folder: 'Photos', formats: ['html'] },
  messages: { folder: 'Messages', formats: ['html'] },
  whatsapp: { folder: 'WhatsApp', formats: ['html'] },
  contacts: { folder: 'Contacts', formats: ['vcard', 'html'] },
  calls: { folder: 'Calls', formats: ['html'] },
  voicemail: { folder: 'Voicemail', formats: ['html'] },
  'voice-memos': { folder: 'Voice memos', formats: ['html'] },
  notes: { folder: 'Notes', formats: ['html'] },
  calendar: { folder: 'Calendar', formats: ['ics', 'html'] },
  reminders: { folder: 'Reminders', formats: ['ics', 'html'] },
  safari: { folder: 'Safari', formats: ['html'] },
  health: { folder: 'Health', formats: ['html'] },
  documents: { folder: 'Documents', formats: ['csv'] },
} as const satisfies Readonly<Record<string, { readonly folder: string; readonly formats: readonly ExportFormat[] }>>;

export type PublishKind = keyof typeof parts;

export interface PublishRequest {
  readonly to: string;
  /** Whether the last folder of that path may be made where the one above it exists. */
  readonly mayMake?: boolean;
  readonly what: readonly PublishKind[];
  /** Bundle identifiers of apps whose documents are published with those of "On My iPhone". */
  readonly apps?: readonly string[];
  readonly photosBy?: ExportRequest['photosBy'];
  readonly timeZone?: string | undefined;
  /** Keeps what is no longer on the phone. */
  readonly keepDeleted?: boolean;
  /** The id of the folder's record as it was last time; another one, or none, means that this is not the folder. */
  readonly expectedId?: string | undefined;
}

export interface PublishOptions extends CallOptions {
  readonly progress?: ((kind: PublishKind, progress: ExportProgress) => void) | undefined;
}

export interface PublishedKind extends Readonly<PublishCounts> {
  readonly kind: PublishKind;
  /** One for each format, or for each app; empty when it failed at once. */
  readonly reports: readonly ExportReport[];
  /** The backup has nothing of it, and what an earlier one gave stays as it is. */
  readonly kept: boolean;
  /** Why it could not be published as a whole; nothing was removed then. */
  readonly error: BackupError | undefined;
}

export interface Published {
  /** To be remembered for the next time. */
  readonly id: string;
  readonly kinds: readonly PublishedKind[];
}

/**
 * Brings a folder up to the state of a backup: files that are new or changed are written, what is no longer on the phone and was written by us
 * is removed, everything else is left alone. UNAVAILABLE when the folder is not there, or is another one than last time.
 */
export const publishBackup = async (
  backup: IosBackup,
  request: PublishRequest,
  options: PublishOptions,
): Promise<Published> => {
  const { to, expectedId, what, mayMake = false } = request;
  if (mayMake && expectedId === undefined) await mkdir(to).catch(() => undefined);
  const there = await stat(to).catch(() => undefined);
  if (there?.isDirectory() !== true) {
    throw new BackupError('UNAVAILABLE', `the folder "${to}" is not there`, {
      hint: 'Connect the disk, or make the folder: it is never made, because an unmounted disk looks like a missing folder.',
    });
  }
  const record = await openRecord(to, expectedId);
  const kinds: PublishedKind[] = [];
  try {
    for (const kind of what) kinds.push(await publishKind(kind, { backup, request, options, record }));
  } finally {
    await record.save();
  }
  return { id: record.id, kinds };
};

const openRecord = async (to: string, expectedId: string | undefined): Promise<PublishRecord> => {
  if (expectedId !== undefined) await refuseEmpty(to, expectedId);
  return PublishRecord.open(to, randomUUID());
};

const refuseEmpty = async (to: string, expectedId: string): Promise<void> => {
  const found = await PublishRecord.idOf(to);
  if (found === expectedId) return;
  throw new BackupError('UNAVAILABLE', `"${to}" is not the folder that was published to before`, {
    hint: 'Connect the disk that it is on; to begin again in this folder, run `triplicate publish --again`.',
  });
};

interface Work {
  readonly backup: IosBackup;
  readonly request: PublishRequest;
  readonly options: PublishOptions;
  readonly record: PublishRecord;
}

const publishKind = async (kind: PublishKind, { backup, request, options, record }: Work): Promise<PublishedKind> => {
  const sink = new PublishedFolder(request.to, record, { kind, folder: parts[kind].folder });
  const reports: ExportReport[] = [];
  let error: BackupError | undefined;
  let exported = 0;
  // The pages of an earlier backup stay, and so does the list that leads to them. Each folder of documents has a list of its own.
  sink.replaceWhile(() => exported > 0 || kind === 'documents');
  try {
    for (const { folder, ...one } of requestsOf(kind, backup, request)) {
      const own = folder === undefined ? sink : below(sink, folder);
      exported = 0;
      const progress = (done: ExportProgress): void => {
        ({ exported } = done);
        options.progress?.(kind, done);
      };
      // Files alone would go to other folders than those of their albums, and hidden pictures among the others.
      const how = { signal: options.signal, progress, withReport: false, salvage: false };
      reports.push(await exportBackup(backup, one, own, how));
    }
    if (mayRemove(reports, request)) await sink.removeOthers(options);
  } catch (cause) {
    if (!isBackupError(cause) || cause.code === 'ABORTED' || cause.code === 'QUOTA_EXCEEDED') throw cause;
    error = cause;
  }
  const isEmpty = error === undefined && reports.every((report) => report.exported === 0);
  return { kind, ...sink.counts, reports, kept: isEmpty && sink.holdsEarlier, error };
};

/** A backup that could be read in part, or that has nothing of a kind, is no reason to remove what an earlier one gave. */
const mayRemove = (reports: readonly ExportReport[], { keepDeleted = false }: PublishRequest): boolean =>
  !keepDeleted && reports.every(isComplete) && reports.some(({ exported }) => exported > 0);

type Request = ExportRequest & { readonly folder?: string };

const requestsOf = (
  kind: PublishKind,
  { info }: IosBackup,
  { photosBy, timeZone, apps = [] }: PublishRequest,
): Request[] => {
  const common = { timeZone, photosBy: photosBy ?? 'year-and-album' } as const;
  if (kind !== 'documents') {
    const name: ExportKind = kind;
    return parts[kind].formats.map((format) => ({ ...common, kind: name, format }));
  }
  return [
    { ...common, kind: 'files', format: 'csv', folder: 'On My iPhone' },
    ...apps.map((app): Request => ({
      ...common,
      kind: 'app',
      format: 'csv',
      app,
      folder: safeName(info.appNames.get(app) ?? app),
    })),
  ];
};

/** The same folder, one level deeper. */
const below = (sink: PublishedFolder, folder: string): ExportSink => {
  const inside = (path: string): string => path.slice(path.indexOf('/') + 1);
  return {
    write: async (path, content, options) => inside(await sink.write(`${folder}/${path}`, content, options)),
    keep: async (path) => {
      const kept = await sink.keep(`${folder}/${path}`);
      return kept === undefined ? undefined : inside(kept);
    },
  };
};

export const publishKinds = Object.keys(parts) as readonly PublishKind[];
