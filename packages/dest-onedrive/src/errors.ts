import type { IncomingHttpHeaders } from 'node:http';
import { BackupError, type ErrorCode, retryAfterMs, translateConnection } from '@triplicate/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
}

const signIn = 'Sign in again: `triplicate auth` with the name of this destination.';
const full: Meaning = {
  code: 'QUOTA_EXCEEDED',
  words: 'the OneDrive is full',
  hint: 'Make room and empty the recycle bin, or run `triplicate forget` and `triplicate prune`.',
};
const denied: Meaning = {
  code: 'AUTH',
  words: 'access denied',
  hint: 'Check "access": with "appFolder" only the folder of the application can be seen. Then sign in again: `triplicate auth`.',
};
const busy: Meaning = { code: 'RATE_LIMITED', words: 'too many requests' };
const locked: Meaning = { code: 'UNAVAILABLE', words: 'somebody has locked the file at the moment' };

/** https://learn.microsoft.com/en-us/graph/errors and https://learn.microsoft.com/en-us/onedrive/developer/rest-api/concepts/errors, in small letters. */
const meanings: Readonly<Record<string, Meaning>> = {
  itemnotfound: { code: 'NOT_FOUND', words: 'no such object' },
  namealreadyexists: { code: 'ALREADY_EXISTS', words: 'it exists already' },
  accessdenied: denied,
  notallowed: denied,
  unauthenticated: { code: 'AUTH', words: 'the sign-in is not valid any more', hint: signIn },
  invalidauthenticationtoken: { code: 'AUTH', words: 'the sign-in is not valid any more', hint: signIn },
  quotalimitreached: full,
  insufficientstorage: full,
  activitylimitreached: busy,
  toomanyrequests: busy,
  throttledrequest: busy,
  bandwidthlimitexceeded: busy,
  invalidrange: { code: 'INVALID_RANGE', words: 'the object ends before this range' },
  resourcemodified: { code: 'UNAVAILABLE', words: 'somebody changed it meanwhile' },
  resourcelocked: locked,
  servicenotavailable: { code: 'UNAVAILABLE', words: 'OneDrive is not there at the moment' },
  pathistoolong: { code: 'UNSUPPORTED', words: 'the path is too long', hint: 'Choose a shorter "folder".' },
  filetoolarge: { code: 'UNSUPPORTED', words: 'OneDrive takes no object of this size' },
  malwaredetected: { code: 'UNSUPPORTED', words: 'OneDrive believes that there is a virus in it' },
  resourcenotfound: { code: 'CONFIG_INVALID', words: 'this account has no OneDrive' },
};

const byStatus = (status: number): Meaning => {
  if (status === 401) return { code: 'AUTH', words: 'the sign-in is not valid any more', hint: signIn };
  if (status === 403) return denied;
  if (status === 404) return { code: 'NOT_FOUND', words: 'no such object' };
  if (status === 409) return { code: 'ALREADY_EXISTS', words: 'it exists already' };
  if (status === 412) return { code: 'UNAVAILABLE', words: 'somebody changed it meanwhile' };
  if (status === 413) return { code: 'UNSUPPORTED', words: 'OneDrive takes no object of this size' };
  if (status === 416) return { code: 'INVALID_RANGE', words: 'the object ends before this range' };
  if (status === 423) return locked;
  if (status === 429 || status === 509) return busy;
  if (status === 507) return full;
  if (status === 408 || status >= 500)
    return { code: 'UNAVAILABLE', words: `OneDrive has a problem of its own (status ${status})` };
  // An answer that says yes and cannot be read was cut off or comes from something in between.
  if (status < 400) return { code: 'UNAVAILABLE', words: 'the answer cannot be understood' };
  return { code: 'IO', words: `OneDrive does not take the request (status ${status})` };
};

interface Told {
  readonly code?: unknown;
  readonly innererror?: Told;
  readonly innerError?: Told;
}

/** The words for an error, from the broad one to the narrow one inside. */
const codesOf = (body: unknown): string[] => {
  const codes: string[] = [];
  let at = (body as { readonly error?: Told } | null | undefined)?.error;
  while (typeof at === 'object' && at !== null && codes.length < 8) {
    if (typeof at.code === 'string') codes.push(at.code);
    at = at.innererror ?? at.innerError;
  }
  return codes;
};

/** What OneDrive says no to, in our words and without what was tried. */
export const refusal = (status: number, headers: IncomingHttpHeaders, body: unknown): BackupError => {
  const codes = codesOf(body);
  const named = codes
    .map((code) => code.toLowerCase())
    .toReversed()
    .find((code) => Object.hasOwn(meanings, code));
  // A busy service is busy, whatever it calls it.
  const plain = status === 429 || status === 503 || status === 509 || status < 400 || named === undefined;
  const { code, hint, words } = (plain ? undefined : meanings[named]) ?? byStatus(status);
  const context = { status, ...(codes[0] === undefined ? {} : { service: codes[0].slice(0, 100) }) };
  return new BackupError(code, words, { hint, context, retryAfterMs: retryAfterMs(headers) });
};

/** The one place where a failure becomes an error that says what was tried, e.g. `cannot write "config" to onedrive:Backups`. */
export const translate = (error: unknown, what: string): BackupError => {
  const own = translateConnection(error, what);
  if (own.context['status'] === undefined || own.message.startsWith(what)) return own;
  const { cause, code, context, hint, message, retryAfterMs: wait } = own;
  return new BackupError(code, `${what}: ${message}`, { cause, context, hint, retryAfterMs: wait });
};
