/** The passwords of a repository: one key file for each of them, on every replica. */
import { timingSafeEqual } from 'node:crypto';
import type { Destination } from '../destination/destination.ts';
import { BackupError, isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { seal } from '../repository/crypto.ts';
import { derivationOf, type KeyDerivation, type KeyFileInfo } from '../repository/key-file.ts';
import {
  addKey,
  type ListedKey,
  listKeys,
  madeTogether,
  type OpenedKey,
  openWithPassword,
  removeKey,
} from '../repository/keys.ts';
import type { Replica } from '../repository/replica.ts';
import { calibrateScrypt, type ScryptParameters } from '../repository/scrypt.ts';
import { timestampFromNs } from '../repository/timestamp.ts';
import { rememberDueKeys, removeOpened, settleKeys, stayInUse } from './due-keys.ts';
import type { Absent } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';
import { isWritable } from './settle-forgotten.ts';

export interface KeyListing {
  readonly destination: string;
  readonly id: string;
  /** The one that the password in use opened. */
  readonly current: boolean;
  readonly info: KeyFileInfo | BackupError;
}

export interface KeyChange {
  readonly destination: string;
  readonly id?: string;
  /** Nothing was to be done: the key with this id opens it with that password. */
  readonly already?: boolean;
  readonly error?: BackupError;
}

/** Of the replicas that are there; the others are told to `onAbsent`. */
export const listAllKeys = async (
  pipeline: Pipeline,
  onAbsent?: (absent: readonly Absent[]) => void,
): Promise<readonly KeyListing[]> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  onAbsent?.(session.absent);
  const lists = await Promise.all(
    session.replicas.map(async (replica) => {
      const keys = await listKeys(replica.destination, { signal: pipeline.signal });
      const inUse = await keyInUse(pipeline, replica, keys);
      return keys.map(({ id, info }): KeyListing => ({ destination: replica.name, id, current: id === inUse, info }));
    }),
  );
  return lists.flat();
};

/** The key file of this very replica that the password in use opens: what opened it may be a sibling's. */
const keyInUse = async (
  pipeline: Pipeline,
  { destination, keyId }: Replica,
  keys: readonly ListedKey[],
): Promise<string | undefined> => {
  if (keys.some(({ id }) => id === keyId)) return keyId;
  return (await openedBy(await pipeline.password(), destination, pipeline.signal))?.id;
};

/** `undefined` when no key file there is for this password. */
export const openedBy = async (
  password: string | KeyDerivation,
  destination: Destination,
  signal: AbortSignal,
): Promise<OpenedKey | undefined> => {
  try {
    return await openWithPassword(destination, password, { signal });
  } catch (cause) {
    throwIfAborted(signal);
    const error = toBackupError(cause);
    if (error.code === 'WRONG_PASSWORD' || error.code === 'NO_REPOSITORY' || error.code === 'CORRUPT') return undefined;
    throw error;
  }
};

/** One more password, on every replica that is there and that it does not open yet; those that are away are named with the reason. */
export const addPassword = async (
  pipeline: Pipeline,
  password: string,
  scrypt?: ScryptParameters,
): Promise<readonly KeyChange[]> => {
  if (password === '') throw new BackupError('USAGE', 'an empty password protects nothing');
  await using session = await Session.open(pipeline, { lock: 'shared' });
  const { username, hostname } = pipeline.host;
  const created = timestampFromNs(BigInt(pipeline.clock.now().getTime()) * 1_000_000n, 'local');
  const params = scrypt ?? calibrateScrypt();
  const { signal } = pipeline;
  const derive = derivationOf(password);
  return await onEach(session, async ({ destination, masterKey }) => {
    const opened = await openedBy(derive, destination, signal);
    if (opened && timingSafeEqual(opened.master.encrypt, masterKey.encrypt)) return { id: opened.id, already: true };
    return addKey(destination, masterKey, { password, created, username, hostname, params, signal });
  });
};

/**
 * The new password instead of the one in use. On each replica the new key file stands and opens before each that the old one opens goes; one that is away
 * keeps the old one and is named with the reason, until `settleKeys` finds it there.
 */
