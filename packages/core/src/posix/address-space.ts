/** The limit on addresses that a shell or a queue of jobs sets for a process, and what the engine says where it is met. */
import { readFileSync } from 'node:fs';

/** What `ulimit -v` allows this process, in bytes; `undefined` where nothing limits it, or that cannot be told: on others than Linux. */
export const addressSpaceLimit = (limits = '/proc/self/limits'): number | undefined => {
  try {
    const soft = /^Max address space +(\d+) /m.exec(readFileSync(limits, 'latin1'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
};

/** What to do where addresses are too few. */
export const raiseLimit = (allowed: number): string =>
  `this process may use ${Math.floor(allowed / 2 ** 20)} MiB of addresses (\`ulimit -v\`), of which most are never used: allow more, ` +
  'or limit the memory that is really used, by a control group (`systemd-run -p MemoryMax=…`)';

/** Whether the engine could not have memory, or a thread: it says so in words and codes of its own. */
export const isOutOfMemory = (error: unknown): boolean => {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  const isMemory = error instanceof RangeError && /allocation failed|out of memory/i.test(message);
  return isMemory || code === 'ERR_WORKER_OUT_OF_MEMORY' || code === 'ERR_WORKER_INIT_FAILED';
};
