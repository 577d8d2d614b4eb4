import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBackupError } from '@triplicate/core';
import { RecordingBuilder, seededInteger, seededRandom } from '@triplicate/core/testing';
import type { SimDevice } from '@triplicate/device-simulator';
import plugin from '@triplicate/source-device';
import { captureOptions, filesOf, optionsFor, Phones } from './fixtures/phones.ts';

/** Stands before the daemon, counts what is said in all connections together, and tells when so many bytes have passed. */
class Counter implements AsyncDisposable {
  bytes = 0;
  reached: { readonly after: number; readonly cut: () => void } | undefined;
  readonly #server;
  readonly #sockets = new Set<Socket>();

  constructor(daemon: string) {
    this.#server = createServer((client) => {
      const upstream = connect(daemon);
      this.#pass(client, upstream);
      this.#pass(upstream, client);
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, resolve));
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
    from.on('data', (piece: Buffer) => {
      const left = (this.reached?.after ?? Infinity) - this.bytes;
      this.bytes += piece.length;
      if (left > piece.length) return void to.write(piece);
      const cut = this.reached?.cut;
      this.reached = undefined;
      // Exactly up to this byte. What was said to the daemon itself goes on.
      to.write(piece.subarray(0, Math.max(0, left)), () => {
        cut?.();
        to.write(piece.subarray(Math.max(0, left)));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const seed = Number(process.env['SEED'] ?? 20_261_129);

describe(`a phone that is unplugged (seed ${seed})`, () => {
  let phones: Phones;
  let phone: SimDevice;
  let counter: Counter;
  beforeAll(async () => {
    phones = await Phones.open();
    phone = await phones.add({ seed: 'unplugged', name: 'Ediths iPhone', photos: 4, photoBytes: 3000, documents: 4 });
    counter = new Counter(`${phones.folder}/mux`);
    await counter.listen(`${phones.folder}/counted`);
  });
  afterAll(async () => {
    await counter[Symbol.asyncDispose]();
    await phones[Symbol.asyncDispose]();
  });

  const run = async (): Promise<RecordingBuilder> => {
    const context = { ...phones.context(), deviceDaemon: `UNIX:${phones.folder}/counted` };
    await using source = await plugin.open(optionsFor(phone), context);
    const builder = new RecordingBuilder({ base: 'previous' });
    await source.capture(builder, captureOptions());
    return builder;
  };

  const taken = async (builder: RecordingBuilder): Promise<[string, Buffer][]> =>
    [...filesOf(await builder.finish(), `MobileSync/${phone.udid}`)].filter(([name]) => name !== 'Info.plist');

  it('ends with a sentence whatever was being said unless all is there, and is backed up when it is back', async () => {
    await run();
    // The first time there is more to say than later.
    counter.bytes = 0;
    const whole = await taken(await run());
    expect(whole.map(([name]) => name)).toContain('Manifest.db');
    const total = counter.bytes;
    const random = seededRandom(seed);
    const sentences = new Set<string>();
    const backups: [string, Buffer][][] = [];
    for (let i = 0; i < 60; i++) {
      counter.bytes = 0;
      counter.reached = { after: seededInteger(random, 0, total - 1), cut: () => phones.server.detach(phone) };
      const end = await run().catch((failure: unknown) => failure);
      if (isBackupError(end)) sentences.add(`${end.code}: ${end.message}`);
      else if (!(end instanceof RecordingBuilder)) throw new Error(`no sentence: ${String(end)}`);
      // Unplugged while both took leave.
      else backups.push(await taken(end));
      phones.server.attach(phone);
    }
    const known = [
      'Ediths iPhone was unplugged',
      'the connection to Ediths iPhone was lost',
      `the connection to device ${phone.udid} was lost`,
      'the device is gone',
      'the encrypted connection to Ediths iPhone was not accepted',
      `device ${phone.udid} is not connected`,
    ].map((message) => `UNAVAILABLE: ${message}`);
    expect([...sentences].filter((sentence) => !known.includes(sentence))).toEqual([]);
    expect(sentences.size).toBeGreaterThan(1);
    counter.reached = undefined;
    backups.push(await taken(await run()));
    for (const backup of backups) expect(backup).toEqual(whole);
  });
});