export const changePassword = async (
  pipeline: Pipeline,
  password: string,
  scrypt?: ScryptParameters,
): Promise<readonly KeyChange[]> => {
  if (password === '') throw new BackupError('USAGE', 'an empty password protects nothing');
  const old = await pipeline.password();
  if (password === old) throw new BackupError('USAGE', 'the new password is the one in use');
  await using session = await Session.open(pipeline, { lock: 'exclusive' });
  const { username, hostname } = pipeline.host;
  const created = timestampFromNs(BigInt(pipeline.clock.now().getTime()) * 1_000_000n, 'local');
  const params = scrypt ?? calibrateScrypt();
  const { signal } = pipeline;
  await settleKeys(session, { scrypt });
  const changes = await onEach(session, async ({ name, destination, masterKey }) => {
    const { canDelete } = destination.capabilities;
    if (!isWritable(pipeline, { name })) throw readOnly(name);
    const before = await openWithPassword(destination, old, { signal });
    await addKey(destination, masterKey, { password, created, username, hostname, params, signal });
    if (!canDelete) throw stillOpens(name, before.id);
    const { id } = await openWithPassword(destination, password, { signal });
    await removeOpened({ destination }, old, { current: id, signal });
    return id;
  });
  const [first] = session.replicas;
  await stayInUse(session, password);
  // Where nothing can be deleted it is for somebody else to do.
  const due = changes.filter(({ error }) => error?.code !== 'UNSUPPORTED');
  if (first && changes.some(({ error }) => !error))
    await rememberDueKeys(pipeline, due, { old: seal(first.masterKey, Buffer.from(old)).toString('base64') });
  return changes;
};

const readOnly = (name: string): BackupError =>
  new BackupError('READ_ONLY', `"${name}" is opened for reading only: the old password alone opens it`, {
    hint: 'change the password where it may be written',
  });

const stillOpens = (name: string, key: string): BackupError =>
  new BackupError(
    'UNSUPPORTED',
    `the new password opens "${name}", and so does the old one: nothing can be deleted there`,
    {
      hint: `delete keys/${key} there with credentials that may`,
    },
  );

export interface Removal {
  readonly changes: readonly KeyChange[];
  /** Destinations where it could not go now, and goes when they are back. */
  readonly later: readonly string[];
  /** Destinations without a key that was made together with it, though they have others than the one in use. */
  readonly unsure: readonly string[];
}

/**
 * Takes a password away: the key file with that id (or its beginning), and those of the other destinations that were made together with it;
 * of those that are away when they are back. That of the password in use is refused, for now and later. USAGE when that means several, NOT_FOUND when none.
 */
export const removePassword = async (pipeline: Pipeline, id: string): Promise<Removal> => {
  await using session = await Session.open(pipeline, { lock: 'exclusive' });
  const { signal } = pipeline;
  await settleKeys(session);
  const lists = new Map<string, readonly ListedKey[]>();
  const listed = await onEach(session, async ({ name, destination }) => {
    lists.set(name, await listKeys(destination, { signal }));
    return undefined;
  });
  const meant = [...lists.values()].flat().filter((key) => key.id.startsWith(id));
  const [only] = meant;
  const failed = listed.filter(({ destination }) => session.replicas.some(({ name }) => name === destination));
  if (!only && failed.length > 0) return { changes: listed, later: [], unsure: [] };
  if (!only) throw new BackupError('NOT_FOUND', `no key "${id}"`, { hint: '`triplicate keys list` shows them' });
  const count = new Set(meant.map((key) => key.id)).size;
  if (count > 1)
    throw new BackupError('USAGE', `"${id}" is the beginning of ${count} keys`, { hint: 'give more digits' });
  const unsure: string[] = [];
  let isInUse = false;
  const changes = await onEach(session, async (replica) => {
    const { name, destination } = replica;
    const keys = lists.get(name) ?? (await listKeys(destination, { signal }));
    const key = keys.find((one) => one.id === only.id) ?? keys.find(({ info }) => madeTogether(info, only.info));
    const inUse = await keyInUse(pipeline, replica, keys);
    if (!key) {
      if (keys.some((one) => one.id !== inUse)) unsure.push(name);
      return undefined;
    }
    if (inUse === undefined) {
      const hint = `run \`triplicate heal ${name}\` first, which makes one`;
      throw new BackupError('USAGE', 'no key there is for the password in use: none is removed', { hint });
    }
    isInUse ||= key.id === inUse;
    await removeKey(destination, key.id, { current: inUse, signal });
    return key.id;
  });
  if (isInUse || isBackupError(only.info)) return { changes, later: [], unsure };
  const { created, username, hostname } = only.info;
  await rememberDueKeys(pipeline, changes, { removed: { created, username, hostname } });
  const later = changes.filter(({ error }) => error !== undefined).map(({ destination }) => destination);
  return { changes, later, unsure };
};

const onEach = async (
  session: Session,
  work: (replica: Session['replicas'][number]) => Promise<string | Pick<KeyChange, 'id' | 'already'> | undefined>,
): Promise<readonly KeyChange[]> => {
  const changes: KeyChange[] = session.absent.map(({ name, error }) => ({ destination: name, error }));
  for (const replica of session.replicas) {
    try {
      const done = await work(replica);
      if (done !== undefined)
        changes.push({ destination: replica.name, ...(typeof done === 'string' ? { id: done } : done) });
    } catch (cause) {
      throwIfAborted(session.pipeline.signal);
      changes.push({ destination: replica.name, error: toBackupError(cause) });
    }
  }
  return changes;
};
