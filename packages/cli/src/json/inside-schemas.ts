/** Lines of the commands that look inside the backup of a phone. */
import { z } from 'zod';
import { count, failure, id, timestamp } from './shared.ts';

const reasons = z.array(z.strictObject({ reason: z.string(), count }));

/** What an export did, to the row. */
const counts = {
  sources: z.array(z.string()),
  read: count,
  exported: count,
  skipped: reasons,
  gaps: z.array(z.string()),
  unreadable: count,
  files: z.strictObject({ written: count, missing: reasons }),
};

export const exportSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('export'),
  snapshot: id,
  kind: z.string(),
  format: z.string(),
  target: z.string(),
  ...counts,
  seconds: z.number().nonnegative(),
});

export const domain = z.strictObject({
  type: z.literal('domain'),
  snapshot: id,
  domain: z.string(),
  name: z.string(),
  files: count,
  bytes: count,
});

export const appSize = z.strictObject({
  type: z.literal('appSize'),
  snapshot: id,
  app: z.string(),
  name: z.string(),
  files: count,
  bytes: count,
  domains: z.array(z.string()),
});

export const phoneFile = z.strictObject({
  type: z.literal('phoneFile'),
  snapshot: id,
  domain: z.string(),
  path: z.string(),
  kind: z.enum(['file', 'folder', 'link']),
  bytes: count.optional(),
  files: count.optional(),
  modified: timestamp.optional(),
  target: z.string().optional(),
});

export const difference = z.strictObject({
  type: z.literal('difference'),
  kind: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  where: z.string().optional(),
  file: z.enum(['gone', 'back']).optional(),
  count,
  examples: z.array(z.string()),
  text: z.string(),
});

export const hit = z.strictObject({
  type: z.literal('hit'),
  kind: z.enum(['messages', 'whatsapp', 'notes', 'contacts']),
  source: z.string().nullable(),
  where: z.string(),
  from: z.string().optional(),
  at: timestamp.optional(),
  excerpt: z.string(),
  recentlyDeleted: z.literal(true).optional(),
  firstIn: z.strictObject({ id, time: timestamp }),
  lastIn: z.strictObject({ id, time: timestamp }),
  goneSince: z.strictObject({ id, time: timestamp }).nullable(),
  missingIn: z.array(z.strictObject({ id, time: timestamp })).optional(),
  unknownIn: z.strictObject({ id, time: timestamp }).optional(),
});

export const gap = z.strictObject({ type: z.literal('gap'), snapshot: id, message: z.string() });

export const published = z.strictObject({
  type: z.literal('published'),
  source: z.string(),
  snapshot: id,
  target: z.string(),
  kind: z.string().optional(),
  written: count.optional(),
  unchanged: count.optional(),
  removed: count.optional(),
  foreign: count.optional(),
  kept: z.boolean().optional(),
  reports: z.array(z.strictObject({ kind: z.string(), ...counts })).optional(),
  error: failure.optional(),
});

export const publishSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('publish'),
  folders: count,
  incomplete: count,
  written: count,
  unchanged: count,
  removed: count,
  foreign: count,
});
