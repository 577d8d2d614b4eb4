import { appendFile, lstat, open, rm, writeFile } from 'node:fs/promises';
import { BackupError, type Clock, isBackupError, systemCode, toBackupError } from '@triplicate/core';
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

  /** Begins a new file at `path`, for its owner alone, in the place of the transcript before it. Another file is refused. */
  static async open(path: string, clock: Clock): Promise<Transcript> {
    try {
      if (await isTranscript(path)) await rm(path);
      await writeFile(path, '', { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw refused(path);
      throw isBackupError(error) ? error : toBackupError(error, 'IO', `the transcript "${path}"`);
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

/** How each line begins, see `tap`. */
const lineStart = '{"ms":';

/** Whether a file is there that a run before this one made; an empty one is of a run that said nothing. */
const isTranscript = async (path: string): Promise<boolean> => {
  const about = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (about === undefined || !about.isFile()) return false;
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(lineStart.length), 0, lineStart.length, 0);
  return bytesRead === 0 || buffer.toString('utf8') === lineStart;
};

const refused = (path: string): BackupError =>
  new BackupError('CONFIG_INVALID', `"${path}" is there already, and is no transcript`, {
    hint: 'name another file under "record", or remove that one',
  });
