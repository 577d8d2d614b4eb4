import type { PlistDictionary } from '@triplicate/plist';
import { serveBackup } from '../backup/serve-backup.ts';
import type { SimDevice } from '../device.ts';
import { serveLockdown } from '../lockdown/serve-lockdown.ts';
import { secureServer } from '../wire/secure.ts';
import type { SimStream } from '../wire/sim-stream.ts';
import { serveAfc } from './serve-afc.ts';
import { serveHouseArrest } from './serve-house-arrest.ts';
import {
  serveDiagnostics,
  serveHeartbeat,
  serveInstallation,
  serveNotifications,
  serveSpringboard,
} from './small-services.ts';

export type Service = (device: SimDevice, stream: SimStream) => Promise<void>;

export const services: Readonly<Record<string, Service>> = {
  'com.apple.afc': (device, stream) => serveAfc(device, stream),
  'com.apple.mobile.house_arrest': serveHouseArrest,
  'com.apple.mobile.notification_proxy': serveNotifications,
  'com.apple.mobile.diagnostics_relay': serveDiagnostics,
  'com.apple.mobile.installation_proxy': serveInstallation,
  'com.apple.springboardservices': serveSpringboard,
  'com.apple.mobile.heartbeat': serveHeartbeat,
  'com.apple.mobilebackup2': serveBackup,
};

export const lockdownPort = 62078;
/** Where services are opened; more than one program uses at a time. */
export const servicePorts: readonly number[] = Array.from({ length: 24 }, (_, i) => 49_152 + i);
const ports = new WeakMap<SimDevice, Map<number, { readonly name: string; readonly record: PlistDictionary }>>();

/** Opens a port for one connection to the service; `undefined` when there is no such service. */
export const openPort = (device: SimDevice, name: string, record: PlistDictionary): number | undefined => {
  if (services[name] === undefined) return undefined;
  const open = ports.get(device) ?? new Map();
  ports.set(device, open);
  const port = servicePorts.find((free) => !open.has(free)) ?? 50_000 + open.size;
  open.set(port, { name, record });
  return port;
};

/** What serves a connection to `port`; `undefined` when the port is closed. */
export const servePort = (device: SimDevice, port: number): ((stream: SimStream) => Promise<void>) | undefined => {
  if (port === lockdownPort) return (stream) => serveLockdown(device, stream);
  const opened = ports.get(device)?.get(port);
  const service = opened && services[opened.name];
  if (!opened || !service) return undefined;
  ports.get(device)?.delete(port);
  return async (plain) => {
    const stream = device.options.tls === 'off' ? plain : await secureServer(plain, device, opened.record);
    if (device.faults.segmentBytes !== undefined) stream.faults.segmentBytes = device.faults.segmentBytes;
    try {
      await service(device, stream);
    } finally {
      stream.end();
    }
  };
};
