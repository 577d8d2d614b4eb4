import { z } from 'zod';

const literalRefused =
  'a secret is never written here; name where it is: { env: NAME }, { file: /path }, { command: [program, argument] } or { keychain: name }';

/** Stricter than systems are: `$NAME`, or the secret itself, is not taken for a name. */
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const notAName = 'not the name of an environment variable; write letters, digits and _, e.g. { env: BACKUP_PASSWORD }';

/** Where a secret is, never the secret itself. */
export const secretReference = z
  .union(
    [
      z.strictObject({ env: z.string().regex(variableName, notAName).describe('Name of an environment variable') }),
      z.strictObject({ file: z.string().min(1).describe('Path of a file whose first line is the secret') }),
      z.strictObject({
        command: z.array(z.string()).min(1).describe('Program and arguments; its first line of output is the secret'),
      }),
      z.strictObject({ keychain: z.string().min(1).describe("Name of an entry in the system's keychain") }),
    ],
    { error: literalRefused },
  )
  .meta({ id: 'secret', secret: true });

export type SecretReference = z.infer<typeof secretReference>;

/** Whether both name the same place. */
export const sameReference = (a: SecretReference, b: SecretReference): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** In a sentence: the place, never the secret. */
export const describeReference = (reference: SecretReference): string => {
  if ('env' in reference) return `the environment variable "${reference.env}"`;
  if ('file' in reference) return `the file "${reference.file}"`;
  if ('keychain' in reference) return `the keychain entry "${reference.keychain}"`;
  return `the output of "${reference.command[0]}"`;
};

/** Far deeper than any options. */
const deepest = 16;

/** Every reference inside a plugin's options. */
export const findReferences = (options: unknown, depth = 0): SecretReference[] => {
  if (typeof options !== 'object' || options === null || depth > deepest) return [];
  const { success, data } = secretReference.safeParse(options);
  if (success) return [data];
  return Object.values(options).flatMap((value) => findReferences(value, depth + 1));
};
