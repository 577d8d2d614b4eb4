import { secretReference } from '@triplicate/core';
import { z } from 'zod';

const address = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: 'write an address, e.g. https://cloud.example.org/remote.php/dav/files/anna/Backups',
  })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', 'leave user and password out of it')
  .refine((text) => new URL(text).search === '' && new URL(text).hash === '', 'leave out what follows "?" or "#"');

export const webdavOptions = z
  .strictObject({
    url: address.describe('Address of the folder'),
    username: z.string().min(1).optional().describe('User at the server'),
    password: secretReference
      .optional()
      .describe('Where the password of that user is; better one for this program alone'),
    token: secretReference.optional().describe('Instead of user and password: where a bearer token is'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the certificate (PEM) of the authority that the server is trusted by, besides the usual ones',
      ),
    appendOnly: z.boolean().default(false).describe('Delete nothing here: no locks are taken and nothing is pruned'),
    egress: z
      .enum(['paid', 'free'])
      .default('free')
      .describe('Whether reading costs money; from where it is free, other destinations catch up'),
  })
  .refine(({ password, username }) => (password === undefined) === (username === undefined), {
    error: '"username" and "password" belong together',
  })
  .refine(({ token, username }) => token === undefined || username === undefined, {
    error: 'name either "token" or "username"',
  });

export type WebdavOptions = z.infer<typeof webdavOptions>;
