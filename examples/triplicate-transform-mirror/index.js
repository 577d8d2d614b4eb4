// @ts-check
import { BackupError, pluginApiVersion } from '@triplicate/core';
import { z } from 'zod';

/**
 * Every byte backwards, with a mark in front. It runs in the worker threads, which load this module by themselves.
 *
 * @type {import('@triplicate/core').TransformPlugin<{ mark: number }>}
 */
const plugin = {
  apiVersion: pluginApiVersion,
  kind: 'transform',
  stage: 'codec',
  type: 'mirror',
  summary: 'Turns every blob round.',
  options: z.strictObject({ mark: z.int().min(0).max(255).default(77).describe('First byte of every blob') }),
  open: ({ mark }) => ({
    // Recorded in the repository; its meaning never changes.
    id: 'mirror',
    encode: (blob) => Buffer.concat([Buffer.of(mark), Buffer.from(blob).reverse()]),
    decode(blob) {
      // What cannot be ours is refused: a decoder never guesses.
      if (blob[0] !== mark) throw new BackupError('CORRUPT', 'a blob has no mark of the mirror');
      return Buffer.from(blob.subarray(1)).reverse();
    },
  }),
};

export default plugin;
