import { setTimeout as pause } from 'node:timers/promises';
import type { MuxServer, SimDevice } from '@triplicate/device-simulator';

/** A simulated cable with simulated phones: the protocols are the real ones, over a socket of this machine. */
export interface DemoPhones extends AsyncDisposable {
  /** As USBMUXD_SOCKET_ADDRESS says it. */
  readonly daemon: string;
  /** Anna's, full of photos, messages and notes. */
  readonly old: SimDevice;
  /** Out of its box; not plugged in yet. */
  readonly fresh: SimDevice;
  readonly server: MuxServer;
}

export interface PhoneSize {
  readonly photos: number;
  readonly photoBytes: number;
  /** How long Anna takes to enter her passcode. */
  readonly passcodeMs: number;
}

export const openPhones = async ({ photos, photoBytes, passcodeMs }: PhoneSize): Promise<DemoPhones> => {
  const { MuxServer, SimDevice } = await import('@triplicate/device-simulator');
  const old = new SimDevice({
    seed: 'anna',
    name: 'Annas iPhone',
    udid: '00008110-0006254A2C51801E',
    trust: { pending: 1 },
    photos,
    photoBytes,
    messages: 2000,
    documents: 40,
  });
  old.faults = { passcode: { entered: () => pause(passcodeMs) } };
  const fresh = new SimDevice({
    seed: 'fresh',
    name: 'Annas new iPhone',
    udid: '00008120-000C2D3E1A8B4F70',
    photos: 0,
    messages: 0,
    documents: 0,
  });
  const server = new MuxServer();
  server.attach(old);
  const port = await server.listen({ port: 0 });
  return {
    daemon: `127.0.0.1:${port}`,
    old,
    fresh,
    server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

export interface Comparison {
  readonly things: number;
  readonly equal: number;
}

/** How much of what a phone held stands in another one, with the same attributes and the same bytes. */
export const comparePhones = (old: SimDevice, fresh: SimDevice): Comparison => {
  const [before, after] = [old.inventory(), fresh.inventory()];
  const equal = [...before].filter(([key, about]) => after.get(key) === about).length;
  return { things: before.size, equal };
};
