import { z } from 'zod';
import { pluginApiVersion, type TransformPlugin } from '../plugin/plugin.ts';
import { openCompress } from './openers.ts';

const zstdLevel = z
  .int()
  .min(1)
  .max(22)
  .describe('1 (fast) to 22 (small); 3 makes text about 5 % smaller than 2 and takes half as long again');

export const compressOptions = z.strictObject({
  algorithm: z.literal('zstd').default('zstd').describe('zstd, the one that the repository format knows'),
  level: zstdLevel.default(2),
});
export type CompressOptions = z.infer<typeof compressOptions>;

/** The step `compress`. */
export const compress: TransformPlugin<CompressOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'transform',
  type: 'compress',
  stage: 'codec',
  summary: 'Compresses what gets smaller by it, with Zstandard',
  options: compressOptions,
  open: openCompress,
};
