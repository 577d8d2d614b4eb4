import { isBackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { IosBackup } from '../backup/ios-backup.ts';
import { listedAt, stateWords } from '../records/attachment.ts';
import type { FileDetails } from '../manifest/manifest.ts';
import type { Attachment } from '../records/attachment.ts';
import type { Tally } from '../records/tally.ts';
import { safeName } from '../render/safe-name.ts';
import type { ExportSink } from '../render/export-sink.ts';

export interface AttachmentOptions extends CallOptions {
  readonly folder: string;
  /** The file's date when the manifest has none. */
  readonly modified?: Date | undefined;
  /** Keeps the path below the folder instead of the bare name. */
  readonly path?: string | undefined;
}

/** Copies the files of records out of the backup, and counts what could not be had. */
export class AttachmentWriter {
  readonly #backup: IosBackup;
  readonly #sink: ExportSink;
  readonly #tally: Tally;
  readonly #enabled: boolean;
  /** Where each file went, for as long as somebody has its record. */
  readonly written = new WeakMap<Attachment, string>();

  constructor(backup: IosBackup, sink: ExportSink, options: { readonly tally: Tally; readonly enabled: boolean }) {
    this.#backup = backup;
    this.#sink = sink;
    this.#tally = options.tally;
    this.#enabled = options.enabled;
  }

  /** Writes the file; one that is missing or damaged is counted and the export goes on. */
  async write(attachment: Attachment, { folder, modified, path, signal }: AttachmentOptions): Promise<void> {
    if (attachment.state !== 'present' || attachment.place === undefined)
      return this.#missing(attachment, `${folder}/${path ?? safeName(attachment.name)}`);
    if (!this.#enabled) return this.#tally.fileMissing('files were not asked for');
    const entry = this.#backup.manifest.find(attachment.place.domain, attachment.place.path);
    if (entry === undefined) return this.#tally.fileMissing(stateWords.missing);
    const name = path ?? safeName(withExtension(attachment.name, attachment.place.path));
    try {
      const content = this.#backup.open(entry, {
        signal,
        onShort: () => this.#tally.fileCut(entry.path),
      });
      const details = entry.details();
      const options = { signal, modified: details.modified ?? modified, identity: identityOf(entry.id, details) };
      this.written.set(attachment, await this.#sink.write(`${folder}/${name}`, content, options));
      this.#tally.fileWritten();
    } catch (error) {
      if (!isBackupError(error) || !spoiled.has(error.code)) throw error;
      this.#tally.fileSpoiled(error);
    }
  }

  /** Files of an earlier export that are right, although this backup has nothing of them. */
  async keep(paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.#sink.keep?.(path);
  }

  async #missing(attachment: Attachment, path: string): Promise<void> {
    const { place, state } = attachment;
    const listed = place === undefined || !this.#enabled ? undefined : listedAt(this.#backup, [place]);
    if (listed === undefined) this.#tally.fileMissing(stateWords[state]);
    else this.#tally.fileAbsent(listed);
    const kept = await this.#sink.keep?.(path);
    if (kept !== undefined) this.written.set(attachment, kept);
  }
}

/** A phone that changes a file gives it another date. */
const identityOf = (id: string, { size, modified }: FileDetails): string =>
  `${id} ${size} ${modified?.getTime() ?? 'no date'}`;

/** One file that cannot be read ends nothing; a full disk or an interruption ends the export. */
const spoiled: ReadonlySet<string> = new Set(['CORRUPT', 'NOT_FOUND', 'UNREADABLE', 'UNSUPPORTED']);

/** The name as the person knows it, with the extension that the file really has. */
const withExtension = (name: string, path: string): string => {
  const extension = /\.\w{1,8}$/.exec(path)?.[0];
  return extension === undefined || /\.\w{1,8}$/.test(name) ? name : name + extension;
};
