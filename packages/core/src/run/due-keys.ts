/** Passwords that were changed or taken away while a replica was away: remembered, and carried out there when it is back. */
import { isBackupError, throwIfAborted, toBackupError, type BackupError } from '../errors.ts';
import { unseal } from '../repository/crypto.ts';
import {
  listKeys,
  madeTogether,
  maxKeys,
  openWithPassword,
  removeKey,
  type RemoveKeyOptions,
} from '../repository/keys.ts';
import { derivationOf } from '../repository/key-file.ts';
import type { Replica } from '../repository/replica.ts';
import type { ScryptParameters } from '../repository/scrypt.ts';
import { healKeys, isKeyFault } from './heal-access.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';
import type { KeyDue } from './pipeline-state.ts';
import type { Session } from './session.ts';
import { canRemove, isWritable } from './settle-forgotten.ts';

/** What is still to be done to the passwords of a destination. */
export interface DueKey {
  readonly change: 'changed' | 'removed';
  readonly since: Date;
}

export const dueKeysOf = (due: readonly KeyDue[] | undefined): readonly DueKey[] =>
  (due ?? []).map(({ since, old }) => ({ change: old === undefined ? 'removed' : 'changed', since: new Date(since) }));

/** By the names of destinations; those where nothing is due are left out. */
export const dueKeys = async (pipeline: Pipeline): Promise<ReadonlyMap<string, readonly DueKey[]>> => {
  const { keysDue } = await pipeline.state.read();
  const names = pipeline.destinations.map(({ name }) => name).filter((name) => (keysDue[name] ?? []).length > 0);
  return new Map(names.map((name) => [name, dueKeysOf(keysDue[name])]));
};

/** Of the destinations where it could not be done now. */
export const rememberDueKeys = async (
  pipeline: Pipeline,
  changes: readonly { readonly destination: string; readonly error?: BackupError }[],
  what: Omit<KeyDue, 'since'>,
): Promise<void> => {
  const due: KeyDue = { since: pipeline.clock.now().getTime(), ...what };
  const names = changes.filter(({ error }) => error !== undefined).map(({ destination }) => destination);
  if (names.length === 0) return;
  await note(pipeline, (content) => {
    const added = names.map((name) => [name, [...(content.keysDue[name] ?? []), due]] as [string, KeyDue[]]);
    return { ...content, keysDue: { ...content.keysDue, ...Object.fromEntries(added) } };
  });
};

/** A password that is in use again is due to go nowhere. */
export const stayInUse = async ({ pipeline, replicas: [replica] }: Session, password: string): Promise<void> => {
  const stays = ({ old }: KeyDue): boolean => !replica || old === undefined || oldPassword(replica, old) !== password;
  await note(pipeline, (content) => {
    const left = Object.entries(content.keysDue).map(([name, due]) => [name, due.filter(stays)] as [string, KeyDue[]]);
    return { ...content, keysDue: Object.fromEntries(left.filter(([, due]) => due.length > 0)) };
  });
};

interface SettleOptions {
  /** Names of the replicas; all that are there when absent. */
  readonly only?: ReadonlySet<string>;
  readonly scrypt?: ScryptParameters | undefined;
}

/**
 * Carries out what is due on the replicas that are there: the key file for the password in use stands before another goes. While the
 * configuration still has the old password, it stays everywhere that it is. A key file takes no data with it, so a shared lock is enough.
 */
export const settleKeys = async (
  { pipeline, replicas }: Pick<Session, 'pipeline' | 'replicas'>,
  { only, scrypt }: SettleOptions = {},
): Promise<void> => {
  const { keysDue } = await pipeline.state.read();
  for (const replica of replicas) {
    const { name } = replica;
    const due = keysDue[name] ?? [];
    if (due.length === 0 || only?.has(name) === false || !isWritable(pipeline, replica)) continue;
    try {
      // Where nothing can be removed the new password opens it too, at least.
      if (!canRemove(pipeline, replica)) {
        await healKeys(pipeline, replica, scrypt);
        continue;
      }
      const done = await settleOn(pipeline, replica, due, scrypt);
      if (done.length === 0) continue;
      await note(pipeline, (content) => {
        const left = (content.keysDue[name] ?? []).filter((one) => !done.some((other) => isSame(one, other)));
        const { [name]: _, ...others } = content.keysDue;
        return { ...content, keysDue: left.length > 0 ? { ...others, [name]: left } : others };
      });
      for (const change of new Set(dueKeysOf(done).map((one) => one.change)))
        pipeline.emit({ type: 'key-settled', destination: name, change });
    } catch (cause) {
      throwIfAborted(pipeline.signal);
      pipeline.emit({ type: 'warning', destination: name, error: toBackupError(cause) });
    }
  }
};

const isSame = (a: KeyDue, b: KeyDue): boolean => a.since === b.since && a.old === b.old;

/** What of it is done now. */
const settleOn = async (
  pipeline: Pipeline,
  replica: Replica,
  due: readonly KeyDue[],
  scrypt: ScryptParameters | undefined,
): Promise<readonly KeyDue[]> => {
  const { destination } = replica;
  const { signal } = pipeline;
  const password = await pipeline.password();
  const olds = due.map(({ old }) => old && oldPassword(replica, old));
  const ready = due.filter((_, i) => olds[i] !== password);
  if (ready.length === 0) return [];
  await healKeys(pipeline, replica, scrypt);
  const current = (await openWithPassword(destination, password, { signal })).id;
  for (const [i, one] of due.entries()) {
    if (!ready.includes(one)) continue;
    const old = olds[i];
    if (old !== undefined) await removeOpened(replica, old, { current, signal });
    const { removed } = one;
    const keys = removed ? await listKeys(destination, { signal }) : [];
    for (const { id, info } of keys)
      if (removed && id !== current && madeTogether(info, removed))
        await removeKey(destination, id, { current, signal });
  }
  return ready;
};

/** `undefined` when it is of another repository, which this one took the place of. */
const oldPassword = ({ masterKey }: Replica, sealed: string): string | undefined => {
  try {
    return unseal(masterKey, Buffer.from(sealed, 'base64')).toString('utf8');
  } catch {
    return undefined;
  }
};

/** Every key file that the password opens. */
export const removeOpened = async (
  { destination }: Pick<Replica, 'destination'>,
  password: string,
  options: RemoveKeyOptions,
): Promise<void> => {
  const derive = derivationOf(password);
  for (let i = 0; i < maxKeys; i += 1) {
    try {
      const { id } = await openWithPassword(destination, derive, { signal: options.signal });
      await removeKey(destination, id, options);
    } catch (error) {
      if (isBackupError(error) && isKeyFault(error)) return;
      throw error;
    }
  }
};
