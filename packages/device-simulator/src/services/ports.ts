import type { PlistDictionary } from '@triplicate/plist';
import type { SimDevice } from '../device.ts';
import { services } from './services.ts';

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

/** The service that was opened on `port`, once; `undefined` when it is closed. */
export const takePort = (
  device: SimDevice,
  port: number,
): { readonly name: string; readonly record: PlistDictionary } | undefined => {
  const opened = ports.get(device)?.get(port);
  ports.get(device)?.delete(port);
  return opened;
};
