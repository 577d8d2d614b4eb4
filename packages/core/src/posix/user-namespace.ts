import { readFileSync } from 'node:fs';
import { platform } from 'node:os';

/**
 * Whether root here is root of the whole system, and not of a namespace of users of its own (user_namespaces(7): `unshare -r`, rootless
 * containers), where the kernel keeps from it what could harm the others. So it is where that cannot be told.
 */
export const isWholeSystem = (map = '/proc/self/uid_map'): boolean => {
  if (platform() !== 'linux') return true;
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync(map, 'latin1'));
  } catch {
    return true;
  }
};
