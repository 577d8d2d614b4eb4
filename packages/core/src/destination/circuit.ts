import type { Clock } from '../clock.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { RetryPolicy } from './backoff.ts';

/** Whether a destination answers at all, as seen by all calls together: after lasting silence each call fails at once, so that a run goes on. */
export class Circuit {
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  #failures = 0;
  #silentSince = 0;
  #down = false;
  #lastProbe = 0;

  constructor(policy: RetryPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** Throws UNAVAILABLE while the destination is down, but for one call now and then. */
  admit(label: string): void {
    if (!this.#down) return;
    const now = this.#now();
    if (now - this.#lastProbe >= this.#policy.probeEveryMs) {
      this.#lastProbe = now;
      return;
    }
    const minutes = Math.max(1, Math.round((now - this.#silentSince) / 60_000));
    throw new BackupError('UNAVAILABLE', `${label} has not answered for ${minutes} min`, {
      hint: 'Check the connection and the service; the next run tries again and catches up.',
    });
  }

  succeeded(): void {
    this.#failures = 0;
    this.#down = false;
  }

  /** Any answer but UNAVAILABLE, be it a refusal, shows that someone is there. An abort and a mistake of the caller show nothing. */
  failed(error: unknown): void {
    if (!isBackupError(error) || error.code === 'ABORTED') return;
    if (error.code !== 'UNAVAILABLE') return this.succeeded();
    const now = this.#now();
    if (this.#failures === 0) this.#silentSince = now;
    this.#failures += 1;
    const { downAfterFailures, downAfterMs } = this.#policy;
    if (this.#down || this.#failures < downAfterFailures || now - this.#silentSince < downAfterMs) return;
    this.#down = true;
    this.#lastProbe = now;
  }

  get isDown(): boolean {
    return this.#down;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
