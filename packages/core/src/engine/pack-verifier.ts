import { PlainHashPair } from '../posix/hash-pair.ts';
import { nativeHashPair } from '../posix/native-hash-pair.ts';
import { openerOf } from './opener-of.ts';
import { type IndexedBlobs, verifyPack } from './verify-pack.ts';
import type { VerifySetup } from './verify-pool.ts';

/** Says what is wrong with a pack: hash, header and every blob. */
export type PackVerifier = (id: string, bytes: Uint8Array, indexed?: IndexedBlobs) => readonly string[];

export const packVerifier = async (setup: VerifySetup): Promise<PackVerifier> => {
  const { key, opener } = await openerOf(setup);
  const hashes = nativeHashPair() ?? new PlainHashPair();
  return (id, bytes, indexed) => verifyPack(id, bytes, { key, opener, hashes, ...(indexed ? { indexed } : {}) });
};
