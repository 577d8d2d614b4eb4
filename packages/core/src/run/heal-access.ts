/** What a replica is opened with: its config and its key files. Both are its own, so no sibling has them; they are made anew. */
import { bodyOf, collect } from '../body.ts';
import type { Destination } from '../destination/destination.ts';
import { BackupError, isBackupError, throwIfAborted, toBackupError, type ErrorCode } from '../errors.ts';
import { encodeConfig, newConfig } from '../repository/config-file.ts';
import { seal, unseal, type MasterKey } from '../repository/crypto.ts';
import { addKey, listKeys, openWithPassword } from '../repository/keys.ts';
import { configKey, idOfKey, keyFileKey, mostStoredBytes, prefixOf } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { calibrateScrypt, type ScryptParameters } from '../repository/scrypt.ts';
import { timestampFromNs } from '../repository/timestamp.ts';
import type { CheckError } from './check.ts';
import type { Place } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';

/**
 * The damage to the config of a place that holds a replica of this repository; `undefined` where nothing on it says so: it may be
 * somebody else's, and is left alone.
 */
export const damagedConfig = async (session: Session, place: Place): Promise<CheckError | undefined> => {
  const [sibling] = session.replicas;
  if (!sibling || !(await belongs(session.pipeline, place, sibling.masterKey))) return undefined;
  return { kind: 'config', id: configKey, message: 'the repository config is damaged' };
};

/** The master key opens what stands there, or its key files give the same master key. */
const belongs = async (pipeline: Pipeline, { destination }: Place, masterKey: MasterKey): Promise<boolean> => {
  const { signal } = pipeline;
  for (const kind of ['snapshots', 'index'] as const) {
    for await (const { key } of destination.list(prefixOf(kind), { signal })) {
      if (idOfKey(key) === undefined) continue;
      try {
        unseal(masterKey, await collect(destination.get(key, { signal }), mostStoredBytes[kind]));
        return true;
      } catch {
        throwIfAborted(signal);
      }
    }
  }
  try {
    const { master } = await openWithPassword(destination, await pipeline.password(), { signal });
    unseal(masterKey, seal(master, Buffer.from(configKey)));
    return true;
  } catch {
    throwIfAborted(signal);
    return false;
  }
};

/** A config like the siblings' under the id that the replica had, or under a new one where nobody remembers it. */
export const replaceConfig = async (session: Session, place: Place): Promise<void> => {
  const { pipeline, replicas } = session;
  const [sibling] = replicas;
  if (!sibling) return;
  const remembered = (await pipeline.state.read()).replicas[place.name];
  const taken = replicas.some(({ config }) => config.id === remembered);
  const fresh = newConfig({ like: sibling.config });
  const config = remembered === undefined || taken ? fresh : { ...fresh, id: remembered };
  const bytes = encodeConfig(sibling.masterKey, config);
  await place.destination.put(configKey, bodyOf(bytes), { signal: pipeline.signal });
};

/** A key file for the password in use where none opens, and none that is damaged: restic stops at one of those. Returns how many were made. */
export const healKeys = async (
  pipeline: Pipeline,
  { destination, masterKey }: Replica,
  scrypt?: ScryptParameters,
): Promise<number> => {
  const { signal, clock, host } = pipeline;
  const password = await pipeline.password();
  const opens = await opensWith(destination, password, signal);
  if (!opens) {
    const created = timestampFromNs(BigInt(clock.now().getTime()) * 1_000_000n, 'local');
    const { username, hostname } = host;
    await addKey(destination, masterKey, {
      password,
      created,
      username,
      hostname,
      params: scrypt ?? calibrateScrypt(),
      signal,
    });
  }
  if (!destination.capabilities.canDelete) return opens ? 0 : 1;
  for (const { id, info } of await listKeys(destination, { signal })) {
    if (isBackupError(info)) await destination.delete(keyFileKey(id), { signal });
  }
  return opens ? 0 : 1;
};

/** None opens with the password, none is whole, or there is none. */
const keyFaults: readonly ErrorCode[] = ['WRONG_PASSWORD', 'CORRUPT', 'NO_REPOSITORY'];

/** Of an error that opening by a replica's own key files ended with. */
export const isKeyFault = ({ code }: BackupError): boolean => keyFaults.includes(code);

const opensWith = async (destination: Destination, password: string, signal: AbortSignal): Promise<boolean> => {
  try {
    await openWithPassword(destination, password, { signal });
    return true;
  } catch (error) {
    if (isBackupError(error) && isKeyFault(error)) return false;
    throw error;
  }
};

/**
 * A replica that a sibling's key opened may have no key file of its own, or none for the password in use: what is stored there could be read
 * by nobody. The first is mended, the second told as far as it is known; to know it of all would cost a derivation each.
 */
export const ensureKeys = async ({ pipeline, replicas }: Session): Promise<void> => {
  const { signal } = pipeline;
  for (const replica of replicas) {
    const { name, destination, keyIsOwn, keyError } = replica;
    if (keyIsOwn === true) continue;
    try {
      if ((await hasKeys(destination, signal)) || !destination.capabilities.canDelete) {
        if (keyError && isKeyFault(keyError)) pipeline.emit({ type: 'warning', destination: name, error: keyError });
        continue;
      }
      await healKeys(pipeline, replica);
      const error = new BackupError('CORRUPT', `"${name}" had no key file; one was made for the password in use`);
      pipeline.emit({ type: 'warning', destination: name, error });
    } catch (cause) {
      throwIfAborted(signal);
      pipeline.emit({ type: 'warning', destination: name, error: toBackupError(cause) });
    }
  }
};

const hasKeys = async (destination: Destination, signal: AbortSignal): Promise<boolean> => {
  for await (const { key } of destination.list(prefixOf('keys'), { signal }))
    if (idOfKey(key) !== undefined) return true;
  return false;
};
