import type { MasterKey } from '../repository/crypto.ts';
import type { Codec } from '../transform/transform.ts';
import { BlobOpener } from './blob-opener.ts';
import type { WorkerSetup } from './messages.ts';
import { openCodecs } from './transforms.ts';

/** What a thread opens blobs with, of what it was told when it was started. */
export const openerOf = async (
  setup: Pick<WorkerSetup, 'masterKey' | 'chunker' | 'codecs' | 'polynomial' | 'transformSecret'>,
): Promise<{ readonly key: MasterKey; readonly codecs: readonly Codec[]; readonly opener: BlobOpener }> => {
  const { encrypt, macK, macR } = setup.masterKey;
  const key = { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
  const codecs = await openCodecs(setup);
  return { key, codecs, opener: new BlobOpener(key, codecs) };
};
