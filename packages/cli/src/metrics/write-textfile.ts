import { toBackupError } from '@triplicate/core';
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { expose } from './exposition.ts';
import { standingGauges, type Standing } from './standing.ts';

/** Replaces the file as a whole: whoever reads it finds all of the last writing, or of the one before. IO when it cannot be written. */
export const writeTextfile = async (file: string, standing: Standing): Promise<void> => {
  // Another ending: a collector takes every *.prom.
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, expose(standingGauges([standing])), { mode: 0o644, flush: true });
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toBackupError(cause, 'IO', `the metrics in "${file}"`);
  }
};
