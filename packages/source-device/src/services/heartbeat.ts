import type { Clock } from '@triplicate/core';
import { asDictionary, asNumber, asString } from '@triplicate/plist';
import { withPatience } from '../wire/patience.ts';
import type { PropertyChannel } from '../wire/property-channel.ts';

export const heartbeatService = 'com.apple.mobile.heartbeat';

/** A phone that has left the network says nothing any more, and its connections stay as they are. */
const shortestMs = 3 * 60_000;
const missedBeats = 6;

/**
 * Answers the device's heartbeat until either side ends it; a device on the network drops its connections without. UNAVAILABLE when no beat
 * comes for minutes.
 */
export const answerHeartbeat = async (properties: PropertyChannel, clock: Clock): Promise<void> => {
  let ms = shortestMs;
  for (;;) {
    const giveUp = (): void => properties.channel.close();
    const next = withPatience(properties.receiveOrEnd(), { clock, ms, what: 'heartbeat of the phone', giveUp });
    const message = asDictionary(await next);
    if (message === undefined) return;
    ms = Math.max(shortestMs, missedBeats * 1000 * (asNumber(message['Interval']) ?? 0));
    if (asString(message['Command']) === 'Marco') await properties.send({ Command: 'Polo' });
    if (asString(message['Command']) === 'SleepyTime') return;
  }
};
