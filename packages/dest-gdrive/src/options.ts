import { byteSize, duration, oauthClientOptions, secretReference } from '@triplicate/core';
import { z } from 'zod';

const kibi = 1024;
const mebi = kibi * kibi;

/** https://developers.google.com/workspace/drive/api/guides/manage-uploads#resumable: chunks are multiples of 256 KiB. */
export const chunkUnit = 256 * kibi;

const folderPath = z
  .string()
  .refine(
    (path) => path.split('/').every((name) => name.trim() === name && name !== '' && name !== '.' && name !== '..'),
    'write names of folders joined by "/", e.g. Backups or Backups/anna',
  );
const driveId = z.string().regex(/^[\w-]{10,}$/, 'write the id as it stands in the address of the folder in a browser');

export const gdriveOptions = z
  .strictObject({
    folder: folderPath
      .default('Triplicate')
      .describe('The folder that holds the backups, from the top of the drive (or of "folderId"); made when needed'),
    folderId: driveId
      .optional()
      .describe(
        'Id of a folder that is there already, to begin from; it needs "access: all" unless Triplicate made it',
      ),
    sharedDrive: driveId.optional().describe('Id of a shared drive; "My Drive" of the account when left out'),
    access: z
      .enum(['own', 'all'])
      .default('own')
      .describe('What is asked for: only files that Triplicate made (`drive.file`), or all of the drive (`drive`)'),
    ...oauthClientOptions,
    serviceAccount: secretReference
      .optional()
      .describe('Instead of signing in: where the key file (JSON) of a service account is'),
    impersonate: z.email().optional().describe('With "serviceAccount": the user of the organisation whose drive it is'),
    chunkSize: byteSize
      .refine((size) => size >= chunkUnit && size <= 1024 * mebi, 'from 256KiB to 1GiB')
      .refine((size) => size % chunkUnit === 0, 'a multiple of 256KiB')
      .default(16 * mebi)
      .describe('Larger objects are sent in chunks of this size, and one chunk is held in memory for each call'),
    listLag: duration.optional().describe('How long a listing may lag behind a write; 1m when left out'),
    appendOnly: z
      .boolean()
      .default(false)
      .describe('The account may not delete: no locks are taken here and nothing is pruned'),
    egress: z
      .enum(['paid', 'free'])
      .default('paid')
      .describe('Whether reading is rationed; from where it is free, other destinations catch up'),
  })
  .refine(({ impersonate, serviceAccount }) => impersonate === undefined || serviceAccount !== undefined, {
    error: '"impersonate" needs a "serviceAccount"',
    path: ['impersonate'],
  })
  .refine(
    ({ clientId, clientSecret, serviceAccount }) =>
      serviceAccount === undefined || (clientId === undefined && clientSecret === undefined),
    { error: 'a "serviceAccount" needs no "clientId" and no "clientSecret"', path: ['serviceAccount'] },
  )
  .refine(({ folderId, sharedDrive }) => folderId === undefined || sharedDrive === undefined, {
    error: 'name either "folderId" or "sharedDrive"; a folder of a shared drive needs its id alone',
    path: ['folderId'],
  });

export type GdriveOptions = z.infer<typeof gdriveOptions>;
