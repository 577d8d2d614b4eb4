import { secretReference } from '@triplicate/core';
import { z } from 'zod';

const fingerprint = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'write what "ssh-keygen -lf" shows, e.g. SHA256:… with 43 characters');

export const sftpOptions = z.strictObject({
  host: z
    .string()
    .regex(/^[^\s@/]+$/, 'write the name or the address of the server alone')
    .describe('Name or address of the server'),
  port: z.int().min(1).max(65_535).default(22).describe('Port of its SSH server'),
  user: z.string().min(1).optional().describe('User at the server; the name of the local one when left out'),
  path: z
    .string()
    .min(1)
    .refine((text) => !text.includes('\0'), 'no path has such a character')
    .describe('Folder at the server; what is relative counts from where a login begins'),
  key: z
    .string()
    .min(1)
    .optional()
    .describe('File with the private key; the usual ones in ~/.ssh when no way to log in is named'),
  passphrase: secretReference.optional().describe('Where the passphrase of that key is'),
  password: secretReference.optional().describe('Where the password of the user is'),
  agent: z
    .union([z.string().min(1), secretReference])
    .optional()
    .describe('Socket of an SSH agent, or where its path is, e.g. { env: SSH_AUTH_SOCK }; "pageant" on Windows'),
  knownHosts: z
    .string()
    .min(1)
    .optional()
    .describe('File with the keys of known hosts; ~/.ssh/known_hosts and the one of the system when left out'),
  fingerprint: z
    .union([fingerprint, z.array(fingerprint).min(1)])
    .optional()
    .describe("Fingerprint of the server's key, or several; takes the place of known hosts"),
  appendOnly: z.boolean().default(false).describe('Delete nothing here: no locks are taken and nothing is pruned'),
  egress: z
    .enum(['paid', 'free'])
    .default('free')
    .describe('Whether reading costs money; from where it is free, other destinations catch up'),
});

export type SftpOptions = z.infer<typeof sftpOptions>;
