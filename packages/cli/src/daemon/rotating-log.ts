/** A log of one JSON object a line that never grows beyond its limits: FILE, FILE.1 … FILE.N, the newest first. */
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LogLimits {
  /** A file that would become larger is put aside first. */
  readonly mostBytes: number;
  /** How many are kept aside. */
  readonly keep: number;
}

export type LogLevel = 'info' | 'warn' | 'error';

export class RotatingLog {
  readonly #file: string;
  readonly #limits: LogLimits;
  readonly #now: () => Date;
  #size: number;

  /** Throws when the file cannot be written. */
  constructor(file: string, limits: LogLimits, now: () => Date) {
    this.#file = file;
    this.#limits = limits;
    this.#now = now;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    appendFileSync(file, '', { mode: 0o600 });
    this.#size = statSync(file).size;
  }

  /** A disk that is full loses lines of the log, and never a backup. */
  write(level: LogLevel, fields: Readonly<Record<string, unknown>>): void {
    const line = Buffer.from(`${JSON.stringify({ time: this.#now().toISOString(), level, ...fields })}\n`);
    try {
      if (this.#size > 0 && this.#size + line.byteLength > this.#limits.mostBytes) this.#rotate();
      appendFileSync(this.#file, line, { mode: 0o600 });
      this.#size += line.byteLength;
    } catch {
      // Told by nothing but a missing line.
    }
  }

  #rotate(): void {
    const { keep } = this.#limits;
    for (let n = keep; n > 0; n -= 1) {
      try {
        renameSync(n === 1 ? this.#file : `${this.#file}.${n - 1}`, `${this.#file}.${n}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    if (keep === 0) rmSync(this.#file, { force: true });
    this.#size = 0;
  }
}
