import { z } from 'zod';

const literalRefused =
  'a secret is never written here; name where it is: { env: NAME }, { file: /path }, { command: [program, argument] } or { keychain: name }';

/** Where a secret is, never the secret itself. */
export const secretReference = z
  .union(
    [
      z.strictObject({ env: z.string().min(1).describe('Name of an environment variable') }),
      z.strictObject({ file: z.string().min(1).describe('Path of a file whose first line is the secret') }),
      z.strictObject({
        command: z.array(z.string()).min(1).describe('Program and arguments; its first line of output is the secret'),
      }),
      z.strictObject({ keychain: z.string().min(1).describe("Name of an entry in the system's keychain") }),
    ],
    { error: literalRefused },
  )
  .meta({ secret: true });

export type SecretReference = z.infer<typeof secretReference>;
