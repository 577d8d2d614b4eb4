import { asDictionary, asString } from '@triplicate/plist';
import type { PropertyChannel } from '../wire/property-channel.ts';

export const heartbeatService = 'com.apple.mobile.heartbeat';

/** Answers the device's heartbeat until either side ends it; a device on the network drops its connections without. */
export const answerHeartbeat = async (properties: PropertyChannel): Promise<void> => {
  for (;;) {
    const message = asDictionary(await properties.receiveOrEnd());
    if (message === undefined) return;
    if (asString(message['Command']) === 'Marco') await properties.send({ Command: 'Polo' });
    if (asString(message['Command']) === 'SleepyTime') return;
  }
};
