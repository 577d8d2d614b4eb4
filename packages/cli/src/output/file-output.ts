import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';

/** Writes bytes from `offset` on, and says how many the system took. */
type WriteSome = (bytes: Uint8Array, offset: number) => number;

/** The standard output where it is a file. Node's own takes it for success when the disk had room for a part of what was written. */
export class FileOutput extends Writable {
  readonly #writeSome: WriteSome;

  constructor(writeSome: WriteSome) {
    super();
    this.#writeSome = writeSome;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    try {
      for (let at = 0; at < bytes.length;) at += this.#writeSome(bytes, at);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }
}

/** A stream for this descriptor if it is a file or a device such as /dev/null; `undefined` for terminals, pipes and sockets. */
export const fileOutputOf = (descriptor: number): FileOutput | undefined => {
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile() && (!found.isCharacterDevice() || isatty(descriptor))) return undefined;
    return new FileOutput((bytes, offset) => writeSync(descriptor, bytes, offset));
  } catch {
    return undefined;
  }
};
