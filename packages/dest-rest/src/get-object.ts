import { BackupError, answerContent, type GetOptions, rangeHeader } from '@triplicate/core';
import type { Place } from './places.ts';
import type { RestProtocol } from './protocol.ts';

/** The bytes of an object, or exactly those of a range; fewer are an error. */
export async function* getObject(
  protocol: RestProtocol,
  place: Place,
  { range, signal }: GetOptions,
): AsyncIterable<Uint8Array> {
  if (range?.length === 0) return await assertInside(protocol, place, { offset: range.offset, signal });
  const answer = await protocol.read(place, rangeHeader(range), signal);
  yield* answerContent(answer, range === undefined ? { signal } : { range, signal });
}

const assertInside = async (
  protocol: RestProtocol,
  place: Place,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
): Promise<void> => {
  const found = await protocol.look(place, signal);
  if (found === undefined) throw new BackupError('NOT_FOUND', 'there is no such object');
  if (offset > found.size) throw new BackupError('INVALID_RANGE', `the object ends before ${offset}`);
};
