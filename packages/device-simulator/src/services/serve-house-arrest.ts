import { asDictionary, asString } from '@triplicate/plist';
import type { SimDevice } from '../device.ts';
import type { SimStream } from '../wire/sim-stream.ts';
import { serveAfc } from './serve-afc.ts';
import { isSharingFiles } from './small-services.ts';

/** The shared documents of an app, below /Documents. */
export const serveHouseArrest = async (device: SimDevice, stream: SimStream): Promise<void> => {
  const request = asDictionary(await stream.receive()) ?? {};
  const bundleId = asString(request['Identifier']) ?? '';
  if (request['Command'] !== 'VendDocuments' || !isSharingFiles(bundleId)) {
    await stream.send({ Error: 'ApplicationLookupFailed' });
    return;
  }
  await stream.send({ Status: 'Complete' });
  await serveAfc(device, stream, { domains: [`AppDomain-${bundleId}`], prefix: '' });
};
