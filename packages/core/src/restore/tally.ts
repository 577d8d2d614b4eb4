import type { BytePath } from '../bytes.ts';
import { toBackupError } from '../errors.ts';
import type { RestoreOptions, RestoreProblem, RestoreReport } from './options.ts';

/** A report lists so many problems: memory does not grow with what goes wrong. */
const problemsListed = 1000;

/** Counts what a restore did and tells it on. */
export class Tally {
  files = 0;
  bytes = 0;
  skipped = 0;
  deleted = 0;
  #problemCount = 0;
  readonly #problems: RestoreProblem[] = [];
  readonly #options: RestoreOptions;

  constructor(options: RestoreOptions) {
    this.#options = options;
  }

  wrote(path: BytePath): void {
    this.files += 1;
    this.progress(path);
  }
  left(path: BytePath): void {
    this.skipped += 1;
    this.progress(path);
  }
  progress(current: BytePath): void {
    const { files, bytes, skipped } = this;
    this.#options.onProgress?.({ files, bytes, skipped, current });
  }
  problem(path: BytePath, cause: unknown): void {
    const problem = { path, error: toBackupError(cause) };
    this.#problemCount += 1;
    if (this.#problems.length < problemsListed) this.#problems.push(problem);
    this.#options.onProblem?.(problem);
  }
  report(): RestoreReport {
    const { files, bytes, skipped, deleted } = this;
    return { files, bytes, skipped, deleted, problems: this.#problems, problemCount: this.#problemCount };
  }
}
