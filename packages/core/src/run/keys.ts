/** The passwords of a repository: one key file for each of them, on every replica. */
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { KeyFileInfo } from '../repository/key-file.ts';
import { addKey, listKeys, removeKey } from '../repository/keys.ts';
import { calibrateScrypt, type ScryptParameters } from '../repository/scrypt.ts';
import { timestampFromNs } from '../repository/timestamp.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';

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
  readonly error?: BackupError;
}

export const listAllKeys = async (pipeline: Pipeline): Promise<readonly KeyListing[]> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  const lists = await Promise.all(
    session.replicas.map(async ({ name, destination, keyId }) => {
      const keys = await listKeys(destination, { signal: pipeline.signal });
      return keys.map(({ id, info }): KeyListing => ({ destination: name, id, current: id === keyId, info }));
    }),
  );
  return lists.flat();
};

/** One more password, on every replica that is there; the others are named with the reason. */
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
  return onEach(session, async ({ destination, masterKey }) =>
    addKey(destination, masterKey, { password, created, username, hostname, params, signal }),
  );
};

/** Takes the key file with that id (or its beginning) away, wherever it is. */
export const removePassword = async (pipeline: Pipeline, id: string): Promise<readonly KeyChange[]> => {
  await using session = await Session.open(pipeline, { lock: 'exclusive' });
  const { signal } = pipeline;
  const changes = await onEach(session, async ({ destination, keyId }) => {
    const found = (await listKeys(destination, { signal })).filter((key) => key.id.startsWith(id));
    const [only] = found;
    if (!only) return undefined;
    if (found.length > 1)
      throw new BackupError('USAGE', `"${id}" is the beginning of ${found.length} keys`, { hint: 'give more digits' });
    await removeKey(destination, only.id, { current: keyId, signal });
    return only.id;
  });
  if (changes.some((change) => change.id !== undefined || change.error)) return changes;
  throw new BackupError('NOT_FOUND', `no key "${id}"`, { hint: '`triplicate keys list` shows them' });
};

const onEach = async (
  session: Session,
  work: (replica: Session['replicas'][number]) => Promise<string | undefined>,
): Promise<readonly KeyChange[]> => {
  const changes: KeyChange[] = session.absent.map(({ name, error }) => ({ destination: name, error }));
  for (const replica of session.replicas) {
    try {
      const id = await work(replica);
      if (id !== undefined) changes.push({ destination: replica.name, id });
    } catch (cause) {
      throwIfAborted(session.pipeline.signal);
      changes.push({ destination: replica.name, error: toBackupError(cause) });
    }
  }
  return changes;
};
