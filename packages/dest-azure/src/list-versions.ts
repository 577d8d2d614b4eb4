import type { ContainerClient } from '@azure/storage-blob';
import type { Body } from '@triplicate/core';
import { readBlob } from './get-blob.ts';
import { blobPages } from './list-blobs.ts';

/**
 * What stood under exactly this key, the newest first; what was deleted is among it:
 * https://learn.microsoft.com/en-us/rest/api/storageservices/list-blobs. Azure lists the oldest first.
 */
export async function* listVersions(client: ContainerClient, key: string, signal: AbortSignal): AsyncIterable<Body> {
  const found: Body[] = [];
  for await (const page of blobPages(client, { prefix: key, versions: true, signal })) {
    const items = page.segment.blobItems;
    for (const { name, properties, versionId } of items) {
      if (name !== key || versionId === undefined) continue;
      found.push(versionOf(client, { key, versionId, size: properties.contentLength ?? 0 }, signal));
    }
    // Those of other keys that begin with it come after it.
    if (items.some(({ name }) => name !== key)) break;
  }
  yield* found.toReversed();
}

interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly size: number;
}

const versionOf = (client: ContainerClient, { key, size, versionId }: Version, signal: AbortSignal): Body => ({
  size,
  open: () => readBlob(client.getBlobClient(key).withVersion(versionId), { signal }),
});
