import { BackupError } from '@triplicate/core';
import { asArray, asDictionary, asString, type PlistDictionary } from '@triplicate/plist';
import type { PropertyChannel } from '../wire/property-channel.ts';

export const installationProxy = 'com.apple.mobile.installation_proxy';

/** The apps that a person installed, with the attributes asked for. */
export const browseApps = async (
  properties: PropertyChannel,
  attributes: readonly string[],
): Promise<readonly PlistDictionary[]> => {
  await properties.send({
    Command: 'Browse',
    ClientOptions: { ApplicationType: 'User', ReturnAttributes: attributes },
  });
  const apps: PlistDictionary[] = [];
  for (;;) {
    const reply = asDictionary(await properties.receive());
    const refusal = asString(reply?.['Error']);
    if (reply === undefined || refusal !== undefined)
      throw new BackupError('UNAVAILABLE', `the list of apps was refused: ${refusal ?? 'no answer'}`);
    for (const entry of asArray(reply['CurrentList']) ?? []) {
      const app = asDictionary(entry);
      if (app) apps.push(app);
    }
    if (asString(reply['Status']) === 'Complete') return apps;
  }
};
