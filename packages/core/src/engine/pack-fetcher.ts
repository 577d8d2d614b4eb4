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
import { objectId, objectIdBeside } from '../repository/unpacked.ts';
import { mostPackBytes, olderVersion } from './older-version.ts';
import { type LendRoom, newRoom } from './rooms.ts';

/** To be disposed of where a room was lent: gives it back, and `bytes` are good no longer. */
export interface FetchedPack extends Disposable {
  readonly bytes: Buffer;
  readonly blobs: readonly PackedBlob[];
  /** Copies that turned out to be damaged or missing on the way. */
  readonly bad: readonly { readonly replica: Replica; readonly error: BackupError }[];
}

/**
 * CORRUPT or NOT_FOUND when no copy is whole and the sound parts do not make one. The hash of what it returns is `id`; it is computed beside
 * the main thread. Each copy is read into a room of its own, which does not come back when the reading fails: something may still be
 * written there.
 */
export const fetchPack = async (
  id: string,
  from: readonly Replica[],
  { signal, lend = newRoom }: { readonly signal: AbortSignal; readonly lend?: LendRoom },
): Promise<FetchedPack> => {
  using rooms = new DisposableStack();
  const bad: { replica: Replica; error: BackupError }[] = [];
  const damaged: { bytes: Buffer; replica: Replica }[] = [];
  const given = (bytes: Buffer, { masterKey }: Replica): FetchedPack => {
    const blobs = decodeHeader(masterKey, bytes.byteLength, bytes);
    const held = rooms.move();
    return { bytes, blobs, bad, [Symbol.dispose]: () => held.dispose() };
  };
  for (const replica of from) {
    try {
      const bytes = await readPack(id, replica, { signal, lend, rooms });
      if ((await objectIdBeside(bytes)) === id) return given(bytes, replica);
      damaged.push({ bytes, replica });
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
  if (joined && first) return given(joined, first.replica);
  const [any] = from;
  const hidden = await olderVersion(id, from, signal);
  if (hidden && any) return given(hidden, any);
  throw bad[0]?.error ?? new BackupError('NOT_FOUND', `no replica has pack ${id}`);
};

interface ReadParts {
  readonly signal: AbortSignal;
  readonly lend: LendRoom;
  /** Get the room once it is full. */
  readonly rooms: DisposableStack;
}

const readPack = async (id: string, replica: Replica, { signal, lend, rooms }: ReadParts): Promise<Buffer> => {
  const info = await replica.destination.stat(packKey(id), { signal });
  if (info === undefined) throw new BackupError('NOT_FOUND', `pack ${id} is missing on "${replica.name}"`);
  if (info.size > mostPackBytes)
    throw new BackupError('CORRUPT', `pack ${id} on "${replica.name}" has ${info.size} bytes`);
  const room = lend(info.size);
  const { bytes } = room;
  await collectExactly(replica.destination.get(packKey(id), { signal, room: bytes }), bytes);
  rooms.use(room);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

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
    return decodeHeader(key, bytes.byteLength, bytes);
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
