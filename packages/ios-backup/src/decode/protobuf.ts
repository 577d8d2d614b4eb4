import { BackupError } from '@triplicate/core';

/** One field as it stands on the wire; numbers of 64 bits as bigint. */
export type WireValue = bigint | Uint8Array;

const mostFields = 500_000;

/**
 * The fields of one protobuf message, by number, in order of appearance. Nothing is known of the schema: nested messages and strings are
 * bytes until they are asked for. CORRUPT when the bytes are no message.
 */
export class Message {
  readonly #fields = new Map<number, WireValue[]>();

  constructor(data: Uint8Array) {
    const reader = new Reader(data);
    for (let count = 0; !reader.done; count++) {
      if (count > mostFields) throw corrupt('it has too many fields');
      const key = reader.varint();
      const field = Number(key >> 3n);
      if (field < 1 || field > 0x1fff_ffff) throw corrupt(`field ${field} does not exist`);
      const value = reader.value(Number(key & 7n));
      const list = this.#fields.get(field);
      if (list === undefined) this.#fields.set(field, [value]);
      else list.push(value);
    }
  }

  /** The last value of a number field, as a signed 64-bit number would be read; `undefined` when absent or too large. */
  number(field: number): number | undefined {
    const value = this.#fields.get(field)?.findLast((v) => typeof v === 'bigint');
    if (value === undefined) return undefined;
    const number = Number(BigInt.asIntN(64, value));
    return Number.isSafeInteger(number) ? number : undefined;
  }

  bytes(field: number): Uint8Array | undefined {
    return this.#fields.get(field)?.findLast((v) => v instanceof Uint8Array);
  }

  string(field: number): string | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  }

  message(field: number): Message | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : new Message(bytes);
  }

  /** Every value of a repeated message field. */
  messages(field: number): Message[] {
    return this.allBytes(field).map((bytes) => new Message(bytes));
  }

  allBytes(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []).filter((v) => v instanceof Uint8Array);
  }

  /** Walks down nested messages, e.g. `at(2, 3)`. */
  at(...path: readonly number[]): Message | undefined {
    return path.reduce<Message | undefined>((message, field) => message?.message(field), this);
  }
}

class Reader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#data.length;
  }

  value(type: number): WireValue {
    if (type === 0) return this.varint();
    if (type === 1) return this.#take(8).readBigUInt64LE(0);
    if (type === 2) return this.#take(Number(this.varint()));
    if (type === 5) return BigInt(this.#take(4).readUInt32LE(0));
    throw corrupt(`wire type ${type} is not used any more`);
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#data[this.#at++];
      if (byte === undefined) throw corrupt('it is cut short');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw corrupt('a number is too long');
  }

  #take(count: number): Buffer {
    if (count > this.#data.length - this.#at) throw corrupt('it is cut short');
    this.#at += count;
    return this.#data.subarray(this.#at - count, this.#at);
  }
}

const corrupt = (why: string): BackupError => new BackupError('CORRUPT', `a protobuf message cannot be read: ${why}`);
