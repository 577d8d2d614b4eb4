import {
  openWithPassword,
  toBackupError,
  type Destination,
  type KeyDerivation,
  type Pipeline,
  type PipelineDestination,
} from '@triplicate/core';
import type { Diagnosis } from './diagnosis.ts';

interface Parts {
  readonly diagnosis: Diagnosis;
  /** Absent when there is no password to try. */
  readonly derive: KeyDerivation | undefined;
}

/** Whether it answers, has a repository, and opens by itself. Returns whether it answers. */
export const lookAtDestination = async (
  pipeline: Pipeline,
  configured: PipelineDestination,
  { diagnosis, derive }: Parts,
): Promise<boolean> => {
  const { signal } = pipeline;
  const subject = `destination ${pipeline.name}.${configured.name}`;
  const name = 'answers';
  try {
    await using destination = await configured.open(signal);
    const config = await destination.stat('config', { signal });
    await diagnosis.add({ subject, name, status: 'ok', message: destination.label });
    const repository = { subject, name: 'has a repository' };
    if (config) {
      await diagnosis.add({ ...repository, status: 'ok' });
      if (derive) await lookAtKeys(destination, { pipeline, subject, diagnosis, derive });
    } else
      await diagnosis.add({
        ...repository,
        status: 'warning',
        message: 'none yet',
        hint: '`triplicate init` creates it',
      });
    return true;
  } catch (cause) {
    signal.throwIfAborted();
    const error = toBackupError(cause);
    const { message, hint } = error;
    if (error.code !== 'UNAVAILABLE' || !configured.removable) await diagnosis.fail(subject, name, error);
    else await diagnosis.add({ subject, name, status: 'skipped', message, ...(hint === undefined ? {} : { hint }) });
    return false;
  }
};

interface KeyParts {
  readonly pipeline: Pipeline;
  readonly subject: string;
  readonly diagnosis: Diagnosis;
  readonly derive: KeyDerivation;
}

/** Other commands open one by the key of another: this one might be all that is left some day. */
const lookAtKeys = async (
  destination: Destination,
  { pipeline: { signal, destinations }, subject, diagnosis, derive }: KeyParts,
): Promise<void> => {
  const name = 'opens by itself with the password';
  try {
    await openWithPassword(destination, derive, { signal });
    await diagnosis.add({ subject, name, status: 'ok' });
  } catch (cause) {
    signal.throwIfAborted();
    const { code, message, hint } = toBackupError(cause);
    const heal = '`triplicate heal` makes a key file for it, with the help of a destination that it does open';
    await diagnosis.add({
      subject,
      name,
      status: 'failed',
      message,
      ...(destinations.length > 1 && (code === 'WRONG_PASSWORD' || code === 'CORRUPT')
        ? { hint: heal }
        : hint === undefined
          ? {}
          : { hint }),
    });
  }
};
