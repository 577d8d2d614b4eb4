import { asData, asDictionary } from '@triplicate/plist';
import type { PropertyChannel } from '../wire/property-channel.ts';

export const springboardService = 'com.apple.springboardservices';

/** The icon of an app as PNG; `undefined` where there is none. */
export const iconOf = async (properties: PropertyChannel, bundleId: string): Promise<Buffer | undefined> => {
  await properties.send({ command: 'getIconPNGData', bundleId });
  return asData(asDictionary(await properties.receive())?.['pngData']);
};
