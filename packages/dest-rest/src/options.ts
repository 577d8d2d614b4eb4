import { duration, secretReference } from '@triplicate/core';
import { z } from 'zod';

const address = z
  .url({ protocol: /^https?$/, abort: true, error: 'write an address, e.g. https://nas.example.org:8000/anna/' })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', 'leave user and password out of it')
  .refine((text) => new URL(text).search === '' && new URL(text).hash === '', 'leave out what follows "?" or "#"');

/** rclone takes settings, secrets among them, between the name and the colon. */
const remote = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('-'), 'a remote does not begin with "-"')
  .refine((text) => !/^[^/:]*,|^:[^:]*,/.test(text), 'keep settings in the configuration of rclone, not in the remote');

export const restOptions = z
  .strictObject({
    url: address.optional().describe('Address of the repository on a REST server'),
    username: z.string().min(1).optional().describe('User at the server'),
    password: secretReference.optional().describe('Where the password of that user is'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the certificate (PEM) of the authority that the server is trusted by, besides the usual ones',
      ),
    remote: remote
      .optional()
      .describe(
        'Instead of an address: a remote of rclone and a path in it, e.g. "gdrive:backups"; rclone is started for it',
      )
      .meta({ runsCode: true }),
    program: z
      .string()
      .min(1)
      .optional()
      .describe('With "remote": the program rclone; found in the usual places when left out')
      .meta({ runsCode: true }),
    rcloneConfig: z
      .string()
      .min(1)
      .optional()
      .describe('With "remote": rclone\'s configuration file; its usual one when left out')
      .meta({ runsCode: true }),
    listLag: duration
      .optional()
      .describe('How long a listing may lag behind a write; 0s for an address and 1m for a remote when left out'),
    appendOnly: z
      .boolean()
      .default(false)
      .describe('The server lets nothing be deleted: no locks are taken here and nothing is pruned'),
    egress: z
      .enum(['paid', 'free'])
      .optional()
      .describe('Whether reading costs money; free for an address and paid for a remote when left out'),
  })
  .refine(({ url, remote: name }) => (url === undefined) !== (name === undefined), {
    error: 'name either "url" or "remote"',
  })
  .refine(
    ({ password, url, username }) =>
      (password === undefined) === (username === undefined) && (username === undefined || url !== undefined),
    {
      error: '"username" and "password" belong together, and to "url"',
    },
  )
  .refine(
    ({ program, rcloneConfig, remote: name }) =>
      name !== undefined || (program === undefined && rcloneConfig === undefined),
    {
      error: '"program" and "rcloneConfig" go with "remote"',
    },
  );

export type RestOptions = z.infer<typeof restOptions>;
