import { byteSize, duration, oauthClientOptions } from '@triplicate/core';
import { z } from 'zod';

/** https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession: parts are multiples of it, and smaller than 60 MiB. */
export const fragmentUnit = 320 * 1024;
const mebi = 1024 * 1024;

const folder = z
  .string()
  .regex(
    /^[^/\\:*?"<>|#%\p{Cc}]+(\/[^/\\:*?"<>|#%\p{Cc}]+)*$/u,
    'write folder names joined by "/", e.g. Backups/family',
  )
  .refine((text) => text.split('/').every((part) => !/^[ ~]|[. ]$/.test(part)), {
    error: 'a folder name begins with no space or "~", and ends with no dot or space',
  });

const address = (example: string) =>
  z
    .url({ protocol: /^https?$/, abort: true, error: `write an address, e.g. ${example}` })
    .refine(
      (text) => new URL(text).protocol === 'https:' || new URL(text).hostname === '127.0.0.1',
      'write an address that begins with https: what is sent there holds the token',
    );

export const onedriveOptions = z.strictObject({
  ...oauthClientOptions,
  access: z
    .enum(['appFolder', 'drive'])
    .default('appFolder')
    .describe('What the application may see: its own folder (Apps/NAME), or all of the OneDrive'),
  folder: folder.optional().describe('Folder for the backups, in the folder of the application or in the OneDrive'),
  partSize: byteSize
    .refine((size) => size % fragmentUnit === 0 && size >= fragmentUnit && size < 60 * mebi, {
      error: 'a multiple of 320KiB, below 60MiB',
    })
    .default(20 * mebi)
    .describe('Objects are sent in parts of this size, and one part is held in memory for each call'),
  listLag: duration.prefault('30s').describe('How long a listing may lag behind a write'),
  authority: address('https://login.microsoftonline.com/consumers')
    .default('https://login.microsoftonline.com/common')
    .describe('Where people sign in: the address of Microsoft with the tenant, or of a national cloud'),
  endpoint: address('https://graph.microsoft.us/v1.0')
    .default('https://graph.microsoft.com/v1.0')
    .describe('Address of Microsoft Graph, e.g. in a national cloud'),
  appendOnly: z.boolean().default(false).describe('Delete nothing here: no locks are taken and nothing is pruned'),
  egress: z
    .enum(['paid', 'free'])
    .default('paid')
    .describe('Whether reading costs money or time; from where it is free, other destinations catch up'),
});

export type OnedriveOptions = z.infer<typeof onedriveOptions>;
