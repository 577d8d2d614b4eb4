import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeviceOptions, MuxServer, SimDevice } from '@triplicate/device-simulator';

/** A device daemon with simulated phones, at an address that is handed to the command line. */
export interface PhoneDesk extends AsyncDisposable {
  readonly server: MuxServer;
  readonly env: { readonly USBMUXD_SOCKET_ADDRESS: string };
  /** A phone that is plugged in and knows nobody yet. */
  plugIn(options: DeviceOptions): SimDevice;
}

export const openPhoneDesk = async (): Promise<PhoneDesk> => {
  const folder = await mkdtemp(join(tmpdir(), 'triplicate-phones-'));
  const problems: unknown[] = [];
  const server = new MuxServer((error) => problems.push(error));
  await server.listen({ path: join(folder, 'mux') });
  return {
    server,
    env: { USBMUXD_SOCKET_ADDRESS: `UNIX:${join(folder, 'mux')}` },
    plugIn: (options) => {
      const phone = new SimDevice({ tls: 'off', ...options });
      server.attach(phone);
      return phone;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      if (problems.length > 0) throw new AggregateError(problems, 'the phones themselves failed');
    },
  };
};
