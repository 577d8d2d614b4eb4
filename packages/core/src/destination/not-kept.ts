import { BackupError, type ErrorContext, isBackupError } from '../errors.ts';

/**
 * For an adapter that looked after a write: the place said that it took the object, and has something else or nothing. It is sent again a few
 * times, and not for as long as a place that does not answer: each time all of it travels.
 */
export const notKept = (message: string, context: ErrorContext = {}): BackupError =>
  new BackupError('UNAVAILABLE', message, {
    hint:
      'Something on the way answers for the place, or changes what is sent: look for a proxy, a gateway or a virus scanner. ' +
      '`triplicate doctor` with the name of the destination shows whether it goes on.',
    context: { ...context, kept: false },
  });

export const isNotKept = (error: unknown): boolean =>
  isBackupError(error, 'UNAVAILABLE') && error.context['kept'] === false;
