import { type Clock, sleepFor } from '../clock.ts';
import { BackupError, isBackupError, throwIfAborted } from '../errors.ts';
import { backoffMs, busyDoublings, mostUnkept, type RetryPolicy } from './backoff.ts';
import type { Circuit } from './circuit.ts';
import { isNotKept } from './not-kept.ts';

const slower = 'Wait and run again, or lower "concurrency" or "bandwidth" of this destination.';

/** What all attempts of one destination share. */
export interface AttemptContext {
  readonly label: string;
  readonly policy: RetryPolicy;
  readonly circuit: Circuit;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onRetry?: ((error: BackupError) => void) | undefined;
  /** Fires when the destination is closed: nobody waits any longer. */
  readonly closed: AbortSignal;
}

/** The attempts of one call: whether there is another one, and the wait before it. */
export class Attempts {
  readonly #context: AttemptContext;
  readonly #signal: AbortSignal;
  #failures = 0;
  #unkept = 0;
  #failingSince = 0;

  constructor(context: AttemptContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
  }

  /** Before each attempt: throws ABORTED, or UNAVAILABLE while the destination is down. */
  begin(): void {
    throwIfAborted(this.#signal);
    this.#context.circuit.admit(this.#context.label);
  }

  /** Something new arrived: patience begins anew. */
  progressed(): void {
    this.#failures = 0;
    this.#context.circuit.succeeded();
  }

  /** After a failed attempt: resolves when it is time for the next one, throws the error when there is none. */
  async failed(error: unknown): Promise<void> {
    const { circuit, clock, closed, policy, random } = this.#context;
    circuit.failed(error);
    throwIfAborted(this.#signal);
    if (!isBackupError(error) || !error.retryable) throw error;
    const unkept = isNotKept(error);
    if (unkept) this.#unkept += 1;
    const now = clock.now().getTime();
    if (this.#failures === 0) this.#failingSince = now;
    this.#failures += 1;
    if (this.#unkept >= mostUnkept) throw this.#final(error);
    const doublings = unkept || error.code === 'RATE_LIMITED' ? busyDoublings : 0;
    const wait = Math.max(backoffMs(this.#failures + doublings, policy, random), error.retryAfterMs ?? 0);
    if (circuit.isDown || now + wait - this.#failingSince > policy.patienceMs) throw this.#final(error);
    this.#context.onRetry?.(error);
    try {
      await sleepFor(clock, wait, AbortSignal.any([this.#signal, closed]));
    } catch {
      throwIfAborted(this.#signal);
      throw this.#final(error);
    }
  }

  #final(error: BackupError): BackupError {
    const told = this.#failures > 1 ? error.with({ attempts: this.#failures }) : error;
    if (told.code !== 'RATE_LIMITED' || told.hint !== undefined) return told;
    const { cause, code, context, message, permanent, retryAfterMs } = told;
    return new BackupError(code, message, { cause, context, hint: slower, permanent, retryAfterMs });
  }
}
