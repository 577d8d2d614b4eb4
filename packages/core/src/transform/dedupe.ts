import { z } from 'zod';
import { pluginApiVersion, type TransformPlugin } from '../plugin/plugin.ts';
import { chunkAverage } from './chunk-average.ts';
import { openFastCdc } from './fastcdc.ts';

const fastcdcOptions = z.strictObject({
  chunker: z.literal('fastcdc').default('fastcdc').describe('fastcdc (fast, with a secret of its own)'),
  average: chunkAverage.default(1024 * 1024),
});

export const dedupeOptions = fastcdcOptions;
export type DedupeOptions = z.infer<typeof dedupeOptions>;

/** The step `dedupe`: equal content is stored once. */
export const dedupe: TransformPlugin<DedupeOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'transform',
  type: 'dedupe',
  stage: 'chunker',
  summary: 'Cuts files into chunks where their content says so, and stores equal chunks once',
  options: dedupeOptions,
  open: ({ average }, { key }) => openFastCdc(average, key),
};
