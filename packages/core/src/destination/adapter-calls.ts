import { BackupError, throwIfAborted } from '../errors.ts';
import { abortable } from './abortable.ts';

/**
 * What every call of an adapter has in common: none begins after it is closed, none is waited for when its signal fires, and errors of the
 * provider become errors of ours.
 */
export class AdapterCalls {
  readonly #translate: (error: unknown, what: string) => BackupError;
  #closed = false;

  constructor(translate: (error: unknown, what: string) => BackupError) {
    this.#translate = translate;
  }

  /** `what` begins the message of the error, e.g. `cannot write "config" to s3://backups`. */
  async run<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    this.assertOpen(what, signal);
    try {
      return await abortable(work(), signal);
    } catch (error) {
      throwIfAborted(signal);
      throw isMisuse(error) ? error : this.#translate(error, what);
    }
  }

  /** ABORTED after the adapter was closed, or when the signal has fired. */
  assertOpen(what: string, signal: AbortSignal): void {
    throwIfAborted(signal);
    if (this.#closed) throw new BackupError('ABORTED', `${what}: it is closed`);
  }

  /** Whether this was the first time. */
  close(): boolean {
    const first = !this.#closed;
    this.#closed = true;
    return first;
  }
}

/** Of `assertKey` and `assertPrefix`: a mistake of the caller's, which no provider knows of. */
const isMisuse = (error: unknown): boolean =>
  error instanceof TypeError && /^not (an object key|the beginning)/.test(error.message);
