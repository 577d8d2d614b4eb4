import { BackupError, type ErrorContext } from '../errors.ts';

/** What is stored is not what was written. `what` names the object, blob or field; never a secret. */
export const corrupt = (what: string, details: { context?: ErrorContext; cause?: unknown } = {}): BackupError =>
  new BackupError('CORRUPT', what, {
    hint: 'run `triplicate check` to see what is damaged and `triplicate heal` to mend it from another destination',
    ...details,
  });
