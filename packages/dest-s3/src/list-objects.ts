import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
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
    assertPage(page);
    for (const { Key = '', LastModified, Size } of page.Contents ?? []) {
      const key = Key.replaceAll(/%2F/gi, '/');
      if (!isKey(key)) continue;
      if (Size === undefined || LastModified === undefined) throw senseless(`"${key}" is listed without size or time`);
      yield { key, size: Size, modified: LastModified };
    }
    const next = page.IsTruncated ? page.NextContinuationToken : undefined;
    if (page.IsTruncated && (next === undefined || next === token)) throw senseless('the listing does not go on');
    token = next;
  } while (token !== undefined);
}

/** An answer that is no page, e.g. one that was cut off or comes from a hotel's network, would pass for an empty one. */
export function assertPage(
  page: ListObjectsV2CommandOutput,
): asserts page is ListObjectsV2CommandOutput & { IsTruncated: boolean } {
  if (page.IsTruncated === undefined) throw senseless('the service gives no listing');
}

const senseless = (what: string): BackupError => new BackupError('UNAVAILABLE', what);
