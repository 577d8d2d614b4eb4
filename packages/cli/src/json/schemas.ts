/** Every line that `--json` prints. `docs/json.md` says what the fields mean; a test holds each printed line against these. */
import { z } from 'zod';

/** Fields and types are added within a version, and never change or go away. */
export const jsonVersion = 1;

const count = z.int().nonnegative();
const id = z.string().regex(/^[0-9a-f]{64}$/);
const timestamp = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
const context = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const failure = z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() });

// ── Any command ───────────────────────────────────────────────────────

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
  unit: z.enum(['bytes', 'packs', 'files', 'snapshots']),
});

// ── Writing ───────────────────────────────────────────────────────────

export const unreadable = z.strictObject({
  type: z.literal('unreadable'),
  source: z.string(),
  path: z.string(),
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
      incomplete: z.array(z.strictObject({ id, error: failure })),
      error: failure.optional(),
    }),
  ),
});

// ── Looking ───────────────────────────────────────────────────────────

export const snapshot = z.strictObject({
  type: z.literal('snapshot'),
  id,
  time: timestamp,
  source: z.string().nullable(),
  host: z.string().nullable(),
  paths: z.array(z.string()),
  tags: z.array(z.string()),
  destinations: z.array(z.string()),
  parent: id.optional(),
  files: count.optional(),
  bytes: count.optional(),
  added: count.optional(),
});

export * from './config-schemas.ts';
