/** Whether a file on disk is what a snapshot says, told by hashes that were made when it was backed up. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { BlobReader } from '../snapshot/blob-reader.ts';
import type { SampledFile } from './sample.ts';

/** What is wrong with it; `undefined` when nothing is. Each piece of the file has to have the hash that the snapshot names. */
export const compareFile = async (
  file: string,
  { node }: SampledFile,
  blobs: BlobReader,
): Promise<string | undefined> => {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (node.size !== undefined && size !== node.size) return `it has ${size} bytes instead of ${node.size}`;
    let at = 0;
    for (const id of node.content ?? []) {
      const { byteLength } = await blobs.read(id, 'data');
      const piece = Buffer.alloc(byteLength);
      const { bytesRead } = await handle.read(piece, 0, byteLength, at);
      const hash = createHash('sha256').update(piece.subarray(0, bytesRead)).digest('hex');
      if (hash !== id) return `it has other bytes than were backed up, from byte ${at} on`;
      at += byteLength;
    }
    return at === size ? undefined : `it has ${size - at} bytes more than were backed up`;
  } finally {
    await handle.close();
  }
};
