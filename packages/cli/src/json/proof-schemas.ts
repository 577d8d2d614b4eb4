/** Lines of what proves and remembers: proof, check --due, runs. */
import { z } from 'zod';
import { damage } from './care-schemas.ts';
import { count, failure, timestamp } from './shared.ts';

export const proofSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('proof'),
  pipeline: z.string(),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['proven', 'disproven', 'failed', 'skipped', 'locked']),
      snapshots: count,
      files: count,
      bytes: count,
      problems: z.array(z.string()),
      error: failure.optional(),
    }),
  ),
});

/** Of `check --due`. */
export const verifySummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('verify'),
  pipeline: z.string(),
  destinations: z.array(
    z.strictObject({
      destination: z.string(),
      status: z.enum(['whole', 'healed', 'damaged', 'failed', 'skipped', 'locked']),
      packs: count,
      packsRead: count,
      bytesRead: count,
      found: z.array(damage),
      left: z.array(damage),
      error: failure.optional(),
    }),
  ),
});

export const run = z.strictObject({
  type: z.literal('run'),
  pipeline: z.string(),
  command: z.string(),
  started: timestamp,
  ended: timestamp,
  ending: z.enum(['success', 'partial', 'failure']),
  text: z.string(),
  report: z.unknown(),
});
