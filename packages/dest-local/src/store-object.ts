import { unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Body, throwIfAborted } from '@triplicate/core';
import { publish, publishIfAbsent, type PublishOptions } from './publish.ts';
import { temporaryName } from './temporary.ts';
import { writeFile } from './write-file.ts';

/**
 * Writes a file so that its name never stands for less than the whole: beside the target, to the disk, then renamed; the folder is
 * flushed last. When anything fails or the signal fires, the temporary file is removed and the target is as it was.
 */
export const storeObject = async (
  target: string,
  body: Body,
  options: PublishOptions & { readonly ifAbsent?: boolean },
): Promise<Date> => {
  const temporary = join(dirname(target), temporaryName());
  const place = options.ifAbsent === true ? publishIfAbsent : publish;
  let modified: Date;
  try {
    modified = await writeFile(temporary, body, options);
    throwIfAborted(options.signal);
    await place(temporary, target, options);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await options.platform.syncFolder(dirname(target));
  return modified;
};
