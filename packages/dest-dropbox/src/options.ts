import { byteSize, duration, oauthClientOptions } from '@triplicate/core';
import { z } from 'zod';

const mebi = 1024 * 1024;

const folder = z
  .string()
  .regex(/^[^/\\:*?"<>|\p{Cc}]+(\/[^/\\:*?"<>|\p{Cc}]+)*$/u, 'write folder names joined by "/", e.g. Backups/family')
  .refine((text) => text.split('/').every((part) => !/^\.\.?$|[. ]$|^ /.test(part)), {
    error: 'a folder name is not "." or "..", and ends with no dot or space',
  });

const endpoint = z
  .url({ protocol: /^https?$/, abort: true, error: 'write an address, e.g. https://gateway.example.org' })
  .refine(
    (text) => new URL(text).protocol === 'https:' || new URL(text).hostname === '127.0.0.1',
    'write an address that begins with https: what is sent there holds the token',
  );

export const dropboxOptions = z.strictObject({
  ...oauthClientOptions,
  folder: folder
    .optional()
    .describe('Folder for the backups, in the folder of the application or, if it may see all, in your Dropbox'),
  partSize: byteSize
    .refine((size) => size % (4 * mebi) === 0 && size >= 4 * mebi && size <= 128 * mebi, {
      error: 'a multiple of 4MiB, from 4MiB to 128MiB',
    })
    .default(32 * mebi)
    .describe('Larger objects are sent in parts of this size, and one part is held in memory for each call'),
  listLag: duration.prefault('30s').describe('How long a listing may lag behind a write'),
  endpoint: endpoint.optional().describe("Address of a server that stands for Dropbox's own, e.g. a gateway"),
  appendOnly: z.boolean().default(false).describe('Delete nothing here: no locks are taken and nothing is pruned'),
  egress: z
    .enum(['paid', 'free'])
    .default('paid')
    .describe('Whether reading costs money or time; from where it is free, other destinations catch up'),
});

export type DropboxOptions = z.infer<typeof dropboxOptions>;
