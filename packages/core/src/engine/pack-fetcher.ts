/**
 * Gets a whole pack from whichever replica still has it, or joins it from the sound parts of several damaged copies, or takes an older version
 * where one is kept.
 */
import { collectExactly } from '../body.ts';
import { BackupError, toBackupError } from '../errors.ts';
import { unseal, type MasterKey } from '../repository/crypto.ts';
import { packKey } from '../repository/layout.ts';
import { decodeHeader, type PackedBlob } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';
import { mostPackBytes, olderVersion } from './older-version.ts';

export interface FetchedPack {
  readonly bytes: Buffer;
  readonly blobs: readonly PackedBlob[];
  /** Copies that turned out to be damaged or missing on the way. */
  readonly bad: readonly { readonly replica: Replica; readonly error: BackupError }[];
}

/**
 * CORRUPT or NOT_FOUND when no copy is whole and the sound parts do not make one. The hash of what it returns is `id`. It is read into
 * `room` where it is as large as that, and is good there for as long as the room is.
 */
export const fetchPack = async (
  id: string,
  from: readonly Replica[],
  { signal, room }: { readonly signal: AbortSignal; readonly room?: Uint8Array },
): Promise<FetchedPack> => {
  const bad: { replica: Replica; error: BackupError }[] = [];
  const damaged: { bytes: Buffer; replica: Replica }[] = [];
  for (const replica of from) {
    try {
      const bytes = await readPack(id, replica, { signal, room });
      if (objectId(bytes) === id) return { bytes, blobs: headerOf(replica.masterKey, bytes), bad };
      // The next copy is read into the same room.
      damaged.push({ bytes: Buffer.from(bytes), replica });
      bad.push({ replica, error: new BackupError('CORRUPT', `pack ${id} on "${replica.name}" is damaged`) });
    } catch (cause) {
      const error = toBackupError(cause, 'CORRUPT');
      if (error.code === 'ABORTED') throw error;
      bad.push({ replica, error });
    }
  }
  const [first] = damaged;
  const joined =
    first &&
    joinCopies(
      id,
      damaged.map(({ bytes }) => bytes),
      first.replica.masterKey,
    );
  if (joined && first) return { bytes: joined, blobs: headerOf(first.replica.masterKey, joined), bad };
  const [any] = from;
  const hidden = await olderVersion(id, from, signal);
  if (hidden && any) return { bytes: hidden, blobs: headerOf(any.masterKey, hidden), bad };
  throw bad[0]?.error ?? new BackupError('NOT_FOUND', `no replica has pack ${id}`);
};

const readPack = async (
  id: string,
  replica: Replica,
  { signal, room }: { readonly signal: AbortSignal; readonly room: Uint8Array | undefined },
): Promise<Buffer> => {
  const info = await replica.destination.stat(packKey(id), { signal });
  if (info === undefined) throw new BackupError('NOT_FOUND', `pack ${id} is missing on "${replica.name}"`);
  if (info.size > mostPackBytes)
    throw new BackupError('CORRUPT', `pack ${id} on "${replica.name}" has ${info.size} bytes`);
  const bytes = room?.byteLength === info.size ? room : new Uint8Array(info.size);
  await collectExactly(replica.destination.get(packKey(id), { signal }), bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const headerOf = (key: MasterKey, bytes: Buffer): PackedBlob[] => decodeHeader(key, bytes.byteLength, bytes);

const joinCopies = (id: string, copies: readonly Buffer[], key: MasterKey): Buffer | undefined => {
  for (const copy of copies) {
    const blobs = tryHeader(key, copy);
    if (!blobs) continue;
    const joined = Buffer.from(copy);
    for (const { offset, length } of blobs) {
      const sound = copies.map((other) => other.subarray(offset, offset + length)).find((part) => isSound(key, part));
      if (sound) joined.set(sound, offset);
    }
    if (objectId(joined) === id) return joined;
  }
  return undefined;
};

const tryHeader = (key: MasterKey, bytes: Buffer): PackedBlob[] | undefined => {
  try {
    return headerOf(key, bytes);
  } catch {
    return undefined;
  }
};

const isSound = (key: MasterKey, sealed: Buffer): boolean => {
  try {
    unseal(key, sealed);
    return true;
  } catch {
    return false;
  }
};
