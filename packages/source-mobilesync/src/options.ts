import { z } from 'zod';

export const mobileSyncOptions = z.strictObject({
  udid: z
    .string()
    .regex(/^(any|[0-9A-Fa-f-]{24,41})$/, '"any", or the identifier of a device')
    .default('any')
    .describe('Of which device; "any" is the one that there is a backup of, if it is one alone'),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where backups are kept, or one of them; by default where Finder, iTunes, Apple Devices and iMazing keep theirs',
    ),
  patience: z
    .number()
    .min(0)
    .max(24 * 60)
    .default(30)
    .describe('How many minutes to wait for a backup that is being written to be finished'),
});

export type MobileSyncOptions = z.infer<typeof mobileSyncOptions>;
