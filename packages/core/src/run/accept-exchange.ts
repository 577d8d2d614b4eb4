/** `init` takes the replica that it finds for the one that a destination had: the disk was exchanged, or two places were swapped. */
import type { Replica } from '../repository/replica.ts';
import type { StateContent } from './pipeline-state.ts';

export interface Exchange {
  readonly destination: string;
  /** The destination at which this replica stood before; `undefined` for one that this machine has not seen yet. */
  readonly from: string | undefined;
}

/** Destinations that hold another replica than the one remembered. */
export const findExchanges = (
  replicas: readonly Pick<Replica, 'name' | 'config'>[],
  remembered: StateContent['replicas'],
): readonly Exchange[] =>
  replicas
    .filter(({ name, config }) => remembered[name] !== undefined && remembered[name] !== config.id)
    .map(({ name, config }) => ({
      destination: name,
      from: Object.keys(remembered).find((other) => remembered[other] === config.id),
    }));

/**
 * What is known of a replica goes with it to the destination where it stands now, and what is known of another is no word about it: it has
 * lost nothing that only the other one had. What is to be forgotten there stays to be forgotten where the replica is new to us.
 */
export const followExchanges = (content: StateContent, exchanges: readonly Exchange[]): StateContent => {
  const followed = <T>(known: Readonly<Record<string, T>>, strangersKeep = false): Record<string, T> => {
    const moved = { ...known };
    for (const { destination, from } of exchanges) {
      const own = from === undefined ? (strangersKeep ? known[destination] : undefined) : known[from];
      if (own === undefined) delete moved[destination];
      else moved[destination] = own;
    }
    return moved;
  };
  return {
    ...content,
    snapshots: followed(content.snapshots),
    newest: followed(content.newest),
    lost: followed(content.lost),
    checks: followed(content.checks),
    forgotten: followed(content.forgotten, true),
  };
};
