import { readFile } from 'node:fs/promises';
import type { System } from './plan-units.ts';

/** The text of a unit as `writeUnits` has written it; `undefined` when it is not there. */
export const readUnit = (path: string, system: System): Promise<string | undefined> =>
  readFile(path, system === 'task-scheduler' ? 'utf16le' : 'utf8').then(
    (text) => text.replace(/^\uFEFF/, ''),
    () => undefined,
  );
