import { foldersOf, posixLimits, toBackupError } from '@triplicate/core';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../program/command.ts';
import type { Diagnosis } from './diagnosis.ts';

const subject = 'this machine';

/** What a run needs of the computer itself. */
export const lookAtMachine = async ({ surroundings }: CommandContext, diagnosis: Diagnosis): Promise<void> => {
  await diagnosis.add({ subject, name: 'Node', status: 'ok', message: process.version });
  const limits = posixLimits();
  const name = 'keeps exact times, attributes and owners';
  if (limits.length === 0) await diagnosis.add({ subject, name, status: 'ok' });
  for (const limit of limits) await diagnosis.add({ subject, name, status: 'warning', message: limit });
  const { state, cache } = foldersOf(surroundings);
  await lookAtFolder('state', state, diagnosis);
  await lookAtFolder('cache', cache, diagnosis);
};

const lookAtFolder = async (what: string, folder: string, diagnosis: Diagnosis): Promise<void> => {
  const name = `the ${what} folder can be written`;
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(probe, '');
    await rm(probe);
    await diagnosis.add({ subject, name, status: 'ok', message: folder });
  } catch (error) {
    await diagnosis.fail(subject, name, toBackupError(error, 'IO', folder));
  }
};
