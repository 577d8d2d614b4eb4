import { expect } from 'vitest';
import { BackupError, type ErrorCode, isBackupError } from '../../../src/errors.ts';

/** The error that `work` throws; it has to be ours and bear this code. */
export const failureOf = async (work: () => unknown, code: ErrorCode): Promise<BackupError> => {
  try {
    await work();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    expect(error.code, error.message).toBe(code);
    return error;
  }
  throw new Error(`expected ${code}, and nothing was thrown`);
};

/** Runs what may fail on hostile input: with one of our errors, or not at all. */
export const survives = (work: () => unknown): void => {
  try {
    work();
  } catch (error) {
    if (!isBackupError(error)) throw error;
  }
};
