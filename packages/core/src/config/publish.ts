import { z } from 'zod';

/** What of a phone can be kept in a plain folder. */
export const publishKinds = [
  'photos',
  'messages',
  'whatsapp',
  'contacts',
  'calls',
  'voicemail',
  'voice-memos',
  'notes',
  'calendar',
  'reminders',
  'safari',
  'health',
  'documents',
] as const;

const usual = [
  'photos',
  'messages',
  'whatsapp',
  'contacts',
  'notes',
  'calendar',
  'reminders',
  'voice-memos',
  'documents',
] as const;

/** A plain, readable folder that is brought up to date after each run: a copy that needs no program. */
export const publish = z.strictObject({
  to: z.string().min(1).describe('An existing folder, on a disk or in a mounted cloud'),
  source: z.string().optional().describe('Which iPhone; all of them when left out, each in a folder of its name'),
  what: z
    .array(z.enum(publishKinds))
    .min(1)
    .default([...usual])
    .describe('What is kept there'),
  apps: z
    .array(z.string().min(1))
    .default([])
    .describe('Identifiers of apps whose documents are kept there, beside those of "On My iPhone"'),
  photosBy: z
    .enum(['year', 'album', 'year-and-album'])
    .default('year-and-album')
    .describe('How photos are sorted into folders'),
  timeZone: z.string().min(1).optional().describe("In which times are written; this machine's when left out"),
  keepDeleted: z.boolean().default(false).describe('Keeps what is no longer on the phone'),
});

export type PublishConfig = z.infer<typeof publish>;
