/** Lines of the commands that look: snapshots, ls, find, diff, stats, status. */
import { z } from 'zod';
import { count, failure, id, timestamp } from './shared.ts';

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

const kind = z.enum(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket']);

export const node = z.strictObject({
  type: z.literal('node'),
  snapshot: id,
  path: z.string(),
  pathBytes: z.string().optional(),
  kind,
  mtime: timestamp,
  uid: count,
  gid: count,
  mode: count.optional(),
  size: count.optional(),
  user: z.string().optional(),
  group: z.string().optional(),
  target: z.string().optional(),
});

export const change = z.strictObject({
  type: z.literal('change'),
  change: z.enum(['added', 'removed', 'changed', 'touched']),
  path: z.string(),
  pathBytes: z.string().optional(),
  kind,
  sizeBefore: count.optional(),
  sizeAfter: count.optional(),
});

export const diffSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('diff'),
  before: id,
  after: id,
  added: count,
  removed: count,
  changed: count,
  touched: count,
  bytesAdded: count,
  bytesRemoved: count,
});

export const statsSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('stats'),
  snapshots: count,
  files: count,
  folders: count,
  restoreBytes: count,
  blobs: count,
  destinations: z.array(z.strictObject({ destination: z.string(), snapshots: count, packs: count, bytes: count })),
});

const last = z.strictObject({ id, time: timestamp }).optional();

export const status = z.strictObject({
  type: z.literal('status'),
  pipeline: z.string(),
  sources: z.array(
    z.strictObject({
      source: z.string(),
      snapshots: count,
      on: z.array(z.string()),
      gone: z.array(z.string()),
      elsewhere: z.array(z.strictObject({ kind: z.enum(['phone', 'icloud', 'finder']), at: timestamp })),
      alarms: z.array(failure.extend({ snapshot: id })),
      last,
    }),
  ),
  formerSources: z.array(
    z.strictObject({ source: z.string(), snapshots: count, last: z.strictObject({ id, time: timestamp }) }),
  ),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      state: z.enum(['current', 'behind', 'read-only', 'away', 'unreachable', 'empty']),
      snapshots: count,
      behindBy: count,
      behindBytes: count.optional(),
      overdue: z.boolean(),
      keysDue: z.array(z.strictObject({ change: z.enum(['changed', 'removed']), since: timestamp })),
      lost: z.array(id),
      last,
      lastSeen: timestamp.optional(),
      lastCheck: z.strictObject({ at: timestamp, whole: z.boolean(), readData: z.boolean() }).optional(),
      lastProof: z.strictObject({ at: timestamp, passed: z.boolean(), files: count }).optional(),
      freeBytes: count.optional(),
      fullAt: timestamp.optional(),
      error: failure.optional(),
    }),
  ),
  coverage: z.strictObject({
    verdict: z.enum(['kept', 'short']),
    copies: count,
    original: z.boolean(),
    media: count,
    offsite: count,
    immutable: count,
    errors: count,
    missing: z.array(z.strictObject({ what: z.string(), mend: z.string() })),
    advice: z.array(z.strictObject({ what: z.string(), mend: z.string() })),
  }),
});
