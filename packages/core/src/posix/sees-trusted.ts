import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { isWholeSystem } from './user-namespace.ts';

const capSysAdmin = 21n;

/** Whether this process is shown `trusted.*` (xattr(7)), which nobody else is told to be there; where it cannot be told, it is not. */
export const seesTrusted = (status = '/proc/self/status', map?: string): boolean => {
  if (platform() !== 'linux') return true;
  // The right is asked for in the first namespace.
  if (!isWholeSystem(map)) return false;
  try {
    const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync(status, 'latin1')) ?? [];
    return effective !== undefined && ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n;
  } catch {
    return false;
  }
};
