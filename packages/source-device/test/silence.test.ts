import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock, temporaryFolder } from '@triplicate/core/testing';
import { openMux } from '@triplicate/source-device';
import { ByteChannel } from '../src/wire/byte-channel.ts';
import { watchSilence } from '../src/wire/watch-silence.ts';

const { signal } = new AbortController();

const untilSettled = async (clock: FakeClock, promise: Promise<unknown>): Promise<unknown> => {
  let end: unknown;
  promise.then(
    () => (end = 'settled'),
    (error: unknown) => (end = error),
  );
  for (let minutes = 0; end === undefined && minutes < 100; minutes++) {
    await clock.advance(60_000);
    await pause(5);
  }
  return end;
};

describe('silence', () => {
  it('of the daemon ends what was asked', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'mux');
    const server = createServer((socket) => socket.on('error', () => {})).listen(path);
    await once(server, 'listening');
    const clock = new FakeClock();
    const mux = openMux({ address: `UNIX:${path}`, platform: 'linux', clock });
    for (const ask of [() => mux.devices({ signal }), () => mux.connect(1, 62078, { signal, label: 'a phone' })]) {
      const asked = ask();
      await pause(50);
      expect(await untilSettled(clock, asked)).toMatchObject({
        code: 'UNAVAILABLE',
        message: 'no answer of the device daemon within 30 s',
      });
    }
    server.close();
  });

  it('is also when a phone takes nothing any more', async () => {
    const clock = new FakeClock();
    const channel = new ByteChannel(new Duplex({ read() {}, write() {} }), 'a phone', signal);
    const said: (string | undefined)[] = [];
    const options = { clock, name: 'a phone', waiting: (what: string | undefined) => void said.push(what) };
    const watching = watchSilence(channel, options, channel.ended).catch(() => undefined);
    expect(await untilSettled(clock, channel.write(Buffer.alloc(1024 * 1024)))).toMatchObject({
      message: 'a phone has said nothing for 60 minutes',
    });
    expect(said).toHaveLength(1);
    await watching;
  });
});
