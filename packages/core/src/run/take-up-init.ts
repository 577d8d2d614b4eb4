/** A place without a config that is not empty: what an `init` left that was cut off there, or what is left of a repository. */
import type { Destination } from '../destination/destination.ts';
import { BackupError, isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { derivationOf, type KeyDerivation } from '../repository/key-file.ts';
import { openWithPassword } from '../repository/keys.ts';
import { idOfKey } from '../repository/layout.ts';
import type { Place } from './open-replicas.ts';

/** By the name of the destination. */
export type Begun = ReadonlyMap<string, MasterKey | BackupError>;

/** Where an earlier `init` has begun, and where none can begin. */
export const findBegun = async (places: readonly Place[], password: string, signal: AbortSignal): Promise<Begun> => {
  const derive = derivationOf(password);
  const begun = new Map<string, MasterKey | BackupError>();
  for (const { name, destination } of places) {
    try {
      const master = await takeUpInit(destination, derive, signal);
      if (master !== undefined) begun.set(name, master);
    } catch (error) {
      throwIfAborted(signal);
      begun.set(name, toBackupError(error));
    }
  }
  return begun;
};

/**
 * The master key of an `init` that was cut off between its key and its config, for this one to go on with; `undefined` where nothing stands.
 * WRONG_REPOSITORY when more is left, so that a new repository would be laid over an old one, and WRONG_PASSWORD for the key of another password.
 */
const takeUpInit = async (
  destination: Destination,
  derive: KeyDerivation,
  signal: AbortSignal,
): Promise<MasterKey | undefined> => {
  for (const prefix of ['snapshots/', 'index/', 'data/']) {
    if (await holdsObjects(destination, prefix, signal)) throw remains(destination);
  }
  if (!(await holdsObjects(destination, 'keys/', signal))) return undefined;
  try {
    return (await openWithPassword(destination, derive, { signal })).master;
  } catch (error) {
    if (isBackupError(error, 'WRONG_PASSWORD')) throw unopened(destination, 'which this password does not open', error);
    if (isBackupError(error, 'CORRUPT')) throw unopened(destination, 'which is damaged', error);
    throw error;
  }
};

const holdsObjects = async (destination: Destination, prefix: string, signal: AbortSignal): Promise<boolean> => {
  for await (const { key } of destination.list(prefix, { signal })) if (idOfKey(key) !== undefined) return true;
  return false;
};

export const remains = ({ label }: Pick<Destination, 'label'>): BackupError =>
  new BackupError('WRONG_REPOSITORY', `${label} holds what is left of a repository whose config is gone`, {
    hint: 'move those files away, or run `triplicate init` together with a destination that still has the repository',
  });

const unopened = ({ label }: Destination, why: string, cause: BackupError): BackupError =>
  new BackupError(cause.code, `${label} holds nothing but the key of an init that was cut off, ${why}`, {
    hint: 'give the password of that time, or delete the folder "keys" there: nothing is stored under it yet',
    cause,
  });
