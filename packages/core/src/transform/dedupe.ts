import { z } from 'zod';
import { pluginApiVersion, type TransformPlugin } from '../plugin/plugin.ts';
import { chunkAverage } from './chunk-average.ts';
import { openDedupe } from './openers.ts';

export const fastcdcOptions = z.strictObject({
  chunker: z.literal('fastcdc').default('fastcdc').describe('Fast, and cuts by a secret of the repository'),
  average: chunkAverage.prefault('1MiB'),
});

export const rabinOptions = z.strictObject({
  chunker: z.literal('rabin').describe("restic's own, to find again what restic has stored; it has no options"),
});

export const dedupeOptions = z.discriminatedUnion('chunker', [fastcdcOptions, rabinOptions], {
  error: 'write "fastcdc" or "rabin"',
});
export type DedupeOptions = z.infer<typeof dedupeOptions>;

/** The step `dedupe`: equal content is stored once. */
export const dedupe: TransformPlugin<DedupeOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'transform',
  type: 'dedupe',
  stage: 'chunker',
  summary: 'Cuts files into chunks where their content says so, and stores equal chunks once',
  options: dedupeOptions,
  open: openDedupe,
};
