import { BackupError } from '@triplicate/core';
import { asDictionary, asString } from '@triplicate/plist';
import { AfcClient } from '../afc/afc-client.ts';
import { PropertyChannel } from '../wire/property-channel.ts';
import type { ByteChannel } from '../wire/byte-channel.ts';

export const houseArrest = 'com.apple.mobile.house_arrest';

/** The files of one app. `documents`: what it shares with a person, below `/Documents`; the whole container only of apps under development. */
export const openAppFiles = async (
  channel: ByteChannel,
  bundleId: string,
  what: 'documents' | 'container',
): Promise<AfcClient> => {
  const properties = new PropertyChannel(channel);
  await properties.send({ Command: what === 'documents' ? 'VendDocuments' : 'VendContainer', Identifier: bundleId });
  const reply = asDictionary(await properties.receive());
  const refusal = asString(reply?.['Error']);
  if (reply === undefined || refusal !== undefined)
    throw new BackupError('NOT_FOUND', `the files of "${bundleId}" are not shared: ${refusal ?? 'no answer'}`, {
      hint: 'list what is shared with: triplicate devices apps',
    });
  return new AfcClient(channel);
};
