import type { IncomingHttpHeaders } from 'node:http';
import { BackupError, isBackupError, toBackupError } from '../errors.ts';

const broken = /^(E[A-Z]+|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE|ERR_HTTP2_\w+|ERR_SSL_\w+)$/;

/** OpenSSL's words for a server that cannot prove who it is; trying again does not help. */
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|ERR_TLS/;

const certificateHints: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Its certificate is for another name: write the address with the name that stands in the certificate, or give the server one for this name.',
  CERT_HAS_EXPIRED: 'Renew the certificate of the server, and see that the clock of this machine is right.',
  CERT_NOT_YET_VALID: 'Set the clock of this machine, or that of the server and its certificate.',
};

/** What mends it that a server cannot prove who it is; `undefined` when the code tells of something else. */
export const certificateHint = (code: string): string | undefined => {
  if (!certificate.test(code)) return undefined;
  return certificateHints[code] ?? 'Name the certificate of its authority as "ca", if this is your own server.';
};

const connectionHints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: see that the server runs, and that host and port are right.',
  ENOTFOUND: 'Nobody knows this host: check its name, and the network of this machine.',
};

/** What to look at when no connection came about; `undefined` where waiting may be all that it takes. */
export const connectionHint = (code: string): string | undefined => connectionHints[code];

/**
 * What went wrong below HTTP as an error of ours: UNAVAILABLE for a connection that broke or never stood, AUTH for a certificate that
 * nobody vouches for. `what` says what was tried, e.g. `cannot write "config" to rest:https://nas/`.
 */
export const translateConnection = (error: unknown, what: string): BackupError => {
  if (isBackupError(error)) return error;
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: string };
  if (name === 'AbortError' || typeof code !== 'string') return toBackupError(error, 'IO', what);
  const context = { system: code };
  const hint = certificateHint(code);
  if (hint !== undefined) {
    return new BackupError('AUTH', `${what}: the server cannot prove who it is (${code})`, {
      hint,
      context,
      cause: error,
    });
  }
  if (!broken.test(code)) return toBackupError(error, 'IO', what);
  return new BackupError('UNAVAILABLE', `${what}: no connection (${code})`, {
    hint: connectionHint(code),
    context,
    cause: error,
  });
};

/** What a busy server asks for; at most an hour. A date is left to our own patience. */
export const retryAfterMs = (headers: IncomingHttpHeaders): number | undefined => {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined;
};
