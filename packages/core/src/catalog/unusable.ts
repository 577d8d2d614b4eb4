import { BackupError, toBackupError } from '../errors.ts';
import { systemCode } from '../posix/errno.ts';

/** Primary result codes of SQLite that say nothing of the file itself, with what a person is told. */
const codes: Readonly<Record<number, { readonly code: 'AUTH' | 'IO' | 'QUOTA_EXCEEDED'; readonly words: string }>> = {
  3: { code: 'AUTH', words: 'permission denied' },
  5: { code: 'IO', words: 'another program holds it' },
  6: { code: 'IO', words: 'another program holds it' },
  7: { code: 'IO', words: 'no memory left' },
  8: { code: 'AUTH', words: 'it cannot be written' },
  10: { code: 'IO', words: 'input/output error' },
  13: { code: 'QUOTA_EXCEEDED', words: 'no space left' },
  14: { code: 'IO', words: 'it cannot be opened' },
};

const knownOf = (error: unknown): (typeof codes)[number] | undefined => {
  const { errcode } = error as { readonly errcode?: unknown };
  return typeof errcode === 'number' ? codes[errcode & 0xff] : undefined;
};

/** Whether it is the disk, the rights or another program, and the file may be sound. */
export const isOfSurroundings = (error: unknown): boolean =>
  knownOf(error) !== undefined || !(systemCode(error) ?? 'ERR_').startsWith('ERR_');

/** Names the catalog that could not be used, and the way out. */
export const unusable = (file: string, cause: unknown): BackupError => {
  const what = `the catalog "${file}" cannot be used`;
  const known = knownOf(cause);
  const error = known ? new BackupError(known.code, `${what}: ${known.words}`) : toBackupError(cause, 'IO', what);
  return new BackupError(error.code === 'NOT_FOUND' ? 'IO' : error.code, error.message, {
    hint: 'make room there and let it be written, or name another folder with TRIPLICATE_STATE_DIR',
    context: error.context,
    cause,
  });
};
