import { closeSync, ftruncateSync } from 'node:fs';
import type { Node } from '../repository/node.ts';
import type { FileContent } from './content.ts';
import { ContentFailure, type RestoreContext } from './context.ts';
import { createAnew } from './create-anew.ts';
import { writeNow } from './sparse.ts';
import type { Target } from './write-content.ts';

type OneBlob = NonNullable<FileContent['blob']>;

/**
 * As `writeContent`, of content that stands in memory: nothing is waited for, and nothing of what stands there is used. A promise for each
 * step costs a small file more than writing it.
 */
export const writeAtOnce = (
  { folder, partial }: Target,
  node: Node,
  context: RestoreContext,
  blob: OneBlob,
): number => {
  const sparse = context.options.sparse !== false;
  const fd = createAnew(folder, partial);
  try {
    let offset = 0;
    let end = 0;
    for (let index = 0; index < (node.content ?? []).length; index += 1) {
      const bytes = read(blob, node, index);
      end = writeNow(fd, bytes, { offset, sparse });
      offset += bytes.byteLength;
    }
    // A hole at the end.
    if (end !== offset) ftruncateSync(fd, offset);
    context.tally.bytes += offset;
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

const read = (blob: OneBlob, node: Node, index: number): Uint8Array => {
  try {
    return blob(node, index);
  } catch (error) {
    throw new ContentFailure(error);
  }
};
