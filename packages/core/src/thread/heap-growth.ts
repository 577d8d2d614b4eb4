import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** What the space for young objects may grow to, in bytes. By itself V8 gives it 128 MiB on a machine with much memory: 80 MiB more of a backup, for the same processor time. */
const enough = 16 * 1024 * 1024;
const lookEveryMs = 20;
/**
 * Compiled code, Node's own and ours, is refused where it was made under other flags: by then a program has loaded what it needs, and so has a thread
 * that has just begun. What the heap has grown to until then it keeps.
 */
const beginsAfterMs = 150;
/** A run that is over by then is better off without looking through the space for old objects: it did so five times, 12 ms each, for what had just been read. */
const shortMs = 1200;

/**
 * By how many percent of what lives the space for old objects may grow until it is looked through. By itself V8 lets it grow to three and four times as much, which
 * a backup fills with what is long dead: 45 MiB, and looking through it sooner costs nothing that could be measured.
 */
const old = {
  first: '--heap-growing-percent=300',
  ours: '--heap-growing-percent=60',
  usual: '--heap-growing-percent=0',
} as const;
/** A program cannot name a size of the space for young objects once it runs, but it can end the growth. */
const young = { ours: '--semi-space-growth-factor=1', usual: '--semi-space-growth-factor=2' } as const;

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;

/** Likely to be over soon: no second thread has been started for work. */
let isShort = true;
let begins: NodeJS.Timeout | undefined;
let short: NodeJS.Timeout | undefined;
let looks: NodeJS.Timeout | undefined;

/** The flags are V8's own and are set only where they were tried. */
const isTried = process.versions.node.startsWith('24.');

/** Keeps the heap of a program that runs for long from growing past what gains anything. */
export const limitHeapGrowth = (): void => {
  if (!isTried) return;
  begins = setTimeout(() => {
    setFlagsFromString(isShort ? old.first : old.ours);
    if (isShort) short = setTimeout(() => setFlagsFromString(old.ours), shortMs - beginsAfterMs).unref();
    looks = setInterval(() => {
      if (youngBytes() < enough) return;
      setFlagsFromString(young.ours);
      clearInterval(looks);
    }, lookEveryMs).unref();
  }, beginsAfterMs).unref();
};

/** For a thread that begins, or is told to load something: where there is a limit, it begins anew after it. */
export const limitLater = (): void => {
  if (begins === undefined) return;
  useUsualFlags();
  begins.refresh();
};

/** For who starts another thread, which is worth it only in a run that has much to do. */
export const expectLongRun = (): void => {
  isShort = false;
};

/** For who writes compiled code, and ends. */
export const useUsualFlags = (): void => {
  clearTimeout(short);
  clearInterval(looks);
  if (!isTried) return;
  setFlagsFromString(old.usual);
  setFlagsFromString(young.usual);
};
