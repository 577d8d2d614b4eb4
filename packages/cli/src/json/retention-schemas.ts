/** Lines of the commands that remove: forget and prune. */
import { z } from 'zod';
import { count, failure, id, timestamp } from './shared.ts';

export const forget = z.strictObject({
  type: z.literal('forget'),
  id,
  time: timestamp,
  source: z.string().nullable(),
  destination: z.string(),
  keep: z.boolean(),
  reasons: z.array(z.string()),
});

export const forgetSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('forget'),
  pipeline: z.string(),
  dryRun: z.boolean(),
  gone: z.array(id),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['done', 'pending', 'failed', 'skipped', 'locked']),
      forgotten: count,
      kept: count,
      error: failure.optional(),
    }),
  ),
});

const packs = z.strictObject({ packs: count, bytes: count });

export const pruneSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('prune'),
  pipeline: z.string(),
  dryRun: z.boolean(),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['pruned', 'marked', 'failed', 'skipped', 'locked']),
      plan: z
        .strictObject({
          snapshots: count,
          usedBytes: count,
          remove: packs,
          repack: packs,
          freedBytes: count,
          unusedLeft: count,
          waits: z.boolean(),
        })
        .optional(),
      error: failure.optional(),
    }),
  ),
});
