/** A third-party codec: every byte backwards, with a mark in front so that anything else is refused. */
import { BackupError, type TransformPlugin } from '@triplicate/core';
import { z } from 'zod';

const options = z.strictObject({ mark: z.int().min(0).max(255).default(77).describe('First byte of every blob') });

const plugin: TransformPlugin<z.infer<typeof options>> = {
  apiVersion: 1,
  kind: 'transform',
  stage: 'codec',
  type: 'mirror',
  summary: 'Turns every blob round',
  options,
  open: ({ mark }) => ({
    id: 'mirror',
    encode: (blob) => Buffer.concat([Buffer.of(mark), Buffer.from(blob).reverse()]),
    decode(blob) {
      if (blob[0] !== mark) throw new BackupError('CORRUPT', 'a blob has no mark of the mirror');
      return Buffer.from(blob.subarray(1)).reverse();
    },
  }),
};

export default plugin;
