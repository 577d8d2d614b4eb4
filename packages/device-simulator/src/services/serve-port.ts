import type { SimDevice } from '../device.ts';
import { serveLockdown } from '../lockdown/serve-lockdown.ts';
import { secureServer } from '../wire/secure.ts';
import type { SimStream } from '../wire/sim-stream.ts';
import { lockdownPort, takePort } from './ports.ts';
import { services } from './services.ts';

/** What serves a connection to `port`; `undefined` when the port is closed. */
export const servePort = (device: SimDevice, port: number): ((stream: SimStream) => Promise<void>) | undefined => {
  if (port === lockdownPort) return (stream) => serveLockdown(device, stream);
  const opened = takePort(device, port);
  const service = opened && services[opened.name];
  if (!opened || !service) return undefined;
  return async (plain) => {
    const stream = device.options.tls === 'off' ? plain : await secureServer(plain, device, opened.record);
    if (device.faults.segmentBytes !== undefined) stream.faults.segmentBytes = device.faults.segmentBytes;
    stream.cable = device.cable;
    try {
      await service(device, stream);
    } finally {
      stream.end();
    }
  };
};
