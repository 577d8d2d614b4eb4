/** From configs and key files to replicas of one repository. The password is derived once wherever that is possible. */
import { join } from 'node:path';
import { BackupError, isBackupError, toBackupError } from '../errors.ts';
import { decodeConfig, type RepositoryConfig } from '../repository/config-file.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { wrongPasswordHint } from '../repository/key-file.ts';
import { openWithPassword } from '../repository/keys.ts';
import { ObjectCache } from '../repository/object-cache.ts';
import type { Replica } from '../repository/replica.ts';
import type { Absent, Found } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';

interface Unlocked {
  readonly masterKey: MasterKey;
  readonly keyId: string;
}

interface Opened {
  readonly place: Found;
  readonly config: RepositoryConfig;
  readonly by: Unlocked;
  readonly keyIsOwn: boolean;
  readonly keyError?: BackupError;
}

interface Closed {
  readonly place: Found;
  readonly error: BackupError;
}

export interface UnlockedReplicas {
  readonly replicas: readonly Replica[];
  readonly absent: readonly Absent[];
  /** Their config is no config of this repository, or of none: damaged. */
  readonly damaged: readonly Found[];
}

/**
 * The master key that one replica gives is tried on the others' configs first; a config that it does not open is asked for keys of its
 * own. When the places hold different repositories, the one that was here before is right and the others take no part; WRONG_REPOSITORY
 * when nobody remembers. WRONG_PASSWORD when the password opens nothing.
 */
export const unlockReplicas = async (
  pipeline: Pipeline,
  found: readonly Found[],
  remembered: Readonly<Record<string, string>>,
): Promise<UnlockedReplicas> => {
  if (found.length === 0) return { replicas: [], absent: [], damaged: [] };
  const password = await pipeline.password();
  const opened: Opened[] = [];
  const closed: Closed[] = [];
  for (const place of found) {
    const result = tryKnown(opened, place) ?? (await tryPassword(pipeline, place, password));
    if ('error' in result) closed.push(result);
    else opened.push(result);
  }
  // A replica without a readable key file opens with the key of a sibling that had its turn later.
  const late = closed.flatMap(({ place, error }): Opened[] => {
    const one = tryKnown(opened, place);
    return one ? [{ ...one, keyError: notByItself(place, error) }] : [];
  });
  opened.push(...late);
  const left = closed.filter(({ place }) => !late.some((other) => other.place === place));
  const wrong = left.find(({ error }) => error.code === 'WRONG_PASSWORD');
  if (opened.length === 0 && wrong) throw wrongPassword(pipeline, wrong);
  const right = chooseRepository(opened, remembered);
  const strangers = opened.filter(({ by }) => by.masterKey !== right);
  return {
    replicas: opened
      .filter((one) => !strangers.includes(one))
      .map(replicaOf)
      .toSorted((a, b) => a.mask - b.mask),
    absent: [
      ...left.map(({ place, error }): Absent => ({
        name: place.configured.name,
        status: 'failed',
        error: opened.length > 0 ? withHealHint(error, place.configured.name) : error,
      })),
      ...strangers.map(({ place }): Absent =>
        strangerOf(place, opened.find(({ by }) => by.masterKey === right)?.place),
      ),
    ],
    damaged: left.filter(({ error }) => error.code === 'CORRUPT').map(({ place }) => place),
  };
};

/** Opens nothing: says which password it was, and where the right one belongs. */
const wrongPassword = ({ passwordFrom }: Pipeline, { place, error }: Closed): BackupError => {
  const from = passwordFrom?.();
  if (from === undefined) return error;
  const { label } = place.destination;
  return new BackupError('WRONG_PASSWORD', `the password from ${from} does not open the repository at ${label}`, {
    hint: wrongPasswordHint,
    context: error.context,
    cause: error,
  });
};

