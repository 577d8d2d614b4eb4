import { BackupError, type RestoredPart } from '@triplicate/core';
import { asString } from '@triplicate/plist';
import type { RestoreSettings } from '../options.ts';
import type { Phone } from '../phone.ts';
import { browseApps, installationProxy } from '../services/installation-proxy.ts';
import { PropertyChannel } from '../wire/property-channel.ts';

/** A part goes back with the rest of the phone left alone: nothing is removed, and no list of apps, which is of the whole phone, is written. */
export const settingsForPart = (settings: RestoreSettings): RestoreSettings => ({
  ...settings,
  removeOthers: false,
  apps: false,
});

/** UNSUPPORTED when documents are for an app that the phone does not have: they would have no place there. */
export const checkApps = async (phone: Phone, { apps }: RestoredPart, signal: AbortSignal): Promise<void> => {
  if (apps.length === 0) return;
  const channel = await phone.startService(installationProxy, { signal });
  await using properties = new PropertyChannel(channel);
  const installed = new Set(
    (await browseApps(properties, ['CFBundleIdentifier'])).map((app) => asString(app['CFBundleIdentifier'])),
  );
  // What Apple brings along is not in a list of what a person installed.
  const missing = apps.filter((app) => !app.startsWith('com.apple.') && !installed.has(app));
  if (missing.length === 0) return;
  throw new BackupError('UNSUPPORTED', `${phone.name} does not have the app ${missing.join(', ')}`, {
    hint: 'install it from the App Store first, open it once, and restore then',
  });
};
