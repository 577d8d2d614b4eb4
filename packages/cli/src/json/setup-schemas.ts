/** Lines of the commands that set things up: keys, plugins, doctor. */
import { z } from 'zod';
import { count, failure, id, timestamp } from './shared.ts';

export const key = z.strictObject({
  type: z.literal('key'),
  destination: z.string(),
  id,
  current: z.boolean(),
  created: timestamp.optional(),
  username: z.string().optional(),
  hostname: z.string().optional(),
  error: failure.optional(),
});

/** `keys kit`: a page in Markdown. */
export const kit = z.strictObject({ type: z.literal('kit'), pipeline: z.string(), text: z.string() });

export const keyChange = z.strictObject({
  type: z.literal('key-change'),
  change: z.enum(['added', 'unchanged', 'changed', 'removed']),
  destination: z.string(),
  id: id.optional(),
  error: failure.optional(),
});

/** What was done while a destination was away, and is done there when it is back. */
export const keyDue = z.strictObject({
  type: z.literal('key-due'),
  destination: z.string(),
  change: z.enum(['changed', 'removed']),
  since: timestamp,
});

/** What a person has to open, to sign in. */
export const signIn = z.strictObject({
  type: z.literal('sign-in'),
  destination: z.string(),
  method: z.enum(['browser', 'device', 'paste']),
  url: z.string(),
  code: z.string().optional(),
  expires: timestamp.optional(),
});

export const auth = z.strictObject({
  type: z.literal('auth'),
  change: z.enum(['signed-in', 'signed-out', 'none']),
  pipeline: z.string(),
  destination: z.string(),
  provider: z.string(),
  store: z.enum(['keychain', 'file']).optional(),
  file: z.string().optional(),
  page: z.string().optional(),
});

export const plugin = z.strictObject({
  type: z.literal('plugin'),
  kind: z.enum(['source', 'transform', 'destination']),
  name: z.string(),
  origin: z.string(),
  summary: z.string().optional(),
  error: failure.optional(),
});

/** One thing that `doctor` looked at. */
export const diagnosis = z.strictObject({
  type: z.literal('check'),
  subject: z.string(),
  name: z.string(),
  status: z.enum(['ok', 'warning', 'failed', 'skipped']),
  message: z.string().optional(),
  hint: z.string().optional(),
});

export const doctorSummary = z.strictObject({
  type: z.literal('summary'),
  command: z.literal('doctor'),
  ok: count,
  warnings: count,
  failed: count,
  skipped: count,
});

export const completion = z.strictObject({ type: z.literal('completion'), shell: z.string(), script: z.string() });
