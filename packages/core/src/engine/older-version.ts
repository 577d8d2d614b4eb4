import { collect } from '../body.ts';
import { throwIfAborted } from '../errors.ts';
import { packKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';

/** restic writes packs up to 128 MiB, and one oversized blob beyond that. */
export const mostPackBytes = 1024 * 1024 * 1024;

/**
 * A pack that was overwritten or deleted where such a place only hides what it had: from the first replica with a version whose hash is the
 * name. `undefined` when none has one; what fails on the way is no failure of its own.
 */
export const olderVersion = async (
  id: string,
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<Buffer | undefined> => {
  for (const { destination } of replicas) {
    try {
      for await (const version of destination.versions?.(packKey(id), { signal }) ?? []) {
        if (version.size > mostPackBytes) continue;
        const bytes = await collect(version.open());
        if (objectId(bytes) === id) return bytes;
      }
    } catch {
      throwIfAborted(signal);
    }
  }
  return undefined;
};
