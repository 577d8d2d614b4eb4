import type { files } from 'dropbox';
import { isBackupError } from '@triplicate/core';
import { asRefusal } from './errors.ts';
import type { Place } from './place.ts';

/** What Dropbox knows of an object; `undefined` when there is none, or a folder stands there. */
export const lookAt = async (
  { client, names }: Place,
  key: string,
  signal: AbortSignal,
): Promise<files.FileMetadataReference | undefined> => {
  const path = names.path(key);
  try {
    const found = await client.call((api, options) => api.filesGetMetadata({ path }, options), signal);
    return found['.tag'] === 'file' ? found : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** A file where a folder of the path should be is as good as nothing there. */
export const isMissing = (error: unknown): boolean => {
  const refused = asRefusal(error);
  return isBackupError(refused) && /(^|\/)(not_found|not_folder)$/.test(String(refused.context['service']));
};
