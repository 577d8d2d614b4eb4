import {
  BackupError,
  type ErrorCode,
  type HttpAnswer,
  readAnswer,
  retryAfterMs,
  translateConnection,
} from '@triplicate/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
}

const meanings: Readonly<Record<number, Meaning>> = {
  400: { code: 'UNAVAILABLE', words: 'the content was damaged on its way, or the server is no REST server' },
  401: {
    code: 'AUTH',
    words: 'the server does not accept the user or the password',
    hint: 'Check "username" and "password" of this destination.',
  },
  403: {
    code: 'AUTH',
    words: 'the server does not allow this',
    hint: 'Use the folder of this user; if the server is append-only, set "appendOnly: true".',
  },
  404: { code: 'NOT_FOUND', words: 'there is no such object' },
  405: {
    code: 'UNSUPPORTED',
    words: 'the server does not know how to do this',
    hint: 'See that "url" is the address of a repository on a REST server.',
  },
  408: { code: 'UNAVAILABLE', words: 'the request took too long' },
  413: {
    code: 'UNSUPPORTED',
    words: 'the server takes no object of this size',
    hint: 'Raise the limit at the server or the proxy before it, e.g. `client_max_body_size 0` in nginx.',
  },
  416: { code: 'INVALID_RANGE', words: 'the object ends before this range' },
  429: { code: 'RATE_LIMITED', words: 'too many requests' },
  501: {
    code: 'UNSUPPORTED',
    words: 'the server does not know how to do this',
    hint: 'See that "url" is the address of a repository on a REST server.',
  },
  507: {
    code: 'QUOTA_EXCEEDED',
    words: 'no space left',
    hint: 'Make room there, or give it a larger place; where it has old snapshots, `triplicate forget` and then `triplicate prune` free theirs.',
  },
};

const meaningOf = (status: number): Meaning => {
  const known = meanings[status];
  if (known !== undefined) return known;
  if (status >= 500) return { code: 'UNAVAILABLE', words: `the server has a problem of its own (status ${status})` };
  if (status >= 300 && status < 400) {
    return { code: 'CONFIG_INVALID', words: 'the server sends us elsewhere', hint: 'Write the new address as "url".' };
  }
  return { code: 'IO', words: `the server answers with status ${status}` };
};

/** The failure that an answer tells of. */
export const refusal = async (answer: HttpAnswer): Promise<BackupError> => {
  const { code, hint, words } = meaningOf(answer.status);
  // What the server says is read to free the connection; it is not shown, since nobody knows what it repeats.
  await readAnswer(answer, 64 * 1024).catch(() => undefined);
  return new BackupError(code, words, {
    hint,
    retryAfterMs: retryAfterMs(answer.headers),
    context: { status: answer.status },
  });
};

/** The one place where a failure of the server becomes an error that says what was tried, e.g. `cannot write "config" to rest:https://nas/`. */
export const translate = (error: unknown, what: string): BackupError => {
  const own = translateConnection(error, what);
  if (own !== error || own.message.startsWith(what)) return own;
  const { code, context, hint, message, retryAfterMs: wait } = own;
  // Our own words from below, or what the body of a write threw; the latter says itself what went wrong.
  if (own.context['status'] === undefined) return own;
  return new BackupError(code, `${what}: ${message}`, { hint, retryAfterMs: wait, context, cause: own.cause });
};
