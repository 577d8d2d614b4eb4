/** The only command that creates: a repository, or further replicas of one that exists. Run again, it touches nothing that is there. */
import { timingSafeEqual } from 'node:crypto';
import { bodyOf } from '../body.ts';
import type { Destination } from '../destination/destination.ts';
import { BackupError, isBackupError, toBackupError } from '../errors.ts';
import { encodeConfig, newConfig, type RepositoryConfig, type TriplicateRecord } from '../repository/config-file.ts';
import { newMasterKey, type MasterKey } from '../repository/crypto.ts';
import { addKey } from '../repository/keys.ts';
import { configKey, objectKey } from '../repository/layout.ts';
import { calibrateScrypt, type ScryptParameters } from '../repository/scrypt.ts';
import { timestampFromNs } from '../repository/timestamp.ts';
import type { Chain } from '../transform/chain.ts';
import { type Exchange, findExchanges, followExchanges } from './accept-exchange.ts';
import { openedBy } from './keys.ts';
import { noteInCatalog } from './note.ts';
import { openReplicas, type Absent, type Place } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';
import { rememberReplicas } from './remember.ts';
import { type Begun, findBegun, remains } from './take-up-init.ts';
import { cutsAsRestic } from './transform-setup.ts';

export interface InitRequest {
  /** The cost of the key files; calibrated on this machine when absent, no weaker than restic's. */
  readonly scrypt?: ScryptParameters;
  readonly only?: ReadonlySet<string>;
  /** The password of a repository that is new; that of the pipeline when absent. */
  readonly newPassword?: () => Promise<string>;
}

export interface InitReport {
  readonly created: readonly { readonly destination: string; readonly label: string; readonly id: string }[];
  /** Replicas that were there already. */
  readonly existing: readonly string[];
  /** Those of `existing` that are not the replicas which stood there before, and are taken for them from now on. */
  readonly exchanged: readonly Exchange[];
  readonly absent: readonly Absent[];
  /** True when the repository itself is new. */
  readonly isNew: boolean;
}

export const initRepository = async (pipeline: Pipeline, request: InitRequest = {}): Promise<InitReport> => {
  await using stack = new AsyncDisposableStack();
  const set = await openReplicas(pipeline, stack, { acceptAny: true, only: request.only });
  // What cannot be remembered is not begun: a new replica would be taken for a swapped one.
  await pipeline.state.change((content) => content);
  // A new one is made like the newest: older formats take nothing of it.
  const [sibling] = set.replicas.toSorted((a, b) => b.config.version - a.config.version);
  const wrong = set.absent.find(({ error }) => error.code === 'WRONG_PASSWORD');
  // A replica that the password does not open may be of this repository: another one must not be made beside it.
  if (wrong && !sibling) throw wrong.error;
  const absent: Absent[] = [...set.absent];
  const like = sibling?.config ?? newConfig({ triplicate: recordOf(pipeline.chain) });
  const scrypt = request.scrypt ?? calibrateScrypt();
  const created: { destination: string; label: string; id: string }[] = [];
  const { newPassword } = request;
  const fetch = sibling || !newPassword ? (): Promise<string> => pipeline.password() : newPassword;
  const password = set.empty.length > 0 ? await fetch() : '';
  const begun: Begun = sibling ? new Map() : await findBegun(set.empty, password, pipeline.signal);
  const masterKey =
    sibling?.masterKey ?? [...begun.values()].find((key): key is MasterKey => !isBackupError(key)) ?? newMasterKey();
  // One moment for all of them: it shows which keys belong together.
  const now = timestampFromNs(BigInt(pipeline.clock.now().getTime()) * 1_000_000n, 'local');
  for (const place of set.empty) {
    try {
      await refuseSamePlace(place, created, pipeline.signal);
      const left = begun.get(place.name);
      if (isBackupError(left)) throw left;
      // Of two that were begun apart one goes on: its key does not open the other.
      if (left !== undefined && left !== masterKey) throw remains(place.destination);
      // A replica that lost its config alone has its key yet: a second one for the same password would outlive the first.
      const hasKey = left !== undefined || (await opens(place, { password, masterKey }, pipeline.signal));
      const config = newConfig({ like });
      await createReplica(pipeline, place.destination, { created: now, masterKey, hasKey, config, password, scrypt });
      created.push({ destination: place.name, label: place.destination.label, id: config.id });
    } catch (cause) {
      const error = toBackupError(cause).with({ destination: place.name });
      if (error.code === 'ABORTED') throw error;
      absent.push({ name: place.name, status: 'failed', error });
    }
  }
  if (created.length === 0 && !sibling)
    throw absent[0]?.error ?? new BackupError('NO_REPOSITORY', 'the pipeline has no destination');
  const exchanged = findExchanges(set.replicas, (await pipeline.state.read()).replicas);
  await rememberReplicas({ pipeline, replicas: set.replicas });
  const made = Object.fromEntries(created.map(({ destination, id }) => [destination, id]));
  const seen = pipeline.clock.now().getTime();
  const isOld = ([name]: readonly [string, unknown]): boolean =>
    !created.some(({ destination }) => destination === name);
  await pipeline.state.change((before) => {
    const content = followExchanges(before, exchanged);
    return {
      ...content,
      replicas: { ...content.replicas, ...made },
      seen: { ...content.seen, ...Object.fromEntries(created.map(({ destination }) => [destination, seen])) },
      // What a lost replica had is nothing that the new one lost, and what was found there says nothing of the new one.
      snapshots: Object.fromEntries(Object.entries(content.snapshots).filter(isOld)),
      lost: Object.fromEntries(Object.entries(content.lost).filter(isOld)),
      checks: Object.fromEntries(Object.entries(content.checks).filter(isOld)),
    };
  });
  for (const { destination } of [...created, ...exchanged])
    noteInCatalog(pipeline, (catalog) => catalog.beginAnew(destination));
  return { created, existing: set.replicas.map(({ name }) => name), exchanged, absent, isNew: !sibling };
};

