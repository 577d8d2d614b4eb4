import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ByteChannel } from '../src/wire/byte-channel.ts';

/** A connection whose other end is this test. */
class Line extends Duplex {
  override _read(): void {}
  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

const open = (): { line: Line; channel: ByteChannel } => {
  const line = new Line();
  return { line, channel: new ByteChannel(line, 'the phone', new AbortController().signal) };
};

describe('a byte channel', () => {
  it('gives exact lengths from whatever pieces arrive', async () => {
    const { line, channel } = open();
    const reading = channel.read(5);
    for (const piece of ['a', 'bc', 'defg']) line.push(piece);
    expect((await reading).toString()).toBe('abcde');
    expect((await channel.some(10)).toString()).toBe('fg');
  });

  it('gives a few bytes at once when all of them are here, and nothing before', async () => {
    const { line, channel } = open();
    const say = async (text: string | null): Promise<void> => {
      const heard = channel.more();
      line.push(text);
      await heard;
    };
    await say('abc');
    expect([channel.takeWhole(4), channel.takeWhole(2)?.toString()]).toEqual([undefined, 'ab']);
    await say('def');
    expect(channel.takeWhole(4)?.toString()).toBe('cdef');
    await say(null);
    await expect(channel.more()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('gives what was not read back to the connection that is handed on', async () => {
    const { line, channel } = open();
    line.push('abcde');
    expect((await channel.read(2)).toString()).toBe('ab');
    const handed = channel.detach();
    expect((handed.read() as Buffer).toString()).toBe('cde');
  });

  it('tells an end between two messages from one inside', async () => {
    const whole = open();
    whole.line.push(null);
    expect(await whole.channel.readOrEnd(4)).toBeUndefined();
    const cut = open();
    cut.line.push('ab');
    cut.line.push(null);
    await expect(cut.channel.readOrEnd(4)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('makes the sender wait while nobody reads', async () => {
    const { line, channel } = open();
    for (let i = 0; i < 40; i++) line.push(Buffer.alloc(64 * 1024));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(line.isPaused()).toBe(true);
    await channel.read(40 * 64 * 1024);
    expect(line.isPaused()).toBe(false);
  });

  it('lets go of what it gave from a socket, and of nothing that others may hold', async () => {
    await using server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const socket = connect(port, '127.0.0.1');
    const given: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => given.push(bytes));
    await using channel = new ByteChannel(socket, 'the phone', new AbortController().signal);
    const [other] = await accepted;
    other.write(Buffer.alloc(30_000, 'x'));
    expect((await channel.read(30_000)).toString()).toBe('x'.repeat(30_000));
    expect(given.map(({ length, buffer }) => [length, buffer.byteLength])).toEqual(given.map(() => [0, 0]));
    other.destroy();

    const { line, channel: plain } = open();
    const shared = Buffer.alloc(100, 'y');
    line.push(shared);
    expect((await plain.some(100)).toString()).toBe('y'.repeat(100));
    expect(plain.take(1)).toBeUndefined();
    expect(shared.toString()).toBe('y'.repeat(100));
  });
});
