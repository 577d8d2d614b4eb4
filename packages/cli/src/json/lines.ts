import type { BackupError, Outcome, RunEvent } from '@triplicate/core';
import type { WarningPlace } from '../output/output.ts';
import { pathFields } from '../program/tree-path.ts';
import type { JsonFailure, JsonOutcome, Line } from './types.ts';

/** An error inside another object. */
export const failureOf = ({ code, message, hint }: BackupError): JsonFailure => ({
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
});

/** The key `error`, or nothing. */
export const errorField = (error: BackupError | undefined): { error?: JsonFailure } =>
  error === undefined ? {} : { error: failureOf(error) };

export const errorLine = (error: BackupError): Line<'error'> => ({
  type: 'error',
  ...failureOf(error),
  ...(Object.keys(error.context).length === 0 ? {} : { context: { ...error.context } }),
});

export const warningLine = (error: BackupError, { destination, source }: WarningPlace): Line<'warning'> => ({
  type: 'warning',
  ...failureOf(error),
  ...(source === undefined ? {} : { source }),
  ...(destination === undefined ? {} : { destination }),
});

export const outcomeOf = ({ source, destination, status, error, missing }: Outcome): JsonOutcome => ({
  source,
  destination,
  status,
  ...errorField(error),
  ...(missing === undefined ? {} : { missing: { ...missing } }),
});

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

export const sourceProgressLine = ({ source, progress }: EventOf<'source-progress'>): Line<'sourceProgress'> => ({
  type: 'progress',
  source,
  filesDone: progress.filesDone,
  bytesDone: progress.bytesDone,
  ...(progress.filesTotal === undefined ? {} : { filesTotal: progress.filesTotal }),
  ...(progress.bytesTotal === undefined ? {} : { bytesTotal: progress.bytesTotal }),
  errors: progress.errors,
  finished: progress.finished,
});

export const destinationProgressLine = ({
  destination,
  progress,
}: EventOf<'lane-progress'>): Line<'destinationProgress'> => ({ type: 'progress', destination, ...progress });

export const workProgressLine = ({ work, destination, progress }: EventOf<'work-progress'>): Line<'workProgress'> => ({
  type: 'progress',
  work,
  ...(destination === undefined ? {} : { destination }),
  done: progress.done,
  ...(progress.total === undefined ? {} : { total: progress.total }),
  unit: progress.unit,
});

export const unreadableLine = ({ source, path, error }: EventOf<'unreadable'>): Line<'unreadable'> => ({
  type: 'unreadable',
  source,
  ...pathFields(path),
  code: error.code,
  message: error.message,
});
