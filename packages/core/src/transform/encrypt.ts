import { z } from 'zod';
import { secretReference } from '../config/secret-reference.ts';

/** The step `encrypt`. It has no codec: the repository seals every blob, index and snapshot itself, as its format says. */
export const encryptOptions = z.strictObject({
  password: secretReference.describe('Where the password of the repository is'),
});
export type EncryptOptions = z.infer<typeof encryptOptions>;
