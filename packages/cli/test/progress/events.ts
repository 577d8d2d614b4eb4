import { BackupError, bytesFromText, type RunEvent } from '@triplicate/core';

const mib = 1024 * 1024;

/** A run in its middle: one source half read, a fast and a slow destination, one that failed. */
export const middle: readonly RunEvent[] = [
  { type: 'source-started', source: 'annas-iphone', label: "Anna's iPhone", parent: undefined },
  sourceProgress(600, 0),
  {
    type: 'lane-progress',
    destination: 'usb-disk',
    progress: { state: 'writing', bytesStored: 580 * mib, bytesWaiting: 20 * mib },
  },
  {
    type: 'lane-progress',
    destination: 'cloud',
    progress: { state: 'writing', bytesStored: 60 * mib, bytesWaiting: 64 * mib },
  },
  { type: 'lane-progress', destination: 'nas', progress: { state: 'failed', bytesStored: 12 * mib, bytesWaiting: 0 } },
];

export function sourceProgress(doneMib: number, errors: number): RunEvent {
  return {
    type: 'source-progress',
    source: 'annas-iphone',
    progress: {
      filesDone: doneMib,
      bytesDone: doneMib * mib,
      filesTotal: 1200,
      bytesTotal: 1200 * mib,
      errors,
      current: 'MobileSync/00008030/3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28',
      counting: false,
      finished: doneMib === 1200,
    },
  };
}

export const unreadable = (number: number): RunEvent => ({
  type: 'unreadable',
  source: 'annas-iphone',
  path: bytesFromText(`secret-${number}.txt`),
  error: new BackupError('AUTH', `"secret-${number}.txt": permission denied`),
});
