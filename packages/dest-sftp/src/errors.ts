import { BackupError, connectionHint, type ErrorCode, isBackupError, toBackupError } from '@triplicate/core';

/** https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02#section-7 */
export const status = {
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
}

const meanings: Readonly<Record<number, Meaning>> = {
  [status.eof]: { code: 'UNAVAILABLE', words: 'the file ended too early' },
  [status.noSuchFile]: { code: 'NOT_FOUND', words: 'no such file or folder' },
  [status.permissionDenied]: {
    code: 'AUTH',
    words: 'permission denied',
    hint: 'Give the user at the server the right to read and write in that folder.',
  },
  [status.failure]: { code: 'IO', words: 'the server failed and does not say why' },
  [status.badMessage]: { code: 'UNAVAILABLE', words: 'the server did not understand' },
  [status.noConnection]: { code: 'UNAVAILABLE', words: 'no connection' },
  [status.connectionLost]: { code: 'UNAVAILABLE', words: 'the connection was lost' },
  [status.unsupported]: { code: 'UNSUPPORTED', words: 'the server cannot do this' },
};

/** The number that the server gave as the reason. */
export const statusOf = (error: unknown): number | undefined => {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
};

export const isMissing = (error: unknown): boolean => statusOf(error) === status.noSuchFile;

interface ClientError {
  readonly level?: string;
  readonly code?: unknown;
  readonly message?: string;
}

/** Why a connection did not come about, or what it ended with. */
export const translateConnection = (error: unknown): BackupError => {
  if (isBackupError(error)) return error;
  const { code, level, message = '' } = (error ?? {}) as ClientError;
  if (level === 'client-authentication' || level === 'agent') {
    return new BackupError('AUTH', 'the server lets nobody in by any of the ways that are configured', {
      hint: 'Check "user", and "key", "agent" or "password" of this destination.',
      context: { level },
    });
  }
  // ENOENT is a socket of an agent that is not there.
  if (code === 'ENOENT') return new BackupError('CONFIG_INVALID', 'there is no SSH agent at this socket');
  const words = typeof code === 'string' ? `no connection (${code})` : tidy(message) || 'the connection was lost';
  return new BackupError(
    'UNAVAILABLE',
    words,
    typeof code === 'string' ? { hint: connectionHint(code), context: { system: code } } : {},
  );
};

/** The one place where a failure of the server becomes an error of ours. `what` says what was tried, e.g. `cannot write "config" to sftp://nas/backup`. */
export const translate = (error: unknown, what: string): BackupError => {
  const meaning = meanings[statusOf(error) ?? 0];
  if (meaning !== undefined) {
    const context = { status: statusOf(error) ?? 0 };
    return new BackupError(meaning.code, `${what}: ${meaning.words}`, { hint: meaning.hint, context, cause: error });
  }
  if (!isBackupError(error)) return toBackupError(error, 'IO', what);
  if (error.context['connection'] !== true) return error;
  const { code, context, hint, message } = error;
  return new BackupError(code, `${what}: ${message}`, { hint, context, cause: error.cause });
};

const tidy = (message: string): string => {
  const line = (message.split('\n')[0] ?? '').replace(/\.\s*$/, '').slice(0, 200);
  return line.slice(0, 1).toLowerCase() + line.slice(1);
};
