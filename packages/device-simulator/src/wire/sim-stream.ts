import type { Duplex } from 'node:stream';
import { parsePlist, type PlistValue, writeBinaryPlist, writeXmlPlist } from '@triplicate/plist';
import type { Cable } from './cable.ts';

/** The other side went away, or the plan said so. Ends one service and nothing else. */
export class StreamEnded extends Error {}

/** What the fault plan does to one connection. */
export interface StreamFaults {
  /** The connection is cut after so many bytes were sent. */
  dropAfterBytes?: number | undefined;
  /** Sent in pieces of so many bytes. */
  segmentBytes?: number | undefined;
}

const highWater = 1024 * 1024;

/** The phone's end of a connection: exact reads, writes that wait for room. */
export class SimStream {
  readonly faults: StreamFaults = {};
  /** What it goes through, where that has a speed. */
  cable: Cable | undefined;
  readonly #socket: Duplex;
  #queue: Buffer[] = [];
  #queued = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #sent = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('close', this.#onEnd)
      .on('error', this.#onEnd)
      .on('drain', this.#onDrain);
  }

  get ended(): boolean {
    return this.#ended;
  }

  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0;) {
      const part = await this.some(missing);
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  async some(max: number): Promise<Buffer> {
    for (;;) {
      const first = this.#queue[0];
      if (first) {
        const taken = first.subarray(0, max);
        if (taken.length === first.length) this.#queue.shift();
        else this.#queue[0] = first.subarray(max);
        this.#queued -= taken.length;
        if (this.#queued < highWater && this.#socket.isPaused()) this.#socket.resume();
        await this.cable?.pass(taken.length);
        return taken;
      }
      if (this.#ended) throw new StreamEnded('the computer went away');
      await this.#change();
    }
  }

  async write(...parts: readonly Uint8Array[]): Promise<void> {
    const { dropAfterBytes, segmentBytes } = this.faults;
    if (dropAfterBytes === undefined && segmentBytes === undefined) return this.#push(parts);
    let bytes = Buffer.concat(parts);
    const left = (dropAfterBytes ?? Infinity) - this.#sent;
    if (bytes.length > left) {
      bytes = bytes.subarray(0, Math.max(0, left));
      await this.#pieces(bytes, segmentBytes);
      // What was written goes out before the cut, so that the cut is at this byte.
      await new Promise<void>((resolve) => this.#socket.end(() => resolve()));
      this.close();
      throw new StreamEnded('cut by the plan');
    }
    await this.#pieces(bytes, segmentBytes);
  }

  /** A message behind a big-endian length. */
  async send(message: PlistValue, format: 'xml' | 'binary' = 'xml'): Promise<void> {
    const body = format === 'xml' ? writeXmlPlist(message) : writeBinaryPlist(message);
    await this.write(be32(body.length), body);
  }

  async receive(): Promise<PlistValue> {
    return parsePlist(await this.read((await this.read(4)).readUInt32BE(0)));
  }

  /** Gives the connection away with what was received and not read. */
  detach(): Duplex {
    this.#socket.pause();
    this.#socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('close', this.#onEnd)
      .off('error', this.#onEnd)
      .off('drain', this.#onDrain);
    if (this.#queue.length > 0) this.#socket.unshift(Buffer.concat(this.#queue.splice(0)));
    return this.#socket;
  }

  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#onEnd();
    this.#socket.destroy();
  }

  async #pieces(bytes: Buffer, size: number | undefined): Promise<void> {
    if (size === undefined) return this.#push([bytes]);
    for (let at = 0; at < bytes.length; at += size) await this.#push([bytes.subarray(at, at + size)]);
  }

  async #push(parts: readonly Uint8Array[]): Promise<void> {
    await this.cable?.pass(parts.reduce((sum, part) => sum + part.byteLength, 0));
    if (this.#ended) throw new StreamEnded('the computer went away');
    this.#socket.cork();
    let room = true;
    for (const part of parts) {
      this.#sent += part.byteLength;
      room = this.#socket.write(part);
    }
    this.#socket.uncork();
    while (!room && this.#socket.writableNeedDrain && !this.#ended) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        before?.();
        resolve();
      };
    });
  }

  #woken(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= highWater) this.#socket.pause();
    this.#woken();
  };

  readonly #onDrain = (): void => this.#woken();

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#woken();
  };
}

export const be32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
};
