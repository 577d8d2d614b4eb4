import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { seededBytes, seededInteger, seededRandom } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { gatherBytes, type SharedRoom, sharedRoom } from '../../src/engine/gathered-stream.ts';
import type { Piece, SealedContent } from '../../src/engine/messages.ts';
import { SmallContents } from '../../src/engine/small-contents.ts';

const idOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Stands where a worker does: reads what is in the shared memory some turns after the message came. */
const slowWorker = (turns: number) => {
  const rooms: SharedRoom[] = [];
  const spare: SharedRoom[] = [];
  const messages: number[] = [];
  const send = async ({ room, offset, length }: Piece, sizes: readonly number[]): Promise<SealedContent[]> => {
    messages.push(sizes.length);
    for (let i = 0; i < turns; i += 1) await turn();
    let at = offset;
    const contents = sizes.map((size) => {
      const bytes = rooms[room]?.bytes.subarray(at, at + size) ?? new Uint8Array();
      at += size;
      return { ids: idOf(bytes), size, newBlobs: 1, newBytes: size, newPlainBytes: size };
    });
    expect(at).toBe(offset + length);
    return contents;
  };
  const borrow = (): SharedRoom => {
    const room = spare.pop() ?? sharedRoom(rooms.length);
    rooms[room.id] = room;
    return room;
  };
  return { rooms, messages, parts: { send, borrow, giveBack: (room: SharedRoom) => void spare.push(room) } };
};

describe('small contents', () => {
  it('come back each with its own answer, many in a message, in a few rooms', async () => {
    const random = seededRandom(20_261_130);
    const worker = slowWorker(5);
    const small = new SmallContents(worker.parts);
    const answers: Promise<SealedContent>[] = [];
    const ids: Uint8Array[] = [];
    for (let i = 0; i < 500; i += 1) {
      const bytes = seededBytes(random, seededInteger(random, 0, gatherBytes / 2));
      ids.push(idOf(bytes));
      const { content, room } = small.add(bytes);
      // Whoever gave them uses them for the next.
      bytes.fill(0);
      answers.push(content);
      await room;
    }
    const contents = await Promise.all(answers);
    expect(contents.map(({ ids: found }) => found)).toEqual(ids);
    expect(worker.messages.reduce((sum, count) => sum + count)).toBe(500);
    expect(worker.messages.length).toBeLessThan(400);
    expect(worker.rooms.length).toBeLessThanOrEqual(5);
  });

  it('go at once where nothing is under way, and together where something is', async () => {
    const worker = slowWorker(3);
    const small = new SmallContents(worker.parts);
    const first = small.add(Buffer.from('first'));
    const rest = ['a', 'b', ''].map((text) => small.add(Buffer.from(text)));
    expect(worker.messages).toEqual([1]);
    await Promise.all([first, ...rest].map(({ content }) => content));
    expect(worker.messages).toEqual([1, 3]);
  });

  it('tell everyone in a message what went wrong with it', async () => {
    const { parts } = slowWorker(0);
    const small = new SmallContents({ ...parts, send: () => Promise.reject(new Error('the worker has ended')) });
    const added = [small.add(Buffer.from('a')), small.add(Buffer.from('b'))];
    const ends = await Promise.allSettled(added.map(({ content }) => content));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
