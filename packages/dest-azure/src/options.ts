import { byteSize, oauthClientOptions, secretReference } from '@triplicate/core';
import { z } from 'zod';

/** https://learn.microsoft.com/en-us/rest/api/storageservices/put-block: 50,000 blocks a blob. */
export const mostBlocks = 50_000;
const mebi = 1024 * 1024;

const authority = z
  .url({ protocol: /^https?$/, abort: true, error: 'write an address, e.g. https://login.microsoftonline.us' })
  .refine(
    (text) => new URL(text).protocol === 'https:' || new URL(text).hostname === '127.0.0.1',
    'write an address that begins with https: what is sent there holds the secret',
  );

const endpoint = z
  .url({ protocol: /^https?$/, abort: true, error: 'write an address, e.g. https://name.blob.core.windows.net' })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', 'leave user and password out of it')
  .refine((text) => new URL(text).search === '', 'leave out what follows "?"; a SAS token goes into "sasToken"');

export const azureOptions = z
  .strictObject({
    account: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'write the name of a storage account: 3 to 24 small letters and digits')
      .describe('The storage account'),
    container: z
      .string()
      .regex(
        /^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/,
        'write the name of a container: 3 to 63 small letters, digits and "-"',
      )
      .describe('The container; it has to be there'),
    endpoint: endpoint.optional().describe("Address of the blob service; Azure's public cloud when left out"),
    accountKey: secretReference.optional().describe('Where the key of the account is; it may do everything'),
    sasToken: secretReference
      .optional()
      .describe('Where a shared access signature for the container is, which may do what it says'),
    tenant: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,255}$/, 'write the id of a directory, or one of its domains')
      .optional()
      .describe('Instead of a key, sign in with Entra ID: the id or a domain of the directory'),
    ...oauthClientOptions,
    authority: authority
      .default('https://login.microsoftonline.com')
      .describe('With "clientId": where it signs in, e.g. in a national cloud'),
    accessTier: z
      .enum(['Hot', 'Cool', 'Cold'])
      .optional()
      .describe("Access tier of packs; all small objects stay in the account's default tier"),
    lockMode: z
      .enum(['compliance', 'governance'])
      .default('compliance')
      .describe('With "immutable": whether nobody can shorten the time, or the owner of the account can'),
    partSize: byteSize
      .refine((size) => size >= mebi && size <= 1024 * mebi, 'from 1MiB to 1GiB')
      .default(32 * mebi)
      .describe('Larger objects are sent in blocks of this size, and one block is held in memory for each call'),
    appendOnly: z
      .boolean()
      .default(false)
      .describe('The credentials cannot delete: no locks are taken here and nothing is pruned'),
    egress: z
      .enum(['paid', 'free'])
      .default('paid')
      .describe('Whether reading costs money; from where it is free, other destinations catch up'),
  })
  .refine(
    ({ accountKey, clientId, sasToken }) =>
      [accountKey, sasToken, clientId].filter((value) => value !== undefined).length === 1,
    { error: 'name one of "accountKey", "sasToken" and "clientId"', path: ['accountKey'] },
  )
  .refine(({ clientId, clientSecret, tenant }) => clientId !== undefined || (clientSecret ?? tenant) === undefined, {
    error: 'name the application that signs in',
    path: ['clientId'],
  })
  .refine(({ clientSecret, tenant }) => clientSecret === undefined || tenant !== undefined, {
    error: 'name the directory of the application',
    path: ['tenant'],
  })
  .refine(({ clientId, endpoint: text }) => clientId === undefined || text?.startsWith('http:') !== true, {
    error: 'with "clientId", write an address that begins with https: what is sent there holds the token',
    path: ['endpoint'],
  });

export type AzureOptions = z.infer<typeof azureOptions>;
