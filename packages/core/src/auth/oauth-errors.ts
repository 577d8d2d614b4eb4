import { blameClock } from '../destination/clock-skew.ts';
import { translateConnection } from '../destination/http-errors.ts';
import { BackupError, type ErrorCode, isBackupError } from '../errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
}

const client = 'Check "clientId" and "clientSecret" of this destination.';
const again = 'Sign in again: `triplicate auth` with the name of this destination.';

/** RFC 6749 §4.1.2.1 and §5.2, RFC 8628 §3.5, RFC 7009 §2.2.1, and the words of Google and Microsoft. */
const meanings: Readonly<Record<string, Meaning>> = {
  access_denied: { code: 'AUTH', words: 'it was not allowed', hint: 'Sign in again and allow what is asked for.' },
  invalid_grant: { code: 'AUTH', words: 'the sign-in is not valid any more', hint: again },
  interaction_required: { code: 'AUTH', words: 'the provider wants to see a person again', hint: again },
  expired_token: { code: 'AUTH', words: 'nobody signed in in time', hint: again },
  authorization_pending: { code: 'AUTH', words: 'nobody has signed in yet' },
  slow_down: { code: 'AUTH', words: 'nobody has signed in yet' },
  invalid_client: { code: 'AUTH', words: 'the provider does not know this application', hint: client },
  deleted_client: { code: 'AUTH', words: 'this application was deleted', hint: client },
  disabled_client: { code: 'AUTH', words: 'this application was disabled', hint: client },
  org_internal: { code: 'AUTH', words: 'this application is for members of an organisation alone', hint: client },
  unauthorized_client: { code: 'AUTH', words: 'this application may not sign in this way', hint: client },
  redirect_uri_mismatch: { code: 'AUTH', words: 'this application may not sign in this way', hint: client },
  admin_policy_enforced: { code: 'AUTH', words: 'the administrator of the account does not allow it' },
  invalid_scope: { code: 'AUTH', words: 'this application may not ask for these rights', hint: client },
  unsupported_token_type: { code: 'UNSUPPORTED', words: 'the provider cannot revoke this' },
  invalid_token: { code: 'AUTH', words: 'the sign-in is not valid any more', hint: again },
  temporarily_unavailable: { code: 'UNAVAILABLE', words: 'the provider is busy' },
  server_error: { code: 'UNAVAILABLE', words: 'the provider has a problem of its own' },
  rate_limit_exceeded: { code: 'RATE_LIMITED', words: 'too many requests' },
};

const registration = 'Check "tenant", "clientId" and "clientSecret" of this destination.';

/** Microsoft says more in the text: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes */
const microsoft: Readonly<Record<string, Meaning>> = {
  AADSTS90002: { code: 'AUTH', words: 'there is no such tenant', hint: registration },
  AADSTS900023: { code: 'AUTH', words: 'there is no such tenant', hint: registration },
  AADSTS700016: { code: 'AUTH', words: 'the tenant does not know this application', hint: registration },
  AADSTS7000215: {
    code: 'AUTH',
    words: 'the secret of the application is wrong',
    hint: 'Check "clientSecret": it is the value of the secret, and not its id.',
  },
  AADSTS7000222: {
    code: 'AUTH',
    words: 'the secret of the application has expired',
    hint: 'Make a new one at https://entra.microsoft.com ("Certificates & secrets").',
  },
};

/** What a library or the connection says, without the request, for that holds secrets. */
export const translateOAuth = (thrown: unknown, what: string): BackupError => {
  if (isBackupError(thrown)) return prefixed(thrown, what);
  const { code, error: said, error_description: text, message = '', name, response } = (thrown ?? {}) as LibraryError;
  if (typeof said === 'string') {
    const more = typeof text === 'string' ? (/^AADSTS\d+/.exec(text)?.[0] ?? '') : '';
    const meaning = microsoft[more] ?? meanings[said];
    const words = meaning?.words ?? `the provider says "${said.slice(0, 60)}"`;
    const context = { service: said.slice(0, 60), ...(more === '' ? {} : { detail: more }) };
    const error = new BackupError(meaning?.code ?? 'AUTH', `${what}: ${words}`, { hint: meaning?.hint, context });
    return blameClock(error, response?.headers.get('date'));
  }
  if (typeof code === 'string' && code.startsWith('OAUTH_')) {
    const context = { service: code };
    return new BackupError('UNAVAILABLE', `${what}: the answer cannot be relied on (${message.slice(0, 120)})`, {
      context,
    });
  }
  if (name === 'TimeoutError') return new BackupError('UNAVAILABLE', `${what}: the provider does not answer`);
  return translateConnection(thrown, what);
};

interface LibraryError {
  readonly name?: string;
  readonly code?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
  readonly message?: string;
  readonly response?: Pick<Response, 'headers'>;
}

const prefixed = (error: BackupError, what: string): BackupError => {
  if (error.code === 'ABORTED' || error.message.startsWith(what)) return error;
  const { cause, code, context, hint, message, retryAfterMs } = error;
  return new BackupError(code, `${what}: ${message}`, { cause, context, hint, retryAfterMs });
};

/** `fetch`, with a busy server and a broken connection as errors that the wrappers know how to wait for. */
export const fetchOrFail = async (url: string, request: RequestInit): Promise<Response> => {
  const response = await fetch(url, request).catch((error: unknown) => {
    // What broke is inside: `fetch` itself only says that it failed.
    throw (error as { cause?: unknown } | undefined)?.cause ?? error;
  });
  const { headers, status } = response;
  if (status !== 429 && status < 500) return response;
  await response.body?.cancel();
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined;
  const context = { status };
  if (status === 429) throw new BackupError('RATE_LIMITED', 'too many requests', { context, retryAfterMs });
  throw new BackupError('UNAVAILABLE', `the provider has a problem of its own (status ${status})`, {
    context,
    retryAfterMs,
  });
};
