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
});