/** Everything works while a sibling is there; a day may come on which this is the only replica left. */
const notByItself = ({ configured: { name } }: Found, cause: BackupError): BackupError =>
  new BackupError(cause.code, `"${name}" cannot be opened by itself: ${cause.message}`, {
    hint: `run \`triplicate heal ${name}\`, which makes a key file for the password in use`,
    context: cause.context,
    cause,
  });

/** A sibling is there to mend it by. */
const withHealHint = (error: BackupError, name: string): BackupError =>
  error.code !== 'CORRUPT'
    ? error
    : new BackupError(error.code, error.message, {
        hint: `run \`triplicate heal ${name}\``,
        context: error.context,
        cause: error,
      });

const tryKnown = (opened: readonly Opened[], place: Found): Opened | undefined => {
  for (const by of new Set(opened.map((one) => one.by))) {
    try {
      return { place, by, keyIsOwn: false, config: decodeConfig(by.masterKey, place.config ?? Buffer.alloc(0)) };
    } catch {
      // Asked for keys of its own.
    }
  }
  return undefined;
};

const tryPassword = async (pipeline: Pipeline, place: Found, password: string): Promise<Opened | Closed> => {
  try {
    const { master, id } = await openWithPassword(place.destination, password, { signal: pipeline.signal });
    const by = { masterKey: master, keyId: id };
    return { place, by, keyIsOwn: true, config: openConfig(pipeline, place, master) };
  } catch (cause) {
    const error = toBackupError(cause, 'CORRUPT').with({ destination: place.configured.name });
    if (error.code === 'ABORTED') throw error;
    return { place, error };
  }
};

const openConfig = (
  { destinations }: Pipeline,
  { configured: { name }, config }: Found,
  key: MasterKey,
): RepositoryConfig => {
  try {
    return decodeConfig(key, config ?? Buffer.alloc(0));
  } catch (cause) {
    if (!isBackupError(cause, 'CORRUPT')) throw cause;
    const hint =
      destinations.length > 1
        ? `run \`triplicate heal ${name}\`, which makes it anew from another destination`
        : cause.hint;
    throw new BackupError('CORRUPT', `the repository config on "${name}" is damaged: ${cause.message}`, {
      hint,
      cause,
    });
  }
};

/** The master key of the repository that is meant. */
const chooseRepository = (
  opened: readonly Opened[],
  remembered: Readonly<Record<string, string>>,
): MasterKey | undefined => {
  const keys = new Set(opened.map(({ by }) => by.masterKey));
  if (keys.size <= 1) return opened[0]?.by.masterKey;
  const known = opened.filter(({ place, config }) => remembered[place.configured.name] === config.id);
  const right = new Set(known.map(({ by }) => by.masterKey));
  const [only] = right;
  if (right.size === 1) return only;
  const [first, other] = [opened[0], opened.find(({ by }) => by.masterKey !== opened[0]?.by.masterKey)];
  throw strangers(first?.place.configured.name ?? '', other?.place.configured.name ?? '');
};

const strangerOf = (place: Found, right: Found | undefined): Absent => {
  const { name } = place.configured;
  return { name, status: 'failed', error: strangers(right?.configured.name ?? '', name).with({ destination: name }) };
};

const strangers = (a: string, b: string): BackupError =>
  new BackupError('WRONG_REPOSITORY', `"${a}" and "${b}" hold different repositories`, {
    hint: 'give each repository a pipeline of its own, or point the destination to an empty folder and run `triplicate init`',
  });

const replicaOf = ({ place, config, by, keyIsOwn, keyError }: Opened): Replica => ({
  name: place.configured.name,
  mask: place.mask,
  destination: place.destination,
  config,
  ...cacheOf(place, config),
  ...by,
  keyIsOwn,
  keyError,
});

const cacheOf = ({ configured: { cacheFolder } }: Found, { id }: RepositoryConfig): Pick<Replica, 'cache'> =>
  cacheFolder === undefined ? {} : { cache: new ObjectCache(join(cacheFolder, id)) };
