import {
  openWithPassword,
  toBackupError,
  wrongPasswordHint,
  type Destination,
  type KeyDerivation,
  type Pipeline,
  type PipelineDestination,
} from '@triplicate/core';
import type { Diagnosis } from './diagnosis.ts';
import type { Waiting } from './tell-waiting.ts';

interface Parts {
  readonly diagnosis: Diagnosis;
  /** Absent when there is no password to try. */
  readonly derive: KeyDerivation | undefined;
  /** Whether the password opens any of the destinations. */
  readonly opensAny: () => Promise<boolean>;
  readonly waiting: Waiting;
}

/** Whether it answers, has a repository, and opens by itself. Returns whether it answers. */
export const lookAtDestination = async (
  pipeline: Pipeline,
  configured: PipelineDestination,
  { diagnosis, derive, opensAny, waiting }: Parts,
): Promise<boolean> => {
  const { signal } = pipeline;
  const subject = `destination ${pipeline.name}.${configured.name}`;
  const name = 'answers';
  waiting.at(name);
  try {
    await using destination = await configured.open(signal);
    const config = await destination.stat('config', { signal });
    await diagnosis.add({ subject, name, status: 'ok', message: destination.label });
    const repository = { subject, name: 'has a repository' };
    if (config) {
      await diagnosis.add({ ...repository, status: 'ok' });
      if (derive) await lookAtKeys(destination, { pipeline, subject, diagnosis, derive, opensAny, waiting });
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
  readonly opensAny: () => Promise<boolean>;
  readonly waiting: Waiting;
}

const healHint = '`triplicate heal` makes a key file for it, with the help of a destination that it does open';

/** Asked for when one does not open: only then it matters whether another does. One salt is derived once. */
export const opensAnyOf = (pipeline: Pipeline, derive: KeyDerivation | undefined): (() => Promise<boolean>) => {
  const opens = async (configured: PipelineDestination): Promise<boolean> => {
    try {
      await using destination = await configured.open(pipeline.signal);
      await openWithPassword(destination, derive ?? '', { signal: pipeline.signal });
      return true;
    } catch {
      pipeline.signal.throwIfAborted();
      return false;
    }
  };
  const look = async (): Promise<boolean> => {
    if (derive === undefined) return false;
    for (const configured of pipeline.destinations) if (await opens(configured)) return true;
    return false;
  };
  let known: Promise<boolean> | undefined;
  return () => (known ??= look());
};

/** Other commands open one by the key of another: this one might be all that is left some day. */
const lookAtKeys = async (
  destination: Destination,
  { pipeline: { signal, passwordFrom }, subject, diagnosis, derive, opensAny, waiting }: KeyParts,
): Promise<void> => {
  const name = 'opens by itself with the password';
  waiting.at(name);
  try {
    await openWithPassword(destination, derive, { signal });
    await diagnosis.add({ subject, name, status: 'ok' });
  } catch (cause) {
    signal.throwIfAborted();
    const { code, message, hint } = toBackupError(cause);
    const mends = code === 'WRONG_PASSWORD' || code === 'CORRUPT';
    const byHeal = mends && (await opensAny());
    const from = passwordFrom?.();
    const elsewhere =
      code === 'WRONG_PASSWORD' && from !== undefined ? `the password is from ${from}; ${wrongPasswordHint}` : hint;
    const told = byHeal ? healHint : elsewhere;
    await diagnosis.add({
      subject,
      name,
      status: 'failed',
      message,
      ...(told === undefined ? {} : { hint: told }),
    });
  }
};
