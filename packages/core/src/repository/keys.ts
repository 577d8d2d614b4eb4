import type { CallOptions, Destination } from '../destination/destination.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { MasterKey } from './crypto.ts';
import {
  createKeyFile,
  derivationOf,
  type KeyDerivation,
  type KeyFileInfo,
  maxKeyFileSize,
  openKeyFile,
  readKeyFileInfo,
} from './key-file.ts';
import { keyFileKey } from './layout.ts';
import { listObjects, readObject, writeObject } from './objects.ts';

// The key files of one destination: several passwords for one master key.

/** How many key files restic tries at most; each try is expensive. */
export const maxKeys = 20;

export interface ListedKey {
  readonly id: string;
  /** Why it cannot be read, instead of what it says. */
  readonly info: KeyFileInfo | BackupError;
}

/** Every key file with what it says about itself. */
export const listKeys = async (destination: Destination, options: CallOptions): Promise<ListedKey[]> => {
  const keys: ListedKey[] = [];
  for await (const { id } of listObjects(destination, 'keys', options))
    keys.push({ id, info: await infoOf(destination, id, options) });
  return keys;
};

type Maker = Pick<KeyFileInfo, 'created' | 'username' | 'hostname'>;

/** Whether they were made at one moment by one command, so for one password: each destination has a key file of its own for it. */
export const madeTogether = (a: Maker | BackupError, b: Maker | BackupError): boolean =>
  !isBackupError(a) &&
  !isBackupError(b) &&
  a.created === b.created &&
  a.username === b.username &&
  a.hostname === b.hostname;

const infoOf = async (
  destination: Destination,
  id: string,
  options: CallOptions,
): Promise<KeyFileInfo | BackupError> => {
  try {
    return readKeyFileInfo(await readKeyFile(destination, id, options));
  } catch (error) {
    if (isBackupError(error, 'CORRUPT')) return error;
    throw error;
  }
};

const readKeyFile = (destination: Destination, id: string, { signal }: CallOptions): Promise<Buffer> =>
  readObject(destination, { kind: 'keys', id }, { maxSize: maxKeyFileSize, signal });

export interface OpenOptions extends CallOptions {
  /** The key file to try first, e.g. the one that opened last time. */
  readonly hint?: string | undefined;
}

export interface OpenedKey {
  readonly id: string;
  readonly master: MasterKey;
}

/**
 * The master key that `password` gives on this destination. A `KeyDerivation` shared between destinations derives each salt once.
 * WRONG_PASSWORD when none of the first 20 key files opens, NO_REPOSITORY when there is none, CORRUPT when none could be read.
 */
export const openWithPassword = async (
  destination: Destination,
  password: string | KeyDerivation,
  { hint, signal }: OpenOptions,
): Promise<OpenedKey> => {
  const derive = typeof password === 'string' ? derivationOf(password) : password;
  let failure: BackupError | undefined;
  let tried = 0;
  for await (const id of candidates(destination, hint, { signal })) {
    if (tried === maxKeys) break;
    tried += 1;
    const result = await tryKey(destination, id, { derive, signal });
    if (!isBackupError(result)) return result;
    if (result.code !== 'CORRUPT' || failure === undefined) failure = result;
  }
  if (!failure)
    throw new BackupError('NO_REPOSITORY', `no key file in ${destination.label}`, {
      hint:
        'if this is a repository, `triplicate heal` makes one, with the help of a destination that can be opened; if its `config` is of ' +
        'another program, give the destination a folder of its own',
    });
  if (failure.code !== 'WRONG_PASSWORD') throw failure.with({ label: destination.label, tried });
  throw new BackupError('WRONG_PASSWORD', `the password does not open the repository at ${destination.label}`, {
    hint: failure.hint,
    context: { label: destination.label, tried },
    cause: failure,
  });
};

/** The hint first, if it stands there, then the others. */
async function* candidates(
  destination: Destination,
  hint: string | undefined,
  options: CallOptions,
): AsyncIterable<string> {
  const hinted = hint !== undefined && (await destination.stat(keyFileKey(hint), options)) !== undefined;
  if (hinted) yield hint;
  for await (const { id } of listObjects(destination, 'keys', options)) if (!hinted || id !== hint) yield id;
}

const tryKey = async (
  destination: Destination,
  id: string,
  { derive, signal }: { readonly derive: KeyDerivation } & CallOptions,
): Promise<OpenedKey | BackupError> => {
  try {
    return { id, master: await openKeyFile(await readKeyFile(destination, id, { signal }), derive) };
  } catch (error) {
    // A key file that was removed in between is as good as a wrong one.
    if (isBackupError(error, 'WRONG_PASSWORD') || isBackupError(error, 'CORRUPT') || isBackupError(error, 'NOT_FOUND'))
      return error;
    throw error;
  }
};

export interface AddKeyOptions extends CallOptions, KeyFileInfo {
  readonly password: string;
}

/** Writes one more key file for `master` and returns its id. */
export const addKey = (destination: Destination, master: MasterKey, options: AddKeyOptions): Promise<string> => {
  const { password, signal, ...info } = options;
  return writeObject(destination, { kind: 'keys', bytes: createKeyFile(password, master, info) }, { signal });
};

export interface RemoveKeyOptions extends CallOptions {
  /** The key file that the caller opened the repository with: it stays, so that one password at least goes on working. */
  readonly current: string;
}

/** Takes a password away. USAGE for the key in use, NOT_FOUND when there is no such key file. Does not change the master key. */
export const removeKey = async (
  destination: Destination,
  id: string,
  { current, signal }: RemoveKeyOptions,
): Promise<void> => {
  if (id === current) {
    throw new BackupError('USAGE', 'the key in use cannot be removed', {
      hint: 'open the repository with another password first',
    });
  }
  const key = keyFileKey(id);
  if ((await destination.stat(key, { signal })) === undefined) {
    throw new BackupError('NOT_FOUND', `no key file "${id.slice(0, 8)}" in ${destination.label}`);
  }
  await destination.delete(key, { signal });
};
