import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** What the space for young objects may grow to, in bytes. By itself V8 gives it 128 MiB on a machine with much memory: 80 MiB more of a backup, for the same processor time. */
const enough = 16 * 1024 * 1024;
const lookEveryMs = 20;
/**
 * By how many percent of what lives the space for old objects may grow until it is looked through. By itself V8 lets it grow to three and four times as much, which
 * a backup fills with what is long dead: 45 MiB, and looking through it sooner costs nothing that could be measured.
 */
const oldGrowsBy = 80;

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;

/**
 * Keeps the heap from growing past what gains anything: the space for young objects and the one for old. A program cannot name a size of the first once it runs, but it can
 * end the growth. The flags are V8's own and are set only where they were tried.
 */
export const limitHeapGrowth = (): void => {
  if (!process.versions.node.startsWith('24.')) return;
  setFlagsFromString(`--heap-growing-percent=${oldGrowsBy}`);
  const timer = setInterval(() => {
    if (youngBytes() < enough) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, lookEveryMs);
  timer.unref();
};
