import type { ContainerClient, ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob';
import { BackupError, isKey, type ObjectInfo } from '@triplicate/core';

export interface ListOptions {
  readonly prefix?: string;
  readonly pageSize?: number;
  /** What was overwritten or deleted as well. */
  readonly versions?: boolean;
  readonly signal: AbortSignal;
}

/** All objects with the prefix, page by page, or an error. Names that cannot be ours are left out. */
export async function* listBlobs(client: ContainerClient, options: ListOptions): AsyncIterable<ObjectInfo> {
  for await (const page of blobPages(client, options)) {
    for (const { name: key, properties } of page.segment.blobItems) {
      const { contentLength: size, lastModified: modified } = properties;
      if (!isKey(key)) continue;
      if (size === undefined) throw senseless(`"${key}" is listed without its size`);
      yield { key, size, modified };
    }
  }
}

/** An answer that is no page, e.g. one that was cut off or comes from a hotel's network, would pass for an empty one. */
export async function* blobPages(
  client: ContainerClient,
  { pageSize, prefix = '', signal, versions = false }: ListOptions,
): AsyncIterable<ContainerListBlobFlatSegmentResponse> {
  const pages = client
    .listBlobsFlat({ prefix, abortSignal: signal, ...(versions ? { includeVersions: true } : {}) })
    .byPage(pageSize === undefined ? {} : { maxPageSize: pageSize });
  for (;;) {
    const { done, value: page } = await pages.next().catch((error: unknown) => {
      throw error instanceof TypeError ? senseless('the service gives no listing') : error;
    });
    if (done === true) return;
    yield page;
  }
}

const senseless = (what: string): BackupError =>
  new BackupError('UNAVAILABLE', what, {
    hint: 'See that "endpoint" is the address of the service; some networks show a page of their own until one signs in.',
  });
