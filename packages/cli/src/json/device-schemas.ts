/** Lines of `devices`. */
import { z } from 'zod';
import { count, failure, timestamp } from './shared.ts';

/** A connected iPhone or iPad; what it does not tell is left out. */
export const device = z.strictObject({
  type: z.literal('device'),
  udid: z.string(),
  connection: z.enum(['usb', 'network']),
  name: z.string().optional(),
  model: z.string().optional(),
  version: z.string().optional(),
  paired: z.boolean(),
  encrypted: z.boolean().optional(),
  freeBytes: count.optional(),
  totalBytes: count.optional(),
  batteryPercent: count.optional(),
  findMy: z.boolean().optional(),
  iCloudBackup: z.strictObject({ enabled: z.boolean(), last: timestamp.optional() }).optional(),
  error: failure.optional(),
});

export const deviceChange = z.strictObject({
  type: z.literal('device-change'),
  udid: z.string(),
  name: z.string(),
  change: z.enum([
    'paired',
    'unpaired',
    'encryption-on',
    'encryption-off',
    'password-changed',
    'icloud-on',
    'icloud-off',
  ]),
});

export const app = z.strictObject({
  type: z.literal('app'),
  udid: z.string(),
  id: z.string(),
  name: z.string(),
  version: z.string().optional(),
  sharesFiles: z.boolean(),
  dataBytes: count.optional(),
  programBytes: count.optional(),
});
