import { isBackupError } from '@triplicate/core';
import { asDictionary, type PlistDictionary, writeXmlPlist } from '@triplicate/plist';
import { AfcClient, afcService } from '../afc/afc-client.ts';
import { Phone, type PhoneOptions } from '../phone.ts';

const folder = '/iTunesRestore';
const file = `${folder}/RestoreApplications.plist`;

/** Tells the phone which apps to install again. */
export const writeAppList = async (phone: Phone, info: PlistDictionary, signal: AbortSignal): Promise<void> => {
  await using afc = new AfcClient(await phone.startService(afcService, { signal }));
  await ignoringAfc(afc.makeDirectory(folder));
  await using list = await afc.open(file, 'w');
  await list.write(writeXmlPlist(asDictionary(info['Applications']) ?? {}));
  await list.close();
};

/** Takes the list away after a restore that failed, over a conversation of its own. Never fails: the phone may be gone. */
export const removeAppList = async (options: PhoneOptions): Promise<void> => {
  try {
    await using phone = await Phone.open(options);
    await using afc = new AfcClient(await phone.startService(afcService));
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
