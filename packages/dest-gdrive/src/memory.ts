import type { Clock } from '@triplicate/core';
import type { DriveFile } from './drive-file.ts';
import type { Recent } from './recent.ts';

export interface MemoryOptions {
  readonly clock: Clock;
  readonly listLagMs: number;
  /** Of the process before. */
  readonly recent: Recent;
}

/** Some megabytes at most. */
const mostEntries = 20_000;

/**
 * What this process knows better than a listing, or as well: which file an object is, and which files are gone. Each entry holds as long as
 * a listing may lag, so that nothing here is older than what Google might answer.
 */
export class Memory {
  readonly #options: MemoryOptions;
  readonly #files = new Map<string, { readonly file: DriveFile; readonly until: number }>();
  readonly #gone = new Map<string, number>();

  constructor(options: MemoryOptions) {
    this.#options = options;
    for (const { file, key, until } of options.recent.files) {
      const rest = { isFolder: false, md5: undefined, parents: [], trashed: false };
      this.#files.set(key, {
        file: { ...rest, ...file, sha256: file.sha256, modified: new Date(file.modified) },
        until,
      });
    }
  }

  /** What a listing may not show yet, for the process that comes after this one. */
  recent(): Recent['files'] {
    return [...this.#files].flatMap(([key, { file, until }]) => {
      if (until <= this.#now()) return [];
      const { id, modified, name, sha256, size = 0 } = file;
      return {
        key,
        until,
        file: { id, name, size, modified: modified.getTime(), ...(sha256 === undefined ? {} : { sha256 }) },
      };
    });
  }

  get(key: string): DriveFile | undefined {
    const entry = this.#files.get(key);
    return entry !== undefined && entry.until > this.#now() ? entry.file : undefined;
  }

  /** Those whose key has the prefix. */
  *withPrefix(prefix: string): Iterable<readonly [key: string, file: DriveFile]> {
    for (const [key, { file, until }] of this.#files) {
      if (key.startsWith(prefix) && until > this.#now()) yield [key, file];
    }
  }

  keep(key: string, file: DriveFile): void {
    this.#files.delete(key);
    this.#files.set(key, { file, until: this.#now() + this.#options.listLagMs });
    trim(this.#files);
  }

  forget(key: string): void {
    this.#files.delete(key);
  }

  /** A file was removed. */
  remove(id: string): void {
    this.#gone.set(id, this.#now() + this.#options.listLagMs);
    trim(this.#gone);
  }

  isGone(id: string): boolean {
    return (this.#gone.get(id) ?? 0) > this.#now();
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** The oldest go first. */
const trim = (entries: Map<string, unknown>): void => {
  for (const key of entries.keys()) {
    if (entries.size <= mostEntries) return;
    entries.delete(key);
  }
};
