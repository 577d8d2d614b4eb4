import { BackupError } from '@triplicate/core';
import type { Endpoint } from '../wire/dial.ts';

/** Where the device daemon listens when nobody says otherwise (Apple's own on macOS and Windows, usbmuxd or netmuxd on Linux). */
export const defaultEndpoint = (platform: NodeJS.Platform): Endpoint =>
  platform === 'win32' ? { host: '127.0.0.1', port: 27015 } : { path: '/var/run/usbmuxd' };

/**
 * Reads an address as libusbmuxd reads USBMUXD_SOCKET_ADDRESS: `UNIX:/path`, `host:port` or `[v6]:port`. Lower case `unix:` and the
 * `unix://`, `tcp://` of other tools are understood as well.
 */
export const parseEndpoint = (address: string): Endpoint => {
  const unix = /^unix:(?:\/\/)?(\/.+)$/i.exec(address)?.[1] ?? (address.startsWith('/') ? address : undefined);
  if (unix !== undefined) return { path: unix };
  const match = /^(?:tcp:\/\/)?(?:\[([0-9a-f:.%a-z]+)\]|([^:/\s]+)):(\d{1,5})$/i.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port > 0 && port < 65536))
    throw new BackupError('CONFIG_INVALID', `"${address}" is not the address of a device daemon`, {
      hint: 'write UNIX:/path/to/socket or host:port',
    });
  return { host, port };
};
