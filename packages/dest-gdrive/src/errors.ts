import { BackupError, blameClock, type ErrorCode, isBackupError, translateConnection } from '@triplicate/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
}

const again = 'Sign in again: `triplicate auth` with the name of this destination.';
const rights = 'Give the account the right to add and delete files there.';
const busy: Meaning = { code: 'RATE_LIMITED', words: 'too many requests' };
const full = (words: string): Meaning => ({
  code: 'QUOTA_EXCEEDED',
  words,
  hint: 'Make room there, or run `triplicate forget` with a stricter policy and `triplicate prune`.',
});

/** https://developers.google.com/workspace/drive/api/guides/handle-errors, and the reasons that clients have met besides. */
const meanings: Readonly<Record<string, Meaning>> = {
  authError: { code: 'AUTH', words: 'the sign-in is not valid any more', hint: again },
  invalid_grant: { code: 'AUTH', words: 'the sign-in or the key of the account is not valid any more', hint: again },
  invalid_client: { code: 'AUTH', words: 'Google does not know this application', hint: again },
  unauthorized_client: {
    code: 'AUTH',
    words: 'the account may not act for this user',
    hint: 'Allow it in the admin console (domain-wide delegation), with the scope of "access".',
  },
  insufficientPermissions: { code: 'AUTH', words: 'the sign-in does not allow this', hint: again },
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: { code: 'AUTH', words: 'the sign-in does not allow this', hint: again },
  insufficientFilePermissions: { code: 'AUTH', words: 'access denied', hint: rights },
  insufficientParentPermissions: { code: 'AUTH', words: 'access denied', hint: rights },
  appNotAuthorizedToFile: {
    code: 'AUTH',
    words: 'this application has not made the file and may not touch it',
    hint: 'Use the "clientId" that made it, or "access: all".',
  },
  accessNotConfigured: {
    code: 'AUTH',
    words: 'the Drive API is not enabled for this application',
    hint: 'Enable it at https://console.cloud.google.com/apis/library/drive.googleapis.com.',
  },
  domainPolicy: { code: 'AUTH', words: 'the administrator of the account does not allow Drive to applications' },
  cannotDownloadAbusiveFile: {
    code: 'AUTH',
    words: 'Google holds the file for malware and does not give it out',
    hint: 'Its owner can get it in the browser.',
  },
  userRateLimitExceeded: busy,
  rateLimitExceeded: busy,
  sharingRateLimitExceeded: busy,
  dailyLimitExceeded: { code: 'RATE_LIMITED', words: 'the application has used up its requests of the day' },
  downloadQuotaExceeded: { code: 'RATE_LIMITED', words: 'the file was read too often today' },
  uploadLimitExceeded: { code: 'RATE_LIMITED', words: 'the account has uploaded as much as it may in a day' },
  quotaExceeded: full('the drive is full'),
  storageQuotaExceeded: full('the drive is full (a service account has no room of its own: give it a shared drive)'),
  teamDriveFileLimitExceeded: full('the shared drive has as many files as it can'),
  numChildrenInNonRootLimitExceeded: full('the folder has as many files as it can'),
  activeItemCreationLimitExceeded: full('the account has as many files as it can'),
  notFound: { code: 'NOT_FOUND', words: 'no such object' },
  fileNotDownloadable: { code: 'NOT_FOUND', words: 'what has this name is no file' },
  requestedRangeNotSatisfiable: { code: 'INVALID_RANGE', words: 'the object ends before this range' },
  backendError: { code: 'UNAVAILABLE', words: 'Google has a problem of its own' },
  internalError: { code: 'UNAVAILABLE', words: 'Google has a problem of its own' },
  transientError: { code: 'UNAVAILABLE', words: 'Google has a problem of its own' },
};

