/** A codec with a mistake on purpose: it takes zeros at the end of a blob for padding, and they do not come back. */
import type { TransformPlugin } from '@triplicate/core';
import { z } from 'zod';

const plugin: TransformPlugin<object> = {
  apiVersion: 1,
  kind: 'transform',
  stage: 'codec',
  type: 'padding',
  summary: 'Loses zeros at the end',
  options: z.strictObject({}),
  open: () => ({
    id: 'padding',
    encode(blob) {
      let end = blob.byteLength;
      while (end > 1 && blob[end - 1] === 0) end -= 1;
      return Buffer.from(blob.subarray(0, end));
    },
    decode: (blob) => Buffer.from(blob),
  }),
};

export default plugin;
