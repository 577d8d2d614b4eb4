import { type Clock, sleepFor } from '../clock.ts';
import type { Fault } from './fault.ts';

/** Content as `fault` spoils it: truncated, with one bit turned, slowed down, or cut off by `error`. */
export async function* spoil(
  parts: AsyncIterable<Uint8Array>,
  fault: Fault,
  { clock, error, signal }: { readonly clock: Clock; readonly error: Error; readonly signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  const end = Math.min(fault.truncate ?? Infinity, fault.cutAfter ?? Infinity);
  let position = 0;
  for await (const part of parts) {
    const piece = part.subarray(0, Math.min(part.byteLength, end - position));
    if (fault.slow !== undefined) await sleepFor(clock, (piece.byteLength * 1000) / fault.slow, signal);
    if (piece.byteLength > 0) yield turnBit(piece, (fault.corrupt ?? -1) - position);
    position += piece.byteLength;
    if (position >= end) break;
  }
  if (fault.cutAfter !== undefined) throw error;
}

const turnBit = (part: Uint8Array, at: number): Uint8Array => {
  if (at < 0 || at >= part.byteLength) return part;
  const copy = Uint8Array.from(part);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

/** A listing that breaks off with `error` after so many entries. */
export async function* cut<T>(items: AsyncIterable<T>, after: number, error: Error): AsyncIterable<T> {
  let count = 0;
  if (after > 0) {
    for await (const item of items) {
      yield item;
      count += 1;
      if (count >= after) break;
    }
  }
  throw error;
}
