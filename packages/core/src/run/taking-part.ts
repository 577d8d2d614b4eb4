/** Which of the places that are there a session works with. */
import { BackupError } from '../errors.ts';
import type { Replica } from '../repository/replica.ts';
import type { Absent, ReplicaSet } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';
import { isReadOnly, readOnlyError } from './read-only.ts';
import type { SessionOptions } from './session.ts';

export interface TakingPart {
  readonly replicas: readonly Replica[];
  readonly absent: readonly Absent[];
  /** Without a config of their own: their data is read and nothing is written, not even a lock. */
  readonly salvaged: readonly Absent[];
}

type Wanted = Pick<SessionOptions, 'lock' | 'salvage' | 'writes'>;

export const takingPart = (
  pipeline: Pipeline,
  set: ReplicaSet,
  absent: readonly Absent[],
  { lock, salvage, writes: isWriting = false }: Wanted,
): TakingPart => {
  const writes = lock === 'shared' || lock === 'exclusive';
  const older = writes ? olderOnes(set.replicas) : [];
  const unwritten = set.replicas
    .filter(({ name }) => isWriting && isReadOnly(pipeline, name))
    .map(({ name }): Absent => ({ name, status: 'skipped', error: readOnlyError(name) }));
  const out = [...older.filter(({ name }) => !unwritten.some((one) => one.name === name)), ...unwritten];
  const replicas = set.replicas.filter(({ name }) => !out.some((one) => one.name === name));
  if (salvage !== true) return { replicas, absent: [...absent, ...out], salvaged: [] };
  const found = salvageable(set);
  const isSalvaged = ({ name }: Absent): boolean => found.some((one) => one.name === name);
  return {
    replicas: [...replicas, ...found].toSorted((a, b) => a.mask - b.mask),
    absent: [...absent, ...out].filter((one) => !isSalvaged(one)),
    salvaged: absent.filter(isSalvaged),
  };
};

/**
 * Places whose config is damaged or gone: what of their data opens with the key of a sibling is as good as any, since every blob proves
 * itself. A folder that never was a replica has none.
 */
const salvageable = ({ replicas: [sibling], damaged, empty }: ReplicaSet): Replica[] => {
  if (sibling === undefined) return [];
  const { config, masterKey, keyId } = sibling;
  return [...damaged, ...empty].map(({ name, mask, destination }): Replica => ({
    name,
    mask,
    destination,
    config,
    masterKey,
    keyId,
  }));
};

/** In format 1 nothing is compressed, and restic reads no compressed object there: what replicas of format 2 are given would ruin it. */
const olderOnes = (replicas: readonly Replica[]): Absent[] => {
  const newer = replicas.find(({ config }) => config.version > 1);
  if (newer === undefined) return [];
  return replicas
    .filter(({ config }) => config.version === 1)
    .map(({ name, destination }): Absent => {
      const message = `"${name}" is still of restic's format 1 and "${newer.name}" is not: nothing is written there`;
      const hint = `run \`restic migrate upgrade_repo_v2\` on the repository at ${destination.label}, then \`triplicate sync ${name}\``;
      const error = new BackupError('UNSUPPORTED', message, { hint, context: { destination: name } });
      return { name, status: 'failed', error };
    });
};
