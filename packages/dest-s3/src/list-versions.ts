import type { Readable } from 'node:stream';
import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import type { Body } from '@triplicate/core';
import type { Place } from './place.ts';

/** What stood under exactly this key, the newest first: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export async function* listVersions({ bucket, client }: Place, key: string, signal: AbortSignal): AsyncIterable<Body> {
  let from: Marker | undefined = {};
  while (from !== undefined) {
    const request = { Bucket: bucket, Prefix: key, ...from };
    const page: ListObjectVersionsCommandOutput = await client.listObjectVersions(request, { abortSignal: signal });
    for (const { Key, Size = 0, VersionId } of page.Versions ?? []) {
      // Those of other keys that begin with it come after it.
      if (Key !== key) return;
      if (VersionId === undefined) continue;
      const version = { Bucket: bucket, Key: key, VersionId };
      yield {
        size: Size,
        async *open() {
          const { Body: content } = await client.getObject(version, { abortSignal: signal });
          yield* content as Readable as AsyncIterable<Uint8Array>;
        },
      };
    }
    from = page.IsTruncated === true ? nextOf(page) : undefined;
  }
}

interface Marker {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

const nextOf = ({ NextKeyMarker, NextVersionIdMarker }: ListObjectVersionsCommandOutput): Marker | undefined => {
  if (NextKeyMarker === undefined) return undefined;
  return {
    KeyMarker: NextKeyMarker,
    ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
  };
};
