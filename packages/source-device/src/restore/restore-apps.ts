import { isBackupError } from '@triplicate/core';
import { asDictionary, type PlistDictionary, writeXmlPlist } from '@triplicate/plist';
import { AfcClient, afcService } from '../afc/afc-client.ts';
import type { Phone } from '../phone.ts';

const folder = '/iTunesRestore';
const file = `${folder}/RestoreApplications.plist`;

/** Tells the phone which apps to install again. Gives back what takes the list away, for a restore that failed. */
export const writeAppList = async (
  phone: Phone,
  info: PlistDictionary,
  signal: AbortSignal,
): Promise<() => Promise<void>> => {
  await using afc = new AfcClient(await phone.startService(afcService, { signal }));
  await ignoringAfc(afc.makeDirectory(folder));
  await using list = await afc.open(file, 'w');
  await list.write(writeXmlPlist(asDictionary(info['Applications']) ?? {}));
  await list.close();
  return () => removeAppList(phone, signal);
};

const removeAppList = async (phone: Phone, signal: AbortSignal): Promise<void> => {
  try {
    await using afc = new AfcClient(await phone.startService(afcService, { signal }));
    await ignoringAfc(afc.remove(file));
    await ignoringAfc(afc.remove(folder));
  } catch (error) {
    // The phone is gone; its list does no harm.
    if (!isBackupError(error)) throw error;
  }
};

const ignoringAfc = async (work: Promise<void>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!isBackupError(error) || error.context['afc'] === undefined) throw error;
  }
};
