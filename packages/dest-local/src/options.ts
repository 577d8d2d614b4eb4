import { z } from 'zod';

export const localOptions = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('The folder; "~" is the home folder, and what is relative counts from the configuration file'),
  create: z
    .boolean()
    .default(true)
    .describe(
      'Whether the folder is made when the repository is initialised; a removable destination has to be there in any case',
    ),
  appendOnly: z
    .boolean()
    .default(false)
    .describe(
      'What is stored is guarded from being deleted: no locks are taken here, and nothing is forgotten or pruned',
    ),
});

export type LocalOptions = z.infer<typeof localOptions>;
