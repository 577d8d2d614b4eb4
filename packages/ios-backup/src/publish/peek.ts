import { createHash } from 'node:crypto';

export interface Peeked {
  /** SHA-256 in hex of the whole content; `undefined` when it is too long to be held. */
  readonly hash: string | undefined;
  /** The content, from the beginning. */
  readonly all: AsyncIterable<Uint8Array | string>;
}

const mostBytes = 16 * 1024 * 1024;

/**
 * Looks whether content is what it was without anything being written: a drive that is kept in some cloud would carry every file that comes
 * and goes.
 */
export const peek = async (content: AsyncIterable<Uint8Array | string>): Promise<Peeked> => {
  const iterator = content[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  const held: Buffer[] = [];
  let size = 0;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    const bytes = Buffer.from(next.value as Uint8Array);
    hash.update(bytes);
    held.push(bytes);
    size += bytes.length;
    if (size > mostBytes) return { hash: undefined, all: joined(held, iterator) };
  }
  return { hash: hash.digest('hex'), all: joined(held, undefined) };
};

async function* joined(
  held: Buffer[],
  rest: AsyncIterator<Uint8Array | string> | undefined,
): AsyncGenerator<Uint8Array | string> {
  for (let piece = held.shift(); piece !== undefined; piece = held.shift()) yield piece;
  if (rest === undefined) return;
  try {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
