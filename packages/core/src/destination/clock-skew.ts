/** How wrong the clock of this machine is, as far as a server tells the time in the header `Date` of its answers. */
import { systemClock } from '../clock.ts';
import { BackupError, type ErrorCode } from '../errors.ts';

/** Below it, signatures and tokens are accepted everywhere: Microsoft and Google allow five minutes, S3 and Azure fifteen. */
const toleratedMs = 5 * 60_000;

/** Milliseconds by which this machine is ahead of the server, negative when it is behind; `undefined` when the server tells no time. */
export const clockSkewMs = (date: string | null | undefined, now: Date = systemClock.now()): number | undefined => {
  const told = Date.parse(date ?? '');
  // The header has whole seconds, and is as likely at their end as at their beginning.
  return Number.isNaN(told) ? undefined : now.getTime() - told - 500;
};

/** For a sentence that begins with "the clock of this machine is". */
export const describeSkew = (skewMs: number): string => {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return `${duration(seconds)} ${skewMs < 0 ? 'behind' : 'ahead of'} that of the server`;
};

const duration = (seconds: number): string => {
  const minutes = Math.round(seconds / 60);
  if (seconds < 120) return `${seconds} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
};

/** What mends a wrong clock. */
export const clockHint = 'Set the clock of this machine, and let the system keep it by itself (NTP).';

/**
 * The error of a refusal, with the clock in its message and first in its hint where that is so wrong that it may be all that the server
 * minds; any other error as it is.
 */
export const blameClock = (error: BackupError, date: string | null | undefined, now?: Date): BackupError => {
  const skew = clockSkewMs(date, now);
  if (!refusals.has(error.code) || skew === undefined || Math.abs(skew) < toleratedMs) return error;
  const { cause, code, context, hint, message, permanent, retryAfterMs } = error;
  const seconds = Math.round(skew / 1000);
  return new BackupError(code, `${message}; the clock of this machine is ${describeSkew(skew)}`, {
    hint: hint === undefined || hint === clockHint ? clockHint : `${clockHint} If that is not it: ${lower(hint)}`,
    context: { ...context, clockSkewSeconds: seconds },
    cause,
    permanent,
    retryAfterMs,
  });
};

const refusals: ReadonlySet<ErrorCode> = new Set(['AUTH']);

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
