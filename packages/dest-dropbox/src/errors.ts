import type { IncomingHttpHeaders } from 'node:http';
import { BackupError, type ErrorCode, retryAfterMs, translateConnection } from '@triplicate/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
}

const signIn = 'Sign in again: `triplicate auth` with the name of this destination.';
const rights = 'Allow the app the permissions in docs/destinations/dropbox.md, and sign in again: `triplicate auth`.';

/** The last word of the tags of an error that says what went wrong (files.stone in https://github.com/dropbox/dropbox-api-spec). */
const meanings: Readonly<Record<string, Meaning>> = {
  not_found: { code: 'NOT_FOUND', words: 'no such object' },
  file: { code: 'ALREADY_EXISTS', words: 'it exists already' },
  folder: { code: 'UNSUPPORTED', words: 'a folder stands there' },
  file_ancestor: { code: 'UNSUPPORTED', words: 'a file stands where a folder is needed' },
  not_file: { code: 'NOT_FOUND', words: 'no such object' },
  not_folder: { code: 'CONFIG_INVALID', words: 'a file stands where a folder is needed' },
  insufficient_space: {
    code: 'QUOTA_EXCEEDED',
    words: 'the Dropbox is full',
    hint: 'Make room, or run `triplicate forget` and `triplicate prune`.',
  },
  too_many_files: { code: 'QUOTA_EXCEEDED', words: 'there are too many files in the Dropbox' },
  no_write_permission: { code: 'AUTH', words: 'the folder cannot be written to', hint: rights },
  team_folder: { code: 'AUTH', words: 'the folder belongs to the team', hint: rights },
  access_restricted: { code: 'AUTH', words: 'somebody has restricted the folder', hint: rights },
  restricted_content: { code: 'AUTH', words: 'Dropbox has locked the content' },
  disallowed_name: { code: 'UNSUPPORTED', words: 'Dropbox takes no such name' },
  malformed_path: { code: 'CONFIG_INVALID', words: 'Dropbox takes no such path', hint: 'Check "folder".' },
  unsupported_file: { code: 'UNSUPPORTED', words: 'it is no file that can be read' },
  payload_too_large: { code: 'UNSUPPORTED', words: 'the part is too large', hint: 'Choose a smaller "partSize".' },
  too_large: { code: 'UNSUPPORTED', words: 'the object is too large for Dropbox' },
  operation_suppressed: { code: 'UNAVAILABLE', words: 'Dropbox does not allow it at the moment' },
  too_many_write_operations: { code: 'RATE_LIMITED', words: 'too many writes at the same time' },
  too_many_requests: { code: 'RATE_LIMITED', words: 'too many requests' },
  content_hash_mismatch: { code: 'UNAVAILABLE', words: 'the content was damaged on its way' },
  incorrect_offset: { code: 'UNAVAILABLE', words: 'the upload has to begin anew' },
  closed: { code: 'UNAVAILABLE', words: 'the upload has to begin anew' },
  not_closed: { code: 'UNAVAILABLE', words: 'the upload has to begin anew' },
  reset: { code: 'UNAVAILABLE', words: 'the listing has to begin anew' },
  invalid_access_token: { code: 'AUTH', words: 'the sign-in is not valid any more', hint: signIn },
  expired_access_token: { code: 'AUTH', words: 'the sign-in is not valid any more', hint: signIn },
  missing_scope: { code: 'AUTH', words: 'the app lacks a permission', hint: rights },
  route_access_denied: { code: 'AUTH', words: 'the app may not do this', hint: rights },
  user_suspended: { code: 'AUTH', words: 'the account is suspended' },
  invalid_account_type: { code: 'AUTH', words: 'this kind of account may not do this' },
  paper_access_denied: { code: 'AUTH', words: 'this kind of account may not do this' },
  no_permission: { code: 'AUTH', words: 'access denied', hint: rights },
};

/** https://www.dropbox.com/developers/documentation/http/documentation#error-handling */
const byStatus = (status: number): Meaning => {
  if (status === 401) return { code: 'AUTH', words: 'the sign-in is not valid any more', hint: signIn };
  if (status === 403) return { code: 'AUTH', words: 'access denied', hint: rights };
  if (status === 416) return { code: 'INVALID_RANGE', words: 'the object ends before this range' };
  if (status === 429) return { code: 'RATE_LIMITED', words: 'too many requests' };
  if (status === 408 || status >= 500)
    return { code: 'UNAVAILABLE', words: `Dropbox has a problem of its own (status ${status})` };
  // An answer that says yes and cannot be read was cut off or comes from something in between.
  if (status < 400) return { code: 'UNAVAILABLE', words: 'the answer cannot be understood' };
  return { code: 'IO', words: `Dropbox does not take the request (status ${status})` };
};

/** E.g. `path/conflict/file`: the tag of each union, from the outside in. */
export const tagsOf = (body: unknown): string => {
  const tags: string[] = [];
  let at: unknown = (body as { readonly error?: unknown } | null)?.error;
  while (isRecord(at) && tags.length < 8) {
    const tag: unknown = at['.tag'];
    if (typeof tag === 'string') tags.push(tag);
    const inside = typeof tag === 'string' ? at[tag] : undefined;
    at = isRecord(inside) ? inside : at['reason'];
  }
  return tags.join('/');
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What Dropbox says no to, in our words and without what was tried. */
export const refusal = (status: number, headers: IncomingHttpHeaders, body: unknown): BackupError => {
  const tags = tagsOf(body);
  const named = tags
    .split('/')
    .toReversed()
    .find((tag) => Object.hasOwn(meanings, tag));
  const { code, hint, words } = (status >= 400 && named !== undefined && meanings[named]) || byStatus(status);
  const told =
    isRecord(body) && isRecord(body['error']) ? Number(body['error']['retry_after'] ?? Number.NaN) : Number.NaN;
  const wait = retryAfterMs(headers) ?? (told >= 0 ? Math.min(told, 3600) * 1000 : undefined);
  const context = { status, ...(tags === '' ? {} : { service: tags.slice(0, 100) }) };
  return new BackupError(code, words, { hint, context, retryAfterMs: wait });
};

interface SdkError {
  readonly name?: string;
  readonly status?: unknown;
  readonly headers?: Headers;
  readonly error?: unknown;
}

/** The same for whatever a call of the SDK throws; what broke the connection stays what it is. */
export const asRefusal = (error: unknown): unknown => {
  const { error: body, headers, name, status } = (error ?? {}) as SdkError;
  if (name !== 'DropboxResponseError' || typeof status !== 'number') return error;
  return refusal(status, Object.fromEntries(headers ?? []), body);
};

/** The one place where a failure becomes an error of ours. `what` says what was tried, e.g. `cannot write "config" to dropbox:Backups`. */
export const translate = (error: unknown, what: string): BackupError => {
  const own = translateConnection(asRefusal(error), what);
  if (own.context['status'] === undefined || own.message.startsWith(what)) return own;
  const { cause, code, context, hint, message, retryAfterMs: wait } = own;
  return new BackupError(code, `${what}: ${message}`, { cause, context, hint, retryAfterMs: wait });
};
