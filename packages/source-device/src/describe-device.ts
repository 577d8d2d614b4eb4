import { type Clock, isBackupError, printable } from '@triplicate/core';
import { asBoolean, asDictionary, asNumber, asString, type PlistDictionary, type PlistValue } from '@triplicate/plist';
import { type ICloudBackup, iCloudBackup } from './backup/encryption.ts';
import type { AttachedDevice } from './mux/attached.ts';
import type { MuxClient } from './mux/mux-client.ts';
import { openLockdown, Phone } from './phone.ts';
import { browseApps, installationProxy } from './services/installation-proxy.ts';
import { PropertyChannel } from './wire/property-channel.ts';

export interface DeviceAbout {
  readonly udid: string;
  readonly connection: 'usb' | 'network';
  /** Fit for a terminal, as model and version are: whoever named it named it so. */
  readonly name: string | undefined;
  readonly model: string | undefined;
  readonly version: string | undefined;
  readonly paired: boolean;
  /** Known of a paired device alone. */
  readonly encrypted: boolean | undefined;
  readonly freeBytes: number | undefined;
  readonly totalBytes: number | undefined;
  readonly batteryPercent: number | undefined;
  /** Find My is turned on, which a restore does not go with. */
  readonly findMy: boolean | undefined;
  readonly iCloudBackup: ICloudBackup | undefined;
}

interface Around {
  readonly mux: MuxClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What `devices` shows of one device. Little of one that does not know this computer; never a question on its screen. */
export const describeDevice = async (device: AttachedDevice, around: Around): Promise<DeviceAbout> => {
  const options = { ...around, device };
  await using lockdown = await openLockdown(options);
  const root = asDictionary(await lockdown.value(undefined)) ?? {};
  const known = await openKnown(options);
  await using phone = known ?? { [Symbol.asyncDispose]: () => Promise.resolve() };
  const about = async (domain: string): Promise<PlistDictionary> => asDictionary(await known?.value(domain)) ?? {};
  void phone;
  const usage = await about('com.apple.disk_usage');
  return {
    udid: device.udid,
    connection: device.connection,
    name: shown(root['DeviceName']),
    model: shown(root['ProductType']),
    version: shown(root['ProductVersion']),
    paired: known !== undefined,
    encrypted: asBoolean((await about('com.apple.mobile.backup'))['WillEncrypt']),
    freeBytes: asNumber(usage['AmountDataAvailable']) ?? asNumber(usage['TotalDataAvailable']),
    totalBytes: asNumber(usage['TotalDataCapacity']),
    batteryPercent: asNumber((await about('com.apple.mobile.battery'))['BatteryCurrentCapacity']),
    findMy: known && asBoolean((await about('com.apple.fmip'))['IsAssociated']) === true,
    iCloudBackup: known && (await iCloudBackup(known)),
  };
};

const shown = (value: PlistValue | undefined): string | undefined => printable(asString(value) ?? '') || undefined;

const openKnown = async (options: Around & { readonly device: AttachedDevice }): Promise<Phone | undefined> => {
  try {
    return await Phone.open(options);
  } catch (error) {
    if (isBackupError(error, 'AUTH')) return undefined;
    throw error;
  }
};

export interface InstalledApp {
  readonly id: string;
  readonly name: string;
  readonly version: string | undefined;
  /** Whether it shares documents, which `mode: photos` takes. */
  readonly sharesFiles: boolean;
  /** What it has written, caches among it, in bytes; with `sizes`, where the phone tells it. */
  readonly dataBytes: number | undefined;
  /** The app itself, which is in no backup. */
  readonly programBytes: number | undefined;
}

export const listApps = async (
  phone: Phone,
  { signal, sizes = false }: { readonly signal: AbortSignal; readonly sizes?: boolean },
): Promise<readonly InstalledApp[]> => {
  const attributes = [
    'CFBundleIdentifier',
    'CFBundleDisplayName',
    'CFBundleShortVersionString',
    'UIFileSharingEnabled',
    // The phone goes through all the files of an app to tell these.
    ...(sizes ? ['StaticDiskUsage', 'DynamicDiskUsage'] : []),
  ];
  await using properties = new PropertyChannel(await phone.startService(installationProxy, { signal }));
  return (await browseApps(properties, attributes)).flatMap((app) => {
    const id = asString(app['CFBundleIdentifier']);
    if (id === undefined) return [];
    const name = asString(app['CFBundleDisplayName']) ?? id;
    return [
      {
        id,
        name,
        version: asString(app['CFBundleShortVersionString']),
        sharesFiles: asBoolean(app['UIFileSharingEnabled']) === true,
        dataBytes: asNumber(app['DynamicDiskUsage']),
        programBytes: asNumber(app['StaticDiskUsage']),
      },
    ];
  });
};
