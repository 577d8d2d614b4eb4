/** Lines of the commands that write: init, backup, sync. */
import { z } from 'zod';
import { count, failure, id } from './shared.ts';

export const unreadable = z.strictObject({
  type: z.literal('unreadable'),
  source: z.string(),
  path: z.string(),
  pathBytes: z.string().optional(),
  code: z.string(),
  message: z.string(),
});

export const waiting = z.strictObject({ type: z.literal('waiting'), source: z.string(), what: z.string().nullable() });

export const outcome = z.strictObject({
  source: z.string(),
  destination: z.string(),
  status: z.enum(['stored', 'behind', 'failed', 'skipped', 'locked']),
  error: failure.optional(),
  missing: z.strictObject({ packs: count, bytes: count }).optional(),
});

/** The counters have restic's names, so that what reads restic's summary reads this one. */
const counters = {
  files_new: count,
  files_changed: count,
  files_unmodified: count,
  /** Ours alone. */
  files_removed: count.optional(),
  dirs_new: count,
  dirs_changed: count,
  dirs_unmodified: count,
  data_blobs: count,
  tree_blobs: count,
  data_added: count,
  data_added_packed: count,
  total_files_processed: count,
  total_bytes_processed: count,
  total_duration: z.number().nonnegative(),
};

export const backupSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('backup'),
  pipeline: z.string(),
  dry_run: z.boolean(),
  snapshots: z.array(z.strictObject({ source: z.string(), id })),
  outcomes: z.array(outcome),
  sources: z.array(
    z.strictObject({
      source: z.string(),
      unreadable: count,
      incomplete: z.string().optional(),
      renewed: z.string().optional(),
      alarm: failure.optional(),
      error: failure.optional(),
    }),
  ),
  quorum: z.strictObject({ wanted: count, held: z.boolean() }),
  ...counters,
});

export const initSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('init'),
  pipeline: z.string(),
  config: z.string(),
  isNew: z.boolean(),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['created', 'existing', 'failed', 'skipped', 'locked']),
      label: z.string().optional(),
      id: id.optional(),
      exchanged: z.strictObject({ from: z.string().nullable() }).optional(),
      error: failure.optional(),
    }),
  ),
});

export const syncSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('sync'),
  pipeline: z.string(),
  dryRun: z.boolean(),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['synced', 'failed', 'skipped', 'locked']),
      snapshots: count,
      packs: count,
      bytes: count,
      forgotten: count,
      incomplete: z.array(z.strictObject({ id, error: failure })),
      error: failure.optional(),
    }),
  ),
});
