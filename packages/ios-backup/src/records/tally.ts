import type { BackupError } from '@triplicate/core';
import { noColumn } from '../sqlite/schema.ts';

/** What an export did, to the row. `read` is always `exported` plus everything skipped. */
export interface ExportReport {
  readonly kind: string;
  /** Where the rows came from, e.g. `HomeDomain Library/SMS/sms.db`. */
  readonly sources: readonly string[];
  readonly read: number;
  readonly exported: number;
  readonly skipped: readonly { readonly reason: string; readonly count: number }[];
  /** What this backup, or its version of iOS, does not give: named, so that nothing is left out silently. */
  readonly gaps: readonly string[];
  /** Parts, files and contents of records that the backup has and that could not be read: damaged, locked by another password, or away from every destination. */
  readonly unreadable: number;
  /** Those of them that are contents of records which were exported, and marked; absent when there are none. */
  readonly undecoded?: number;
  /** Files that belong to the records: written, and not written with the reason. */
  readonly files: {
    readonly written: number;
    readonly missing: readonly { readonly reason: string; readonly count: number }[];
  };
}

/** Whether every record and file of the kind was found, though the words of some may not be legible. */
export const isComplete = ({ unreadable, undecoded = 0 }: ExportReport): boolean => unreadable === undecoded;

const mostGaps = 200;

/** How far an export has come. */
export interface ExportProgress {
  readonly exported: number;
  readonly filesWritten: number;
}

/** Counts while records stream by. */
export class Tally {
  readonly kind: string;
  readonly #sources: string[] = [];
  readonly #skipped = new Map<string, number>();
  readonly #missing = new Map<string, number>();
  readonly #gaps = new Set<string>();
  #unnamed = 0;
  #isWhole = true;
  readonly #failures: string[] = [];
  readonly #progress: ((progress: ExportProgress) => void) | undefined;
  #exported = 0;
  #written = 0;
  #unreadable = 0;
  #undecoded = 0;

  constructor(kind: string, progress?: (progress: ExportProgress) => void) {
    this.kind = kind;
    this.#progress = progress;
  }

  source(label: string): void {
    this.#sources.push(label);
  }

  /** Rows that reached the result, each alone or as a part of another record. */
  exported(count = 1): void {
    this.#exported += count;
    this.#progress?.({ exported: this.#exported, filesWritten: this.#written });
  }

  skip(reason: string, count = 1): void {
    if (count > 0) this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + count);
  }

  readonly gap = (what: string): void => {
    if (this.#gaps.size < mostGaps) this.#gaps.add(what);
    else if (!this.#gaps.has(what)) this.#unnamed++;
  };

  /** A gap for each alias of a table for which this version of iOS has no column. */
  missing(table: string, aliases: readonly string[]): void {
    for (const alias of aliases) this.gap(noColumn(table, alias));
  }

  /** A part could not be read: the export goes on, and the report says so. */
  failed(what: string, error: BackupError): void {
    this.#unreadable++;
    const failure = `${what}: ${error.message}`;
    if (this.#failures.length < mostGaps) this.#failures.push(failure);
    this.gap(failure);
  }

  /** A database that can be read, though perhaps not all of it. */
  damaged(what: string): void {
    this.#isWhole = false;
    this.#unreadable++;
    if (this.#failures.length < mostGaps) this.#failures.push(what);
    this.gap(what);
  }

  /** The content of a record that is exported without it: `what` names the record, and why. */
  undecoded(what: string): void {
    this.#unreadable++;
    this.#undecoded++;
    this.gap(what);
  }

  /** A file whose end the backup does not have. */
  fileCut(path: string): void {
    this.#unreadable++;
    this.gap(`${path} changed while the phone copied it: its end is missing`);
  }

  fileWritten(): void {
    this.#written++;
    this.#progress?.({ exported: this.#exported, filesWritten: this.#written });
  }

  /** A file that the backup has and nobody can read. */
  fileSpoiled(error: BackupError): void {
    this.#unreadable++;
    this.fileMissing(error.message);
  }

  /** A file that the backup lists and whose content it does not have. */
  fileAbsent({ domain, path }: { readonly domain: string; readonly path: string }): void {
    this.#unreadable++;
    this.fileMissing('listed in the backup, its content is not there');
    this.gap(`${domain} ${path}: the backup lists it and does not have its content`);
  }

  fileMissing(reason: string): void {
    this.#missing.set(reason, (this.#missing.get(reason) ?? 0) + 1);
  }

  /** Whether anything was found to read from. */
  get hasSource(): boolean {
    return this.#sources.length > 0;
  }

  /** Whether no database was damaged: a record that was not found is none then. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Those of the gaps that another backup would not have: parts that could not be read. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  report(): ExportReport {
    const list = (map: ReadonlyMap<string, number>) => [...map].map(([reason, count]) => ({ reason, count }));
    const skipped = list(this.#skipped);
    return {
      kind: this.kind,
      sources: [...new Set(this.#sources)],
      read: this.#exported + skipped.reduce((sum, { count }) => sum + count, 0),
      exported: this.#exported,
      skipped,
      gaps: [...this.#gaps, ...(this.#unnamed > 0 ? [`${this.#unnamed} more, which are not named here`] : [])],
      unreadable: this.#unreadable,
      ...(this.#undecoded > 0 ? { undecoded: this.#undecoded } : {}),
      files: { written: this.#written, missing: list(this.#missing) },
    };
  }
}
