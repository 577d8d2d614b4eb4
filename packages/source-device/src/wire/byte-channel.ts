import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Tap } from '../record/transcript.ts';
import { BackupError, isBackupError } from '@triplicate/core';
import { ByteQueue } from './byte-queue.ts';

/** Held in memory before the sender is made to wait. */
const highWater = 1024 * 1024;

/**
 * A connection read by exact lengths. One reader at a time. Every read and write rejects with UNAVAILABLE when the other side goes away, and
 * with ABORTED as soon as the signal fires; nothing waits on a connection that is gone.
 */
export class ByteChannel implements AsyncDisposable {
  /** Told of every message that is a property list; for transcripts. */
  tap: Tap | undefined;
  readonly #socket: Duplex;
  readonly #peer: string;
  readonly #signal: AbortSignal;
  readonly #queue = new ByteQueue();
  readonly #over = new AbortController();
  #heard = 0;
  #isWaking = false;
  #failure: BackupError | undefined;
  #wake: (() => void) | undefined;
  #drained: (() => void) | undefined;

  constructor(socket: Duplex, peer: string, signal: AbortSignal) {
    this.#socket = socket;
    this.#peer = peer;
    this.#signal = signal;
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('error', this.#onError);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** Grows with whatever the other side says, or takes of what waited for it. */
  get heard(): number {
    return this.#heard;
  }

  /** Somebody waits for what the other side says next, or for it to take what was said. */
  get awaited(): boolean {
    return this.#wake !== undefined || this.#drained !== undefined;
  }

  /** Fires when the connection is over. */
  get ended(): AbortSignal {
    return this.#over.signal;
  }

  /** What is here already, at most `max` bytes; `undefined` when that is nothing. The view is good until the next call. */
  take(max: number): Buffer | undefined {
    const taken = this.#queue.take(max);
    this.#resume();
    return taken;
  }

  /**
   * Exactly `length` bytes, which have to be few, when they are here already; else `undefined`, and nothing is read. The view is good until the
   * next call.
   */
  takeWhole(length: number): Buffer | undefined {
    const taken = this.#queue.takeWhole(length);
    this.#resume();
    return taken;
  }

  /** Resolves when more may be here than now. */
  async more(): Promise<void> {
    if (!(await this.#moreOrEnd())) throw this.#lost();
  }

  /** At least one byte and at most `max`. The view is good until the next call. */
  async some(max: number): Promise<Buffer> {
    return (await this.#someOrEnd(max)) ?? Promise.reject(this.#lost());
  }

  /** Exactly `length` bytes, in memory of their own. */
  async read(length: number): Promise<Buffer> {
    return (await this.readOrEnd(length)) ?? Promise.reject(this.#lost());
  }

  /** Exactly `length` bytes in memory of their own, or `undefined` when the other side ended the connection before the first of them. */
  async readOrEnd(length: number): Promise<Buffer | undefined> {
    if (length === 0) return Buffer.alloc(0);
    const first = this.take(length) ?? (await this.#someOrEnd(length));
    if (first === undefined) return undefined;
    const whole = Buffer.allocUnsafe(length);
    let at = first.copy(whole);
    while (at < length) at += (this.take(length - at) ?? (await this.some(length - at))).copy(whole, at);
    return whole;
  }

  async write(...parts: readonly Uint8Array[]): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#socket.cork();
    let room = true;
    for (const part of parts) room = this.#socket.write(part);
    this.#socket.uncork();
    if (room) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#drained = undefined;
    if (this.#failure) throw this.#failure;
  }

  /** Gives the connection away, e.g. to a TLS handshake; what was received and not read goes back into it. */
  detach(): Duplex {
    this.#socket.pause();
    this.#socket.off('data', this.#onData);
    this.#socket.off('drain', this.#onDrain);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
    this.#socket.off('error', this.#onError);
    this.#signal.removeEventListener('abort', this.#onAbort);
    const unread = this.#queue.takeWhole(this.#queue.size);
    if (unread && unread.length > 0) this.#socket.unshift(Buffer.from(unread));
    return this.#socket;
  }

  /** Ends the connection now; reads and writes reject from here on. */
  close(reason?: BackupError): void {
    this.#fail(reason ?? this.#lost());
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  async #someOrEnd(max: number): Promise<Buffer | undefined> {
    for (;;) {
      const taken = this.take(max);
      if (taken) return taken;
      if (!(await this.#moreOrEnd())) return undefined;
    }
  }

  /** `false` when the other side ended the connection. */
  async #moreOrEnd(): Promise<boolean> {
    if (this.#failure) return this.#isOver() ? false : Promise.reject(this.#failure);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    return true;
  }

  #resume(): void {
    if (this.#queue.size < highWater && this.#socket.isPaused()) this.#socket.resume();
  }

  #isOver(): boolean {
    return this.#failure?.context['ended'] === true;
  }

  #lost(cause?: Error): BackupError {
    return new BackupError('UNAVAILABLE', `the connection to ${this.#peer} was lost`, {
      hint: 'plug the device in again and repeat the command',
      context: { ended: true },
      cause,
    });
  }

  #fail(failure: BackupError): void {
    this.#failure ??= failure;
    this.#over.abort();
    this.#wake?.();
    this.#drained?.();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#queue.add(chunk);
    this.#heard += chunk.length;
    if (this.#socket instanceof Socket) letGo(chunk);
    if (this.#queue.size >= highWater) this.#socket.pause();
    if (this.#wake && !this.#isWaking) {
      this.#isWaking = true;
      setImmediate(this.#wakeUp);
    }
  };

  /** When all that has arrived is here: TLS gives 16 KiB at a time, and to wake up costs as much as to take them. */
  readonly #wakeUp = (): void => {
    this.#isWaking = false;
    this.#wake?.();
  };

  readonly #onDrain = (): void => {
    this.#heard += 1;
    this.#drained?.();
  };

  readonly #onEnd = (): void => {
    this.#fail(this.#lost());
  };

  readonly #onError = (error: Error): void => {
    this.#fail(this.#lost(error));
  };

  readonly #onAbort = (): void => {
    const reason: unknown = this.#signal.reason;
    this.close(isBackupError(reason) ? reason : new BackupError('ABORTED', 'interrupted', { cause: reason }));
  };
}

/**
 * Frees what a socket gave, where its memory holds nothing else. By itself V8 sees the weight of these buffers late, and then looks through
 * its whole memory for each fifteen megabytes of them: that costs more than everything else that is done for a phone.
 */
const letGo = ({ buffer, length }: Buffer): void => {
  if (length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
};
