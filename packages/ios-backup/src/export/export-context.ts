import type { CallOptions } from '@triplicate/core';
import type { IosBackup } from '../backup/ios-backup.ts';
import type { RecordFilter, RecordOptions } from '../records/record-options.ts';
import type { Tally } from '../records/tally.ts';
import type { ExportSink } from '../render/export-sink.ts';
import type { TimeFormat } from '../render/time-format.ts';
import type { AttachmentWriter } from './attachment-writer.ts';
import type { ExportFormat, ExportKind } from './export-kinds.ts';

export interface ExportRequest extends RecordFilter {
  readonly kind: ExportKind;
  /** The kind's first format when absent. */
  readonly format?: ExportFormat | undefined;
  /** IANA name of the zone in which dates are shown; UTC when absent. */
  readonly timeZone?: string | undefined;
  /** Whether the files that belong to records are written too; they are when absent. */
  readonly attachments?: boolean | undefined;
  readonly notePassword?: string | undefined;
  /** Bundle identifier, for kind `app`. */
  readonly app?: string | undefined;
  /** Domain and the beginning of the paths inside it, for kind `files`; "On My iPhone" when absent. */
  readonly domain?: string | undefined;
  readonly prefix?: string | undefined;
  /** How photos are put into folders; `year-and-album` is a folder for each album in that of the year. By year when absent. */
  readonly photosBy?: 'year' | 'album' | 'year-and-album' | undefined;
}

/** What every writer of an export needs. */
export interface ExportContext extends CallOptions {
  readonly backup: IosBackup;
  readonly request: ExportRequest;
  readonly format: ExportFormat;
  readonly sink: ExportSink;
  readonly tally: Tally;
  readonly time: TimeFormat;
  readonly files: AttachmentWriter;
  readonly records: RecordOptions;
}
