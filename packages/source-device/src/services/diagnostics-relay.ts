import { BackupError } from '@triplicate/core';
import { asBoolean, asDictionary, asString, type PlistDictionary, type PlistValue } from '@triplicate/plist';
import type { PropertyChannel } from '../wire/property-channel.ts';

export const diagnosticsRelay = 'com.apple.mobile.diagnostics_relay';

const ask = async (
  properties: PropertyChannel,
  request: { readonly Request: string; readonly [key: string]: PlistValue },
): Promise<PlistDictionary> => {
  await properties.send(request);
  const reply = asDictionary(await properties.receive());
  if (reply === undefined || asString(reply['Status']) !== 'Success')
    throw new BackupError(
      'UNAVAILABLE',
      `the phone answered ${request.Request} with "${asString(reply?.['Status']) ?? 'nothing'}"`,
    );
  return reply;
};

/** Whether the device has a passcode; `undefined` where it does not tell. */
export const hasPasscode = async (properties: PropertyChannel): Promise<boolean | undefined> => {
  const reply = await ask(properties, { Request: 'MobileGestalt', MobileGestaltKeys: ['PasswordConfigured'] });
  const gestalt = asDictionary(asDictionary(reply['Diagnostics'])?.['MobileGestalt']);
  return asBoolean(gestalt?.['PasswordConfigured']);
};

/** Restarts the device, once this connection has ended where `waitForDisconnect`. */
export const restart = async (properties: PropertyChannel, waitForDisconnect: boolean): Promise<void> => {
  await ask(properties, { Request: 'Restart', WaitForDisconnect: waitForDisconnect });
};
