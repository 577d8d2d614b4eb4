/** The commands over a local pipeline, with the answers that a test mostly gives. */
import {
  backup,
  bytesFromText,
  initRepository,
  restore,
  type BackupReport,
  type BackupRequest,
  type InitReport,
  type Outcome,
  type Pipeline,
  type RestoreResult,
} from '@triplicate/core';
import { cheapScrypt } from './local-pipeline.ts';

export const init = (pipeline: Pipeline): Promise<InitReport> => initRepository(pipeline, { scrypt: cheapScrypt });

export const run = (pipeline: Pipeline, request: Partial<BackupRequest> = {}): Promise<BackupReport> =>
  backup(pipeline, { tags: [], force: false, dryRun: false, wait: 'all', ...request });

/** `{ a: 'stored', … }`, for a run with one source. */
export const statuses = (outcomes: readonly Outcome[]): Record<string, string> =>
  Object.fromEntries(outcomes.map(({ destination, status }) => [destination, status]));

export interface RestoreAloneOptions {
  readonly snapshot: string;
  /** The folder that was backed up: it becomes `to`. */
  readonly folder: string;
  readonly to: string;
  /** The one destination to read from; any when absent. */
  readonly fromDestination?: string;
}

/** Restores one folder of a snapshot, and gives what a person would be told. */
export const restoreFolder = (pipeline: Pipeline, options: RestoreAloneOptions): Promise<RestoreResult> => {
  const { snapshot, folder, to, fromDestination } = options;
  return restore(pipeline, {
    snapshot,
    to,
    from: bytesFromText(folder.replace(/^\//, '')),
    ...(fromDestination === undefined ? {} : { fromDestination }),
  });
};
