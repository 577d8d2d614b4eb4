import type { ByteName } from '../bytes.ts';
import { systemCode } from '../posix/errno.ts';
import type { Folder } from '../posix/folder.ts';

/** A new empty file, in place of what a killed restore left under that name; the caller closes it. */
export const createAnew = (folder: Folder, partial: ByteName): number => {
  try {
    return folder.createFile(partial);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    folder.remove(partial);
    return folder.createFile(partial);
  }
};
