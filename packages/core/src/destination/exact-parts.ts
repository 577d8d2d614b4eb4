import type { Body } from '../body.ts';
import { exactBytes } from './exact-bytes.ts';

/**
 * The bytes of `body` in pieces of exactly `partSize` and a shorter last one, for providers that take uploads in parts; checked as by
 * `exactBytes`. All pieces stand on one buffer: each is overwritten when the next one is asked for.
 */
export async function* exactParts(body: Body, partSize: number, signal: AbortSignal): AsyncIterable<Buffer> {
  const part = Buffer.allocUnsafeSlow(Math.max(1, Math.min(body.size, partSize)));
  let filled = 0;
  for await (let piece of exactBytes(body, signal)) {
    while (piece.byteLength > 0) {
      const taken = Math.min(piece.byteLength, part.byteLength - filled);
      part.set(piece.subarray(0, taken), filled);
      filled += taken;
      piece = piece.subarray(taken);
      if (filled < part.byteLength) continue;
      yield part;
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}

/** The bytes of `body` as one buffer, copied once and checked as by `exactBytes`: for providers that take an object in one piece. */
export const exactBuffer = async (body: Body, signal: AbortSignal): Promise<Buffer> => {
  let whole: Buffer = Buffer.alloc(0);
  for await (const part of exactParts(body, body.size, signal)) whole = part;
  return whole;
};
