/** Who is still waited for, while all destinations open at the same time. */
import type { BackupError } from '../errors.ts';

/** Fires when so many have come. */
export class Countdown {
  readonly #done = new AbortController();
  #missing: number;

  constructor(count: number) {
    this.#missing = count;
  }

  get done(): AbortSignal {
    return this.#done.signal;
  }

  came(): void {
    this.#missing -= 1;
    if (this.#missing === 0) this.#done.abort();
  }
}

/** As often as an opening is tried. */
const mostFailures = 3;

/**
 * One that answers, and answers every time that it cannot: a service that is being mended, or a proxy before a server that is down. One or
 * two such answers are bad weather; after that nobody waits for it when `enough` fires, or has fired.
 */
export class Refusals {
  readonly #enough: AbortSignal;
  readonly #over = new AbortController();
  #last: BackupError | undefined;
  #count = 0;

  constructor(enough: AbortSignal) {
    this.#enough = enough;
    enough.addEventListener('abort', () => this.#judge(), { once: true });
  }

  /** Fires with the last failure. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  get last(): BackupError | undefined {
    return this.#last;
  }

  add(error: BackupError): void {
    this.#last = error;
    this.#count += 1;
    this.#judge();
  }

  #judge(): void {
    if (this.#enough.aborted && this.#count >= mostFailures) this.#over.abort(this.#last);
  }
}
