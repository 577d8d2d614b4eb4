import { appendFile, writeFile } from 'node:fs/promises';
import { type Clock, toBackupError } from '@triplicate/core';
import type { PlistValue } from '@triplicate/plist';
import { redact } from './redact.ts';

export type Tap = (direction: 'sent' | 'received', message: PlistValue) => void;

/** What was said between this computer and a phone, a line of JSON a message, without anything of a person's. */
export class Transcript {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #began: number;
  #writing: Promise<void>;

  private constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#began = clock.now().getTime();
    this.#writing = Promise.resolve();
  }

  /** Begins a new file at `path`, for its owner alone. */
  static async open(path: string, clock: Clock): Promise<Transcript> {
    try {
      await writeFile(path, '', { mode: 0o600 });
    } catch (error) {
      throw toBackupError(error, 'IO', `the transcript "${path}"`);
    }
    return new Transcript(path, clock);
  }

  /** For one connection. */
  tap(service: string): Tap {
    return (direction, message) => {
      const line = JSON.stringify({
        ms: this.#clock.now().getTime() - this.#began,
        service,
        direction,
        message: redact(message),
      });
      this.#writing = this.#writing.then(() => appendFile(this.#path, `${line}\n`));
      // Reported by `flush`.
      this.#writing.catch(() => {});
    };
  }

  /** Everything is in the file. */
  async flush(): Promise<void> {
    try {
      await this.#writing;
    } catch (error) {
      throw toBackupError(error, 'IO', `the transcript "${this.#path}"`);
    }
  }
}
