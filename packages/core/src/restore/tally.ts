import { type ByteName, type BytePath, textFromBytes } from '../bytes.ts';
import { BackupError, toBackupError } from '../errors.ts';
import { type EntryStat, isFolderStat } from '../posix/stat-at.ts';
import { backupError, type BatchReport } from './file-batch.ts';
import { partialName } from './names.ts';
import type { RestoreOptions, RestoreProblem, RestoreReport } from './options.ts';

/** A report lists so many problems: memory does not grow with what goes wrong. */
const problemsListed = 1000;

/** Counts what a restore did and tells it on. */
export class Tally {
  files = 0;
  bytes = 0;
  skipped = 0;
  regular = 0;
  deleted = 0;
  taken = 0;
  overwritten = 0;
  readonly lost = { owners: 0, attributes: 0, modes: 0 };
  #problemCount = 0;
  readonly #problems: RestoreProblem[] = [];
  readonly #options: RestoreOptions;

  constructor(options: RestoreOptions) {
    this.#options = options;
  }

  /** `standing` is what it replaced. */
  wrote(path: BytePath, standing?: EntryStat): void {
    this.files += 1;
    if (standing !== undefined && !isFolderStat(standing)) this.replaced(path);
    this.progress(path);
  }
  /** What stood there and is no folder is gone: another entry or, uncounted in `files`, a folder has its place. */
  replaced(path: BytePath): void {
    this.overwritten += 1;
    this.#options.onChange?.({ change: 'overwritten', path });
  }
  left(path: BytePath): void {
    this.skipped += 1;
    this.progress(path);
  }
  /** A regular file is done with, whatever became of it. */
  passed(path: BytePath): void {
    this.regular += 1;
    this.progress(path);
  }
  progress(current: BytePath): void {
    const { files, bytes, skipped, regular } = this;
    this.#options.onProgress?.({ files, bytes, skipped, regular, current });
  }
  problem(path: BytePath, cause: unknown): void {
    const problem = { path, error: aboutEntry(path, toBackupError(cause)) };
    this.#problemCount += 1;
    if (this.#problems.length < problemsListed) this.#problems.push(problem);
    this.#options.onProblem?.(problem);
  }
  removed(path: BytePath): void {
    this.deleted += 1;
    this.#options.onChange?.({ change: 'removed', path });
  }
  /** What a thread did. */
  add({ files, bytes, skipped, lost, problems, changes }: BatchReport): void {
    this.files += files;
    this.bytes += bytes;
    this.skipped += skipped;
    this.lost.owners += lost.owners;
    this.lost.attributes += lost.attributes;
    this.lost.modes += lost.modes;
    for (const { change, path } of changes) {
      if (change === 'removed') this.removed(path);
      else this.replaced(path);
    }
    for (const { path, error } of problems) this.problem(path, backupError(error));
  }
  report(): RestoreReport {
    const { files, bytes, skipped, deleted, taken, overwritten, lost } = this;
    const problems = this.#problems;
    const problemCount = this.#problemCount;
    return { files, bytes, skipped, deleted, taken, overwritten, lost: { ...lost }, problems, problemCount };
  }
}

/** System errors name the entry as its folder knows it, by its partial name until it is whole; a person knows it by its path. */
export const aboutEntry = (path: BytePath, error: BackupError): BackupError => {
  const name = path.slice(path.lastIndexOf('/') + 1) as ByteName;
  const prefix = [partialName(name), name].map((own) => `"${textFromBytes(own)}": `);
  const named = prefix.find((own) => error.message.startsWith(own));
  if (named === undefined) return error;
  const { code, message, hint, context } = error;
  const text = `"${textFromBytes(path)}": ${message.slice(named.length)}`;
  return new BackupError(code, text, { hint, context, cause: error });
};
