/** Lines that any command may print. */
import { z } from 'zod';
import { count, failure } from './shared.ts';

/** Fields and types are added within a version, and never change or go away. */
export const jsonVersion = 1;

const context = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const error = failure.extend({ type: z.literal('error'), context: context.optional() });

export const warning = failure.extend({
  type: z.literal('warning'),
  source: z.string().optional(),
  destination: z.string().optional(),
});

export const version = z.strictObject({
  type: z.literal('version'),
  version: z.string(),
  json: z.literal(jsonVersion),
  node: z.string(),
});

export const sourceProgress = z.strictObject({
  type: z.literal('progress'),
  source: z.string(),
  filesDone: count,
  bytesDone: count,
  filesTotal: count.optional(),
  bytesTotal: count.optional(),
  errors: count,
  finished: z.boolean(),
});

export const destinationProgress = z.strictObject({
  type: z.literal('progress'),
  destination: z.string(),
  state: z.enum(['writing', 'waiting', 'catching-up', 'committing', 'stored', 'behind', 'failed', 'skipped', 'locked']),
  bytesStored: count,
  bytesWaiting: count,
});

export const workProgress = z.strictObject({
  type: z.literal('progress'),
  work: z.string(),
  destination: z.string().optional(),
  done: count,
  total: count.optional(),
  unit: z.enum(['bytes', 'packs', 'files', 'snapshots', 'records', 'objects']),
});
