import { BackupError, isKey, type ObjectInfo } from '@triplicate/core';
import type { Place } from './place.ts';

/** All objects with the prefix, page by page, or an error. Names that cannot be ours are left out. */
export async function* listObjects(place: Place, prefix: string, abortSignal: AbortSignal): AsyncIterable<ObjectInfo> {
  let token: string | undefined;
  do {
    const page = await place.client.listObjectsV2(
      {
        Bucket: place.bucket,
        Prefix: prefix,
        // Names of others may hold what XML cannot.
        EncodingType: 'url',
        ...(token === undefined ? {} : { ContinuationToken: token }),
      },
      { abortSignal },
    );
    for (const { Key = '', LastModified, Size } of page.Contents ?? []) {
      const key = Key.replaceAll(/%2F/gi, '/');
      if (!isKey(key)) continue;
      if (Size === undefined || LastModified === undefined) throw senseless(`"${key}" is listed without size or time`);
      yield { key, size: Size, modified: LastModified };
    }
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && (next === undefined || next === token))
      throw senseless('the listing does not go on');
    token = next;
  } while (token !== undefined);
}

const senseless = (what: string): BackupError => new BackupError('UNAVAILABLE', what);
