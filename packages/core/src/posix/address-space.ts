import { readFileSync } from 'node:fs';

const limitLine = /^Max address space\s+\d/m;

/** Whether this process may reserve only so much address space (`ulimit -v`), where that can be told: on Linux. */
export const isAddressSpaceLimited = (limits = '/proc/self/limits'): boolean => {
  try {
    return limitLine.test(readFileSync(limits, 'latin1'));
  } catch {
    return false;
  }
};
