import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { BackupError, isKey, type ObjectInfo, onePage } from '@triplicate/core';
import { translate } from './errors.ts';
import type { Place } from './place.ts';

/** All objects with the prefix, page by page, or an error. Names that cannot be ours are left out. */
export async function* listObjects(place: Place, prefix: string, signal: AbortSignal): AsyncIterable<ObjectInfo> {
  const what = `cannot list "${prefix}" in ${place.label}`;
  let token: string | undefined;
  do {
    const page = await onePage(() => readPage(place, { prefix, token, signal }), {
      clock: place.clock,
      signal,
      translate: (error) => translate(error, what),
    });
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

interface PageRequest {
  readonly prefix: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

const readPage = async ({ bucket, client }: Place, { prefix, signal, token }: PageRequest) => {
  const page = await client.listObjectsV2(
    {
      Bucket: bucket,
      Prefix: prefix,
      // Names of others may hold what XML cannot.
      EncodingType: 'url',
      ...(token === undefined ? {} : { ContinuationToken: token }),
    },
    { abortSignal: signal },
  );
  assertPage(page);
  return page;
};

/** An answer that is no page, e.g. one that was cut off or comes from a hotel's network, would pass for an empty one. */
export function assertPage(
  page: ListObjectsV2CommandOutput,
): asserts page is ListObjectsV2CommandOutput & { IsTruncated: boolean } {
  if (page.IsTruncated === undefined) throw senseless('the service gives no listing');
}

const senseless = (what: string): BackupError =>
  new BackupError('UNAVAILABLE', what, {
    hint: 'See that "endpoint" is the address of the service; some networks show a page of their own until one signs in.',
  });
