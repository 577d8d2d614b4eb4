import { createHash } from 'node:crypto';

const digest = async (content: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const part of content) hash.update(part);
  return hash.digest('hex');
};

/** Whether two streams hold the same bytes, in memory that does not grow with them. */
export const sameContent = async (a: AsyncIterable<Uint8Array>, b: AsyncIterable<Uint8Array>): Promise<boolean> =>
  (await digest(a)) === (await digest(b));
