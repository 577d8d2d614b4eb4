import type { Clock } from '../clock.ts';

/** `clock`, but waits of less than `shortMs` are over at once, e.g. the pause before a lock is looked at again; long ones wait for it. */
export const hastyClock = (clock: Clock, shortMs = 10_000): Clock => ({
  now: () => clock.now(),
  sleep: (until, options) =>
    until.getTime() - clock.now().getTime() < shortMs ? Promise.resolve() : clock.sleep(until, options),
});
