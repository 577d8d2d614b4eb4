import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { type BackupError, isBackupError, toBackupError } from '../errors.ts';
import { type ByteName, textFromBytes } from '../bytes.ts';

/** The failure of a system call by its number, as a BackupError whose context has the symbol, e.g. `{ system: 'ELOOP' }`. */
export const errnoError = (errno: number, name?: ByteName): BackupError => {
  const code = getSystemErrorName(-errno);
  const words = code === 'ENOTSUP' ? 'not supported by the file system' : getSystemErrorMessage(-errno);
  const system = Object.assign(new Error(words), { code, errno });
  return toBackupError(system, 'IO', name === undefined ? undefined : `"${textFromBytes(name)}"`);
};

/** The symbol of a system error, e.g. `ENOENT`, whether it comes from here or from `node:fs`; `undefined` for any other error. */
export const systemCode = (error: unknown): string | undefined => {
  const code = isBackupError(error) ? error.context['system'] : (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};
