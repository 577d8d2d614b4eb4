// @ts-check
import { BackupError, isBackupError } from '@triplicate/core';

/**
 * The codes of https://www.sqlite.org/rescode.html as those of Triplicate. UNAVAILABLE and RATE_LIMITED are tried again, all others are final.
 *
 * @type {Readonly<Record<number, readonly [import('@triplicate/core').ErrorCode, string]>>}
 */
const meanings = {
  5: ['UNAVAILABLE', 'another program holds the file'],
  6: ['UNAVAILABLE', 'another program holds the file'],
  8: ['READ_ONLY', 'the file is read-only'],
  10: ['IO', 'input/output error'],
  11: ['CORRUPT', 'the file is damaged'],
  13: ['QUOTA_EXCEEDED', 'no space left'],
  14: ['UNAVAILABLE', 'the file cannot be opened'],
  18: ['UNSUPPORTED', 'the object is too large for SQLite'],
  26: ['CONFIG_INVALID', 'this is no file of SQLite'],
};

/** @type {(error: unknown, what: string) => BackupError} */
export const translate = (error, what) => {
  if (isBackupError(error)) return error;
  const { errcode, message } = /** @type {{ errcode?: number, message?: string }} */ (error ?? {});
  // The lower byte is the code, what is above says more.
  const meaning = errcode === undefined ? undefined : meanings[errcode & 0xff];
  return new BackupError(meaning?.[0] ?? 'IO', `${what}: ${meaning?.[1] ?? message}`, { cause: error });
};
