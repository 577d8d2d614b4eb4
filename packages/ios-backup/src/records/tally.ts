import type { BackupError } from '@triplicate/core';

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
  /** Files that belong to the records: written, and not written with the reason. */
  readonly files: {
    readonly written: number;
    readonly missing: readonly { readonly reason: string; readonly count: number }[];
  };
}

const mostGaps = 200;

/** Counts while records stream by. */
export class Tally {
  readonly kind: string;
  readonly #sources: string[] = [];
  readonly #skipped = new Map<string, number>();
  readonly #missing = new Map<string, number>();
  readonly #gaps = new Set<string>();
  #exported = 0;
  #written = 0;

  constructor(kind: string) {
    this.kind = kind;
  }

  source(label: string): void {
    this.#sources.push(label);
  }

  /** Rows that reached the result, each alone or as a part of another record. */
  exported(count = 1): void {
    this.#exported += count;
  }

  skip(reason: string, count = 1): void {
    if (count > 0) this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + count);
  }

  gap(what: string): void {
    if (this.#gaps.size < mostGaps) this.#gaps.add(what);
  }

  /** A gap for each alias of a table for which this version of iOS has no column. */
  missing(table: string, aliases: readonly string[]): void {
    for (const alias of aliases) this.gap(`${alias}: table "${table}" of this version of iOS has no such column`);
  }

  /** A part could not be read: the export goes on, and the report says so. */
  failed(what: string, error: BackupError): void {
    this.gap(`${what}: ${error.message}`);
  }

  fileWritten(): void {
    this.#written++;
  }

  fileMissing(reason: string): void {
    this.#missing.set(reason, (this.#missing.get(reason) ?? 0) + 1);
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
      gaps: [...this.#gaps],
      files: { written: this.#written, missing: list(this.#missing) },
    };
  }
}