const byStatus = (status: number): Meaning | undefined => {
  if (status === 401) return meanings['authError'];
  if (status === 403) return meanings['insufficientFilePermissions'];
  if (status === 404 || status === 410) return meanings['notFound'];
  if (status === 413) return { code: 'UNSUPPORTED', words: 'Google takes no object of this size' };
  if (status === 416) return meanings['requestedRangeNotSatisfiable'];
  if (status === 429) return busy;
  if (status === 408) return { code: 'UNAVAILABLE', words: 'the request took too long' };
  if (status >= 500) return { code: 'UNAVAILABLE', words: `Google has a problem of its own (status ${status})` };
  return undefined;
};

/** As the library throws it; the answer is text where a stream was asked for. */
interface SdkError {
  readonly message?: string;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly response?: {
    readonly status?: number;
    readonly data?: unknown;
    readonly headers?: { get(name: string): string | null };
  };
}

interface ErrorBody {
  readonly error?: string | { readonly message?: unknown; readonly errors?: readonly { readonly reason?: unknown }[] };
}

export const statusOf = (error: unknown): number | undefined => {
  const context = isBackupError(error) ? error.context['status'] : undefined;
  return typeof context === 'number' ? context : (error as SdkError | undefined)?.response?.status;
};

/** Google's own word for what went wrong. */
export const reasonOf = (error: unknown): string | undefined => {
  const body = bodyOf(error)?.error;
  const said = typeof body === 'string' ? body : body?.errors?.[0]?.reason;
  return typeof said === 'string' ? said : undefined;
};

const bodyOf = (error: unknown): ErrorBody | undefined => {
  const data = (error as SdkError | undefined)?.response?.data;
  if (typeof data !== 'string') return data as ErrorBody | undefined;
  try {
    return JSON.parse(data) as ErrorBody;
  } catch {
    return undefined;
  }
};

/** Whether a file is not there, or not for us: Google makes no difference. */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404 || isBackupError(error, 'NOT_FOUND');

/** The one place where a failure of Google becomes an error of ours. `what` says what was tried, e.g. `cannot write "config" to gdrive:Backups`. */
export const translate = (error: unknown, what: string): BackupError => {
  if (isBackupError(error)) return said(error, what);
  const { message = '', response } = (error ?? {}) as SdkError;
  const status = response?.status;
  if (status === undefined) return said(translateConnection(connectionOf(error), 'Google'), what);
  const reason = reasonOf(error);
  const meaning = (reason === undefined ? undefined : meanings[reason]) ?? byStatus(status);
  const words = meaning?.words ?? `Google answers with status ${status}`;
  // The error of the library holds the request: it goes no further.
  const cause = new Error(message.split('\n')[0]?.slice(0, 200));
  const own = new BackupError(meaning?.code ?? 'IO', say(what, words), {
    hint: meaning?.hint,
    retryAfterMs: retryAfter(response?.headers),
    context: { status, ...(reason === undefined ? {} : { service: reason }) },
    cause,
  });
  return blameClock(own, response?.headers?.get('date'));
};

/** `what` is empty inside of a call, where nothing is told yet. */
const say = (what: string, words: string): string => (what === '' ? words : `${what}: ${words}`);

const said = (error: BackupError, what: string): BackupError => {
  const { cause, code, context, hint, message, retryAfterMs } = error;
  if (code === 'ABORTED' || message.startsWith(what)) return error;
  return new BackupError(code, say(what, message), { cause, context, hint, retryAfterMs });
};

/** What broke the connection is wrapped once or twice; a body that ended early has only words. */
const connectionOf = (error: unknown): unknown => {
  for (let at = error as SdkError | undefined, depth = 0; at && depth < 4; at = at.cause as SdkError, depth += 1) {
    if (isBackupError(at)) return at;
    if (typeof at.code === 'string' && at.code !== '') return { code: at.code, message: at.message, name: 'Error' };
  }
  const { message = '' } = (error ?? {}) as SdkError;
  const cut = /premature close|invalid response body|socket hang up|terminated|aborted/i.test(message);
  return cut ? new BackupError('UNAVAILABLE', 'the connection was cut') : error;
};

const retryAfter = (headers: { get(name: string): string | null } | undefined): number | undefined => {
  const text = headers?.get('retry-after') ?? undefined;
  const seconds = text === undefined ? Number.NaN : Number(text);
  return seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined;
};
