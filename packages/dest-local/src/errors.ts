import { BackupError, type ErrorCode, toBackupError } from '@triplicate/core';

/** System errors that mean something else here than they mean in general: the disk or the server behind the folder does not answer. */
const codes: Readonly<Record<string, ErrorCode>> = {
  EBUSY: 'UNAVAILABLE',
  EMFILE: 'UNAVAILABLE',
  ENFILE: 'UNAVAILABLE',
  ENODEV: 'UNAVAILABLE',
  ENXIO: 'UNAVAILABLE',
  ENOTCONN: 'UNAVAILABLE',
  EHOSTDOWN: 'UNAVAILABLE',
  ESTALE: 'UNAVAILABLE',
  EFBIG: 'UNSUPPORTED',
  ENAMETOOLONG: 'UNSUPPORTED',
};

const hints: Partial<Record<ErrorCode, string>> = {
  QUOTA_EXCEEDED:
    'Make room there, or give it a larger place; where it has old snapshots, `triplicate forget` and then `triplicate prune` free theirs.',
  READ_ONLY: 'Mount it for writing; a file system that found an error in itself turns read-only, so check the disk.',
  AUTH: 'Give the user who runs triplicate the right to read and write in that folder.',
  UNAVAILABLE: 'Plug in or mount the disk; the next run catches up.',
};

/** Where the code of ours says too little. */
const systemHints: Readonly<Record<string, string>> = {
  EIO: 'Check the disk, or the program that serves what is mounted there: its log says what it could not do.',
  ENOSYS: 'What is mounted there cannot do it: mount it in another way, or use the destination made for that service.',
  ENOTSUP: 'What is mounted there cannot do it: mount it in another way, or use the destination made for that service.',
};

export const systemCode = (error: unknown): string | undefined => {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** The one place where a failure of the file system becomes an error of ours. `what` says what was tried, e.g. `cannot write "config" to /backup`. */
export const translate = (error: unknown, what: string): BackupError => {
  const system = systemCode(error);
  const own = toBackupError(error, (system && codes[system]) || 'IO', what);
  const hint = own.hint ?? hints[own.code] ?? (system === undefined ? undefined : systemHints[system]);
  if (own === error || hint === undefined) return own;
  return new BackupError(own.code, own.message, { hint, context: own.context, cause: error });
};
