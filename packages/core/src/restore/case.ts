import { closeSync } from 'node:fs';
import { type ByteName, bufferFromBytes, bytesFromText, textFromBytes } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';

/** Equal for names that are one name on a disk that does not tell case or Unicode forms apart. */
export const foldedName = (name: ByteName): string =>
  bufferFromBytes(name).toString('utf8').normalize('NFC').toLowerCase();

/** Whether the disk of a folder ignores case: tried with a file, which is gone again afterwards. */
export const ignoresCase = (folder: Folder): boolean => {
  const [lower, upper] = [bytesFromText('.triplicate-case'), bytesFromText('.TRIPLICATE-CASE')];
  try {
    closeSync(folder.createFile(lower));
    const ignores = folder.stat(upper) !== undefined;
    folder.remove(lower);
    return ignores;
  } catch {
    return false;
  }
};

/** Throws when the name is one with an earlier one of the same folder. */
export type Distinct = (name: ByteName) => void;

/** On a disk that does not tell case apart, the second of two names that are one there is refused, so that it does not replace the first. */
export const createDistinct = (foldsCase: boolean): Distinct => {
  const seen = new Set<string>();
  return (name) => {
    if (!foldsCase) return;
    const folded = foldedName(name);
    if (seen.has(folded))
      throw new BackupError(
        'ALREADY_EXISTS',
        `"${textFromBytes(name)}" is the name of another entry on this disk, which ignores case`,
        {
          hint: 'Restore to a disk that tells upper and lower case apart.',
        },
      );
    seen.add(folded);
  };
};
