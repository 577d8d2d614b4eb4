import type { Chunker } from '@triplicate/core';

/** What of the rest of a content a chunker gets to see. */
export type Window = (rest: Uint8Array) => Uint8Array;

/** The lengths of all chunks of a content; each window but the last holds at least `maxSize` bytes. */
export const cutAll = (chunker: Chunker, content: Uint8Array, window: Window = (rest) => rest): number[] => {
  const lengths: number[] = [];
  for (let at = 0; at < content.byteLength;) {
    const seen = window(content.subarray(at));
    const length = chunker.cut(seen, at + seen.byteLength === content.byteLength);
    lengths.push(length);
    if (!(length >= 1)) break;
    at += length;
  }
  return lengths;
};
