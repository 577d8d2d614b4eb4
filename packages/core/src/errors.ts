import { addressSpaceLimit, isOutOfMemory, raiseLimit } from './posix/address-space.ts';

/** Every failure that a user can meet is one of these; `docs/errors.md` has a heading for each. Codes never change meaning. */
export const errorCodes = [
  'ABORTED',
  'ALREADY_EXISTS',
  'AUTH',
  'CONFIG_INVALID',
  'CORRUPT',
  'INVALID_RANGE',
  'IO',
  'LOCKED',
  'MASS_CHANGE',
  'NOT_FOUND',
  'NO_REPOSITORY',
  'PLUGIN_INVALID',
  'QUORUM_MISSED',
  'QUOTA_EXCEEDED',
  'RATE_LIMITED',
  'READ_ONLY',
  'UNAVAILABLE',
  'UNREADABLE',
  'UNSUPPORTED',
  'USAGE',
  'WRONG_PASSWORD',
  'WRONG_REPOSITORY',
] as const;

export type ErrorCode = (typeof errorCodes)[number];
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

export interface ErrorDetails {
  /** What the user can do, an imperative sentence. */
  readonly hint?: string | undefined;
  /** Calling again is of no use, although the code says that it may be. */
  readonly permanent?: boolean | undefined;
  /** The provider said when to come back. */
  readonly retryAfterMs?: number | undefined;
  /** For logs and `--json`; never a secret. */
  readonly context?: ErrorContext | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for('triplicate.error');

/** The one error class: a stable `code`, a lower-case message without a full stop, and a hint. */
export class BackupError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;
  readonly context: ErrorContext;
  readonly [brand] = true;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BackupError';
    this.code = code;
    this.hint = details.hint;
    this.permanent = details.permanent ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.context = details.context ?? {};
  }

  /** Whether the same call may succeed when it is made again. */
  get retryable(): boolean {
    return !this.permanent && (this.code === 'RATE_LIMITED' || this.code === 'UNAVAILABLE');
  }

  /** The same error with more context, e.g. the destination it came from. */
  with(context: ErrorContext): BackupError {
    const { hint, permanent, retryAfterMs } = this;
    const copy = new BackupError(this.code, this.message, {
      hint,
      permanent,
      retryAfterMs,
      cause: this.cause,
      context: { ...this.context, ...context },
    });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }
}

/** By brand and not by `instanceof`: a plugin may bring its own copy of this package. */
export const isBackupError = (error: unknown, code?: ErrorCode): error is BackupError =>
  typeof error === 'object' &&
  error !== null &&
  brand in error &&
  (code === undefined || (error as BackupError).code === code);

const systemCodes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EACCES: 'AUTH',
  EPERM: 'AUTH',
  EROFS: 'READ_ONLY',
  ENOSPC: 'QUOTA_EXCEEDED',
  EDQUOT: 'QUOTA_EXCEEDED',
  EEXIST: 'ALREADY_EXISTS',
  ECONNREFUSED: 'UNAVAILABLE',
  ECONNRESET: 'UNAVAILABLE',
  EPIPE: 'UNAVAILABLE',
  ETIMEDOUT: 'UNAVAILABLE',
  EHOSTUNREACH: 'UNAVAILABLE',
  ENETUNREACH: 'UNAVAILABLE',
  ENOTFOUND: 'UNAVAILABLE',
  EAI_AGAIN: 'UNAVAILABLE',
};

/** The words a person reads for a system error, without the call and the path that Node puts around them. */
const systemWords: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the quota is used up',
  EIO: 'input/output error',
  ELOOP: 'the links lead round in a circle',
  ENAMETOOLONG: 'the path is too long for the system',
};

/** Turns whatever was thrown into a BackupError: our own unchanged, an abort as ABORTED, a system error by its code, the rest as `fallback`. */
export const toBackupError = (error: unknown, fallback: ErrorCode = 'IO', what?: string): BackupError => {
  if (isBackupError(error)) return error;
  const e = error as { name?: string; code?: unknown; message?: string };
  const said = (words: string): string => (what === undefined ? words : `${what}: ${words}`);
  if (e?.name === 'AbortError' || e?.code === 'ABORT_ERR')
    return new BackupError('ABORTED', 'interrupted', { cause: error });
  const limit = isOutOfMemory(error) ? addressSpaceLimit() : undefined;
  if (limit !== undefined)
    return new BackupError('IO', 'there is not enough address space', { hint: raiseLimit(limit), cause: error });
  const system = typeof e?.code === 'string' ? e.code : undefined;
  const words = (system && systemWords[system]) ?? e?.message ?? String(error);
  return new BackupError((system && systemCodes[system]) || fallback, said(words), {
    cause: error,
    context: system ? { system } : {},
  });
};

/** Rejects with ABORTED as soon as the signal fires. */
export const throwIfAborted = (signal: AbortSignal): void => {
  if (!signal.aborted) return;
  if (isBackupError(signal.reason)) throw signal.reason;
  throw new BackupError('ABORTED', 'interrupted', { cause: signal.reason });
};
