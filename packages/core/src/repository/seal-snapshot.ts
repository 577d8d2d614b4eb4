import type { MasterKey } from './crypto.ts';
import { encodeSnapshot, type SnapshotFile } from './snapshot-file.ts';
import { encodeUnpacked, objectId } from './unpacked.ts';

/** A snapshot file as it is stored, and its id: the hash of these bytes, so it is sealed once for all replicas. */
export const encodeSealedSnapshot = (
  { masterKey, config }: { readonly masterKey: MasterKey; readonly config: { readonly version: number } },
  file: SnapshotFile,
): { readonly id: string; readonly bytes: Buffer } => {
  const bytes = encodeUnpacked(masterKey, encodeSnapshot(file), config.version);
  return { id: objectId(bytes), bytes };
};