/** What the config says of the transforms: nothing where restic's own way is followed. */
const recordOf = (chain: Chain): TriplicateRecord => {
  const plain = ({ type, options }: Chain['chunker']): { type: string; options: Record<string, unknown> } => ({
    type,
    options: { ...(options as Record<string, unknown>) },
  });
  return {
    ...(cutsAsRestic(chain) ? {} : { chunker: plain(chain.chunker) }),
    ...(chain.standard ? {} : { codecs: chain.codecs.map(plain) }),
  };
};

/** What was empty a moment ago and has a config now is where another of the destinations leads to. */
const refuseSamePlace = async (
  { destination }: Place,
  created: InitReport['created'],
  signal: AbortSignal,
): Promise<void> => {
  if (created.length === 0 || (await destination.stat(configKey, { signal })) === undefined) return;
  throw new BackupError('WRONG_REPOSITORY', `${destination.label} leads to the same place as another destination`, {
    hint: 'take one of them out of the configuration, or give it a place of its own',
  });
};

const opens = async (
  { destination }: Place,
  { password, masterKey }: Pick<NewReplica, 'password' | 'masterKey'>,
  signal: AbortSignal,
): Promise<boolean> => {
  const opened = await openedBy(password, destination, signal);
  return opened !== undefined && timingSafeEqual(opened.master.encrypt, masterKey.encrypt);
};

interface NewReplica {
  readonly masterKey: MasterKey;
  /** An earlier `init` has written it and came no further, or the config alone was lost. */
  readonly hasKey: boolean;
  readonly config: RepositoryConfig;
  readonly password: string;
  readonly created: string;
  readonly scrypt: ScryptParameters;
}

/** A key without a config is what is left of a repository, and would be in the way of the next `init`. */
const takeBack = async (destination: Destination, key: string): Promise<void> => {
  const signal = AbortSignal.timeout(10_000);
  try {
    if ((await destination.stat(configKey, { signal })) === undefined) await destination.delete(key, { signal });
  } catch {
    // The failure itself is told.
  }
};

/** The key first: a config without a key could be opened by nobody. */
const createReplica = async (pipeline: Pipeline, destination: Destination, replica: NewReplica): Promise<void> => {
  const { signal } = pipeline;
  const key = replica.hasKey ? undefined : await writeKey(pipeline, destination, replica);
  const config = bodyOf(encodeConfig(replica.masterKey, replica.config));
  try {
    await destination.put(configKey, config, { signal, ifAbsent: true });
  } catch (error) {
    // One that was only cut off may still arrive, and would be opened by nobody.
    if (key !== undefined && isBackupError(error) && !error.retryable && error.code !== 'ABORTED')
      await takeBack(destination, objectKey('keys', key));
    throw error;
  }
};

const writeKey = (
  { host: { hostname, username }, signal }: Pipeline,
  destination: Destination,
  { created, masterKey, password, scrypt }: NewReplica,
): Promise<string> => addKey(destination, masterKey, { password, created, username, hostname, params: scrypt, signal });
