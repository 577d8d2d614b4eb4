import { collectExactly } from '../body.ts';
import { BackupError } from '../errors.ts';
import { packKey } from '../repository/layout.ts';
import type { ObjectCache } from '../repository/object-cache.ts';
import type { Replica } from '../repository/replica.ts';

/** A pack by its number in the table, and as replicas have it. */
export interface NumberedPack {
  readonly number: number;
  readonly id: string;
  readonly size: number;
}

/** Where parts of packs are read from. */
export interface PackSource {
  /** No other one has it. */
  readonly name: string;
  /** It gives packs as a whole and no parts of them. */
  readonly whole: boolean;
  /** The part, or all of the pack, into `room`, which is as long; NOT_FOUND when the pack is not there. */
  read(
    pack: NumberedPack,
    part: { readonly offset: number; readonly length: number },
    options: { readonly room: Buffer; readonly signal: AbortSignal },
  ): Promise<Buffer>;
}

export const replicaSource = ({ name, destination }: Replica): PackSource => {
  const whole = !destination.capabilities.rangeReads;
  return {
    name,
    whole,
    read: (pack, range, { room, signal }) =>
      collectExactly(destination.get(packKey(pack.id), whole ? { signal } : { signal, range }), room),
  };
};

/** Packs of folder lists of a replica that is far away, as they are kept on this machine. */
export const cacheSource = (replica: string, cache: ObjectCache): PackSource => ({
  name: `cache of ${replica}`,
  whole: false,
  async read(pack, range, { room }) {
    const bytes = await cache.readRange(pack.id, range, room);
    if (bytes) return bytes;
    throw new BackupError('NOT_FOUND', `pack ${pack.id.slice(0, 8)} is not kept here`);
  },
});
