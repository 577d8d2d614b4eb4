import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Twice 8 MiB: what is young when it is looked at, and where it is moved to. */
const enoughBytes = 16 * 1024 * 1024;
const lookEveryMs = 250;

/**
 * Keeps the room for young objects at what does for a run: V8 would let it grow to twice 64 MiB, which a long run fills and does not need.
 * There is no call for it; the flag is read whenever that room could double, and after V8 has made it smaller it may grow again.
 */
export const boundYoungObjects = (): void => {
  let grows = true;
  const look = (): void => {
    const size = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
    const may = size < enoughBytes;
    if (may !== grows) setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`);
    grows = may;
  };
  setInterval(look, lookEveryMs).unref();
};
