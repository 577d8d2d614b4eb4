/** Forget intents: sealed files of ours that name snapshots which nobody may bring back. Stock restic does not look at them. */
import { z } from 'zod';
import { isId } from '../bytes.ts';
import { corrupt } from './corrupt.ts';
import type { MasterKey } from './crypto.ts';
import { triplicatePrefix } from './layout.ts';
import { isTimestamp } from './timestamp.ts';
import { decodeUnpacked, encodeUnpacked } from './unpacked.ts';

export const intentPrefix = `${triplicatePrefix}forgotten/`;
export const intentKey = (id: string): string => `${intentPrefix}${id}`;

const forgotten = z.object({
  id: z.string().refine(isId),
  /** When it was decided. */
  time: z.string().refine(isTimestamp),
  /** `policy`: a replica that has nothing newer and whole of that source keeps it all the same. */
  by: z.enum(['name', 'policy']),
});
export type Forgotten = z.infer<typeof forgotten>;
export const forgottenList = z.array(forgotten).max(1_000_000);

const intentFile = z.object({ version: z.literal(1), snapshots: forgottenList });

const mostIntentBytes = 256 * 1024 * 1024;

/** As it is stored, under the hash of these bytes. */
export const encodeIntents = (key: MasterKey, snapshots: readonly Forgotten[], version: number): Buffer =>
  encodeUnpacked(key, Buffer.from(JSON.stringify({ version: 1, snapshots })), version);

/** CORRUPT when it is damaged, or of a version that is not known here. */
export const decodeIntents = (key: MasterKey, bytes: Uint8Array): readonly Forgotten[] => {
  let value: unknown;
  try {
    value = JSON.parse(decodeUnpacked(key, bytes, mostIntentBytes).toString('utf8'));
  } catch (cause) {
    throw corrupt('the forget intent cannot be read', { cause });
  }
  const parsed = intentFile.safeParse(value);
  if (!parsed.success) throw corrupt('the forget intent is none of ours');
  return parsed.data.snapshots;
};
