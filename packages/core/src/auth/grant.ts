import { z } from 'zod';

const grantSchema = z.object({
  version: z.literal(1),
  refreshToken: z.string().min(1),
  /** The application that it was given to: a refresh token is good for no other. */
  clientId: z.string().min(1),
  /** Separated by spaces. */
  scope: z.string(),
  /** When a person signed in, as ISO 8601. */
  granted: z.string(),
});

/** What lasts of a sign-in. Access tokens are never kept: they are fetched anew by each process, and end within hours. */
export type Grant = z.infer<typeof grantSchema>;

export const encodeGrant = (grant: Grant): string => JSON.stringify(grant);

/** `undefined` for what is no grant of ours. */
export const decodeGrant = (text: string): Grant | undefined => {
  try {
    const parsed = grantSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};
