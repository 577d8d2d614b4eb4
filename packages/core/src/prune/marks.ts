/**
 * Where listings lag, a pack that nothing needs is marked first and goes a day later, when the snapshots were read again. The marks are
 * sealed files of ours; stock restic does not look at them.
 */
import { z } from 'zod';
import { bodyOf, collect } from '../body.ts';
import { throwIfAborted, toBackupError } from '../errors.ts';
import { isId } from '../bytes.ts';
import { mostOwnBytes, triplicatePrefix } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { decodeUnpacked, encodeUnpacked, objectId } from '../repository/unpacked.ts';

export const markPrefix = `${triplicatePrefix}prune/`;
/** How long a run that began before may still be on its way. */
export const graceMs = 24 * 60 * 60_000;

const markFile = z.object({
  version: z.literal(1),
  /** Milliseconds since 1970 at which the packs were first seen to be unneeded. */
  marks: z.array(z.object({ at: z.number(), packs: z.array(z.string().refine(isId)) })),
});

const mostMarkBytes = 256 * 1024 * 1024;

export interface Marks {
  /** When each pack was marked. */
  readonly since: ReadonlyMap<string, number>;
  readonly files: readonly string[];
}

/** A file that cannot be read marks nothing: its packs wait once more. */
export const readMarks = async (replica: Replica, signal: AbortSignal): Promise<Marks> => {
  const files: string[] = [];
  const since = new Map<string, number>();
  for await (const { key } of replica.destination.list(markPrefix, { signal })) files.push(key);
  for (const key of files) {
    try {
      const bytes = await collect(replica.destination.get(key, { signal }), mostOwnBytes);
      const json = decodeUnpacked(replica.masterKey, bytes, mostMarkBytes).toString('utf8');
      for (const { at, packs } of markFile.parse(JSON.parse(json)).marks)
        for (const id of packs) since.set(id, Math.max(at, since.get(id) ?? 0));
    } catch (cause) {
      throwIfAborted(signal);
      const error = toBackupError(cause, 'CORRUPT');
      if (error.retryable || error.code === 'AUTH') throw error;
    }
  }
  return { since, files };
};

/** These marks and no others, in one file, whose key it gives; none when there are none. */
export const writeMarks = async (
  replica: Replica,
  marks: ReadonlyMap<string, number>,
  { old, signal }: { readonly old: readonly string[]; readonly signal: AbortSignal },
): Promise<string | undefined> => {
  let key: string | undefined;
  if (marks.size > 0) {
    const byTime = [...Map.groupBy(marks.keys(), (id) => marks.get(id) ?? 0)];
    const json = JSON.stringify({ version: 1, marks: byTime.map(([at, packs]) => ({ at, packs })) });
    const bytes = encodeUnpacked(replica.masterKey, Buffer.from(json), replica.config.version);
    key = `${markPrefix}${objectId(bytes)}`;
    await replica.destination.put(key, bodyOf(bytes), { signal });
  }
  for (const file of old) if (file !== key) await replica.destination.delete(file, { signal });
  return key;
};
