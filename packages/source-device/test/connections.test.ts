import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeClock } from '@triplicate/core/testing';
import { MuxServer, SimDevice } from '@triplicate/device-simulator';
import { connections, openMux } from '@triplicate/source-device';
import { describe, expect, it } from 'vitest';
import { Phones } from './fixtures/phones.ts';

describe('connections', () => {
  it('tells the phone that is meant each time it comes, once for cable and network, and outlives its daemon', async () => {
    await using phones = await Phones.open();
    const [anna, ben] = [new SimDevice({ seed: 'anna' }), new SimDevice({ seed: 'ben' })];
    phones.server.attach(anna);
    phones.server.attach(ben);
    const stopping = new AbortController();
    const clock = new FakeClock();
    const mux = openMux({ address: phones.address, platform: 'linux' });
    const options = { udid: anna.udid, wifi: true, clock, signal: stopping.signal };
    const events = connections(mux, options)[Symbol.asyncIterator]();
    const next = async (): Promise<string | undefined> =>
      ((await events.next()).value as { udid: string } | undefined)?.udid;
    expect(await next()).toBe(anna.udid);
    const again = next();
    // Under a second number while it is there: nothing new. Gone and back: told again.
    phones.server.attach(anna);
    phones.server.detach(ben);
    phones.server.attach(ben);
    phones.server.detach(anna);
    phones.server.attach(anna);
    expect(await again).toBe(anna.udid);
    const later = next();
    await phones.server[Symbol.asyncDispose]();
    await rm(join(phones.folder, 'mux'), { force: true });
    await using restarted = new MuxServer();
    restarted.attach(anna);
    await restarted.listen({ path: join(phones.folder, 'mux') });
    const timer = setInterval(() => void clock.advance(10_000), 20);
    expect(await later).toBe(anna.udid);
    clearInterval(timer);
    const last = events.next();
    stopping.abort();
    await expect(last).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
