/** Lines of the commands that take care of the copies and give them back: check, heal, unlock, restore. */
import { z } from 'zod';
import { count, failure, id } from './shared.ts';

export const damage = z.strictObject({
  kind: z.enum(['config', 'key', 'index', 'pack', 'snapshot', 'tree', 'blob']),
  id: z.string(),
  message: z.string(),
});

export const checkSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('check'),
  pipeline: z.string(),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['whole', 'damaged', 'failed', 'skipped', 'locked']),
      errors: z.array(damage),
      snapshots: count,
      packs: count,
      packsRead: count,
      bytesRead: count,
      unused: count,
      lost: z.array(z.string()),
      error: failure.optional(),
    }),
  ),
});

export const healSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('heal'),
  pipeline: z.string(),
  dryRun: z.boolean(),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['whole', 'healed', 'damaged', 'failed', 'skipped', 'locked']),
      found: z.array(damage),
      replaced: z.strictObject({ packs: count, indexes: count, snapshots: count, keys: count, configs: count }),
      rebuilt: count,
      resealed: count,
      left: z.array(damage),
      error: failure.optional(),
    }),
  ),
});

export const unlockSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('unlock'),
  pipeline: z.string(),
  destinations: z.array(z.strictObject({ destination: z.string(), removed: count, error: failure.optional() })),
});

export const unrestored = z.strictObject({
  type: z.literal('unrestored'),
  path: z.string(),
  pathBytes: z.string().optional(),
  code: z.string(),
  message: z.string(),
});

export const restoreSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('restore'),
  snapshot: id,
  target: z.string(),
  dryRun: z.boolean(),
  verified: z.boolean(),
  files: count,
  bytes: count,
  skipped: count,
  deleted: count,
  /** Not with `--logical`. */
  overwritten: count.optional(),
  lost: z.strictObject({ owners: count, attributes: count, modes: count }).optional(),
  problems: count,
  seconds: z.number().nonnegative(),
});

export const deviceRestoreSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('restore'),
  snapshot: id,
  target: z.string(),
  device: z.literal(true),
  /** Of a part alone: what was asked for, and how much it is. */
  part: z.array(z.string()).optional(),
  files: z.int().nonnegative().optional(),
  bytes: z.int().nonnegative().optional(),
  dryRun: z.boolean().optional(),
  seconds: z.number().nonnegative(),
});
